package import PinEngine
package import PinStorage

/// The place of a plain board: pins, their versions, their files, each by name.
///
/// The seam of plain boards: object keys of the engine cannot carry names that users give. What
/// stands above it knows the layout's files and their meaning; what stands below knows names and
/// bytes alone. Names are checked above, so that none has a `/` (but in the path of a file) or
/// is `..`.
package protocol PlainTree: Sendable {
    /// For messages.
    var description: String { get }
    /// Whether every write is refused.
    var isReadOnly: Bool { get }
    /// Whether a version appears whole. If not, its files come one by one and `data.txt` last.
    var publishesWhole: Bool { get }

    /// Whether the place is there.
    func exists() async throws(EngineError) -> Bool
    /// Makes the place, if it is not there.
    func create() async throws(EngineError)

    /// The names that may be pins, in no order.
    func pins() async throws(EngineError) -> [String]
    /// The names in a pin's place that may be versions, in no order; none if there is no pin.
    func versions(of pin: String) async throws(EngineError) -> [String]
    /// The regular files of a version, also those in folders of it; none if there is no version.
    func files(of place: PlainPlace) async throws(EngineError) -> [PlainFileStatus]
    /// Opens a file of a version.
    func open(_ path: String, of place: PlainPlace) async throws(EngineError) -> any PlainFile
    /// The same place for one look at every pin: where all names come in one answer, they are asked
    /// for once. What is written meanwhile is not seen by it, and nothing is written through it.
    func listed() async throws(EngineError) -> any PlainTree

    /// How many pins are worth a look of their own, where several looks go at once.
    var pinCountOfLook: Int { get }

    /// Waits until no other writer of this program is between looking and publishing. Places
    /// without locks return at once.
    func lock() async throws(EngineError) -> any PlainLock
    /// Begins a version.
    func stage(for pin: String) async throws(EngineError) -> any PlainStage
    /// Makes an empty file in a version; false if it is there.
    func addMarker(_ name: String, to place: PlainPlace) async throws(EngineError) -> Bool
    /// Removes an empty file of a version, if it is there.
    func removeMarker(_ name: String, from place: PlainPlace) async throws(EngineError)
    /// Removes a version in one step, as far as the place can.
    func delete(_ place: PlainPlace) async throws(EngineError)
    /// Removes a pin with all there is in its place.
    func delete(pin: String) async throws(EngineError)
    /// Writes a file beside the pins, whole.
    func writeRootFile(_ name: String, _ bytes: [UInt8]) async throws(EngineError)

    /// What was moved since the place was opened; `nil` where nobody counts.
    var traffic: Traffic? { get }
    /// How many requests it takes to open a file of so many bytes and read it, to look whether a
    /// version is there, and to write a file; `nil` where nobody counts.
    func requestCount(reading byteCount: UInt64) -> Int?
    func requestCount(writing files: [UInt64]) -> Int?
}

extension PlainTree {
    package func listed() async throws(EngineError) -> any PlainTree { self }
    package var pinCountOfLook: Int { 64 }
    package var traffic: Traffic? { nil }
    package func requestCount(reading byteCount: UInt64) -> Int? { nil }
    package func requestCount(writing files: [UInt64]) -> Int? { nil }
}

/// A version of a pin.
package struct PlainPlace: Sendable, Hashable {
    package let pin: String
    package let version: String

    package init(_ pin: String, _ version: String) {
        self.pin = pin
        self.version = version
    }
}

/// A file of a version.
package struct PlainFileStatus: Sendable, Hashable {
    /// Relative to the version.
    package let path: String
    package let byteCount: UInt64
    /// Equal for two names of one file.
    package let file: Identity
    /// Differs if the content does, as far as the place tells.
    package let stamp: Stamp

    /// Which file it is.
    package enum Identity: Sendable, Hashable {
        case inode(UInt64, device: UInt64)
        case name(String)
    }

    /// When or as what it was written.
    package enum Stamp: Sendable, Hashable {
        case milliseconds(Int64)
        case tag(String)
    }

    package init(path: String, byteCount: UInt64, file: Identity, stamp: Stamp) {
        self.path = path
        self.byteCount = byteCount
        self.file = file
        self.stamp = stamp
    }

    package init(path: String, byteCount: UInt64, file: String, stamp: String) {
        self.init(path: path, byteCount: byteCount, file: .name(file), stamp: .tag(stamp))
    }
}

/// An open file of a version.
package protocol PlainFile: Sendable {
    /// When it was opened.
    var status: PlainFileStatus { get }
    /// The bytes of a range that lies inside the file, at most a few MiB.
    ///
    /// - Throws: ``EngineError/Code/corrupt`` if the file is shorter by now.
    func read(_ range: Range<UInt64>) async throws(EngineError) -> [UInt8]
}

/// A version that nobody sees yet. One task uses it, and publishes or abandons it in the end.
package protocol PlainStage: Sendable {
    /// Writes a file in pieces, until there are no more.
    func write(
        _ path: String, _ next: () async throws(EngineError) -> [UInt8]?
    ) async throws(EngineError)
    /// Takes over a file of another version, without moving its bytes where the place can.
    ///
    /// - Returns: How many bytes were stored anew.
    func take(_ path: String, from place: PlainPlace) async throws(EngineError) -> UInt64
    /// Writes `data.txt` and makes the version visible; everything is durable when it returns.
    ///
    /// - Returns: False if there is a version of that name: the stage may be published under
    ///   another one.
    func publish(as version: String, metadata: [UInt8]) async throws(EngineError) -> Bool
    /// Removes what was written.
    func abandon() async
}

/// Held between looking and publishing.
package protocol PlainLock: Sendable {
    /// Lets the next one in; call it once.
    func release()
}

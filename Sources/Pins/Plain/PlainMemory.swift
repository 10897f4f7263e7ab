package import PinEngine
internal import PinFormat
internal import Synchronization

/// A plain board in memory that behaves as one in a bucket does: files come one by one, `data.txt`
/// last, and a deletion takes `data.txt` first.
package final class PlainMemory: PlainTree {
    private struct Entry {
        var bytes: [UInt8]
        var stamp: Int
    }

    private struct State {
        /// By `pin/version/path`.
        var objects: [String: Entry] = [:]
        var lastStamp = 0
    }

    private let state = Mutex(State())
    package let isReadOnly: Bool

    package init(isReadOnly: Bool = false) { self.isReadOnly = isReadOnly }

    package var description: String { "memory" }
    package var publishesWhole: Bool { false }

    /// The names of all objects, ascending, for tests.
    package var keys: [String] { state.withLock { $0.objects.keys.sorted() } }

    /// Sets or removes an object, as another program would.
    package func set(_ key: String, _ bytes: [UInt8]?) {
        state.withLock { state in
            state.lastStamp += 1
            state.objects[key] = bytes.map { Entry(bytes: $0, stamp: state.lastStamp) }
        }
    }

    package func bytes(_ key: String) -> [UInt8]? { state.withLock { $0.objects[key]?.bytes } }

    // MARK: - Looking

    package func exists() async throws(EngineError) -> Bool { true }

    package func create() async throws(EngineError) {}

    package func pins() async throws(EngineError) -> [String] { folders(below: "") }

    package func versions(of pin: String) async throws(EngineError) -> [String] {
        folders(below: "\(pin)/")
    }

    private func folders(below prefix: String) -> [String] {
        let names = keys.filter { $0.hasPrefix(prefix) }.compactMap { key -> String? in
            let rest = key.dropFirst(prefix.count)
            return rest.firstIndex(of: "/").map { String(rest[..<$0]) }
        }
        return Array(Set(names)).filter { !$0.hasPrefix(".") }
    }

    package func files(of place: PlainPlace) async throws(EngineError) -> [PlainFileStatus] {
        let prefix = "\(place.pin)/\(place.version)/"
        return state.withLock { state in
            state.objects.filter { $0.key.hasPrefix(prefix) }.map { key, entry in
                Self.status(String(key.dropFirst(prefix.count)), key, entry)
            }
        }
    }

    private static func status(_ path: String, _ key: String, _ entry: Entry) -> PlainFileStatus {
        PlainFileStatus(
            path: path, byteCount: UInt64(entry.bytes.count), file: key, stamp: "\(entry.stamp)")
    }

    package func open(
        _ path: String, of place: PlainPlace
    ) async throws(EngineError) -> any PlainFile {
        let key = "\(place.pin)/\(place.version)/\(path)"
        guard let entry = state.withLock({ $0.objects[key] }) else {
            throw EngineError(.notFound, "there is no object '\(key)'", object: key)
        }
        return File(status: Self.status(path, key, entry), bytes: entry.bytes)
    }

    private struct File: PlainFile {
        let status: PlainFileStatus
        let bytes: [UInt8]

        func read(_ range: Range<UInt64>) async throws(EngineError) -> [UInt8] {
            Array(bytes[Int(range.lowerBound)..<Int(range.upperBound)])
        }
    }

    // MARK: - Changing

    package func lock() async throws(EngineError) -> any PlainLock { NoLock() }

    private struct NoLock: PlainLock {
        func release() {}
    }

    package func stage(for pin: String) async throws(EngineError) -> any PlainStage {
        Stage(self, pin)
    }

    package func addMarker(
        _ name: String, to place: PlainPlace
    ) async throws(EngineError) -> Bool {
        let key = "\(place.pin)/\(place.version)/\(name)"
        if bytes(key) != nil { return false }
        set(key, [])
        return true
    }

    package func removeMarker(_ name: String, from place: PlainPlace) async throws(EngineError) {
        set("\(place.pin)/\(place.version)/\(name)", nil)
    }

    package func delete(_ place: PlainPlace) async throws(EngineError) {
        delete(below: "\(place.pin)/\(place.version)/")
    }

    package func delete(pin: String) async throws(EngineError) { delete(below: "\(pin)/") }

    /// Without its `data.txt` a version is not whole, so that goes first.
    private func delete(below prefix: String) {
        let going = keys.filter { $0.hasPrefix(prefix) }
        for key in going where key.hasSuffix("/\(PlainMetadata.fileName)") { set(key, nil) }
        for key in going { set(key, nil) }
    }

    package func writeRootFile(_ name: String, _ bytes: [UInt8]) async throws(EngineError) {
        set(name, bytes)
    }

    /// A version whose files wait for their place: only when its name is known are they written.
    private final class Stage: PlainStage {
        private let memory: PlainMemory
        private let pin: String
        private let files = Mutex<[(path: String, bytes: [UInt8])]>([])

        init(_ memory: PlainMemory, _ pin: String) {
            self.memory = memory
            self.pin = pin
        }

        func write(
            _ path: String, _ next: () async throws(EngineError) -> [UInt8]?
        ) async throws(EngineError) {
            var bytes: [UInt8] = []
            while let piece = try await next() { bytes += piece }
            files.withLock { $0.append((path, bytes)) }
        }

        func take(_ path: String, from place: PlainPlace) async throws(EngineError) -> UInt64 {
            let file = try await memory.open(path, of: place)
            let bytes = try await file.read(0..<file.status.byteCount)
            files.withLock { $0.append((path, bytes)) }
            return 0
        }

        func publish(
            as version: String, metadata: [UInt8]
        ) async throws(EngineError) -> Bool {
            let prefix = "\(pin)/\(version)/"
            if memory.keys.contains(where: { $0.hasPrefix(prefix) }) { return false }
            for (path, bytes) in files.withLock({ $0 }) { memory.set(prefix + path, bytes) }
            memory.set(prefix + PlainMetadata.fileName, metadata)
            return true
        }

        func abandon() async { files.withLock { $0 = [] } }
    }
}

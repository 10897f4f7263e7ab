public import PinEngine
public import PinFormat
internal import PinStorage

/// Turns a value into the one file of a pin, and back: what a user supplies for a type of their
/// own.
///
/// The standard ones, JSON and CSV, are in PinsCoding. A coder is only ever given bytes that were
/// verified; it must not run code that stands in them. That is why nothing here makes objects of
/// `joblib`, `pickle` or `rds`: reading those formats executes what their author wrote, which is
/// why pins for Python asks for `allow_pickle_read`. Their bytes are always safe to fetch.
public protocol PinCoder<Value>: Sendable {
    /// What is written and read.
    associatedtype Value

    /// The type that is recorded: `csv`, `json`, …
    var type: String { get }
    /// What the file's name ends with, without the dot.
    var fileExtension: String { get }

    /// The bytes of a value. Equal values should give equal bytes: then a write of what is there
    /// already stores nothing.
    func encode(_ value: Value) throws(EngineError) -> [UInt8]

    /// The value of verified bytes.
    ///
    /// - Throws: ``EngineError/Code/corrupt`` if they are not what this coder writes or reads.
    func decode(_ bytes: [UInt8]) throws(EngineError) -> Value

    /// What a value is in a title: `a pinned 32 x 11 data frame`.
    func summary(of value: Value) -> String
}

extension PinCoder {
    public var fileExtension: String { type }

    /// In the words of pins for Python.
    public func summary(of value: Value) -> String { "a pinned \(Value.self) object" }
}

/// Values instead of files.
extension Board {
    /// Writes a value as a new version of a pin.
    ///
    /// - Parameters:
    ///   - coder: Makes the file, which is named after the pin.
    ///   - metadata: Its type is the coder's; without a title it gets one as pins makes them.
    ///     `nil` is made now and says nothing else.
    /// - Throws: What the coder throws; as ``write(_:progress:)``.
    public func write<Coder: PinCoder>(
        _ value: Coder.Value, to pin: String, as coder: Coder, metadata: VersionMetadata? = nil
    ) async throws(EngineError) -> WrittenVersion {
        let bytes = try coder.encode(value)
        var metadata =
            metadata ?? VersionMetadata(createdSeconds: SystemClock().secondsSince1970)
        metadata.type = coder.type
        if metadata.title == nil { metadata.title = "\(pin): \(coder.summary(of: value))" }
        let base = pin.split(separator: "/").last.map(String.init) ?? pin
        let file = InputFile(
            path: "\(base).\(coder.fileExtension)", source: BytesSource(bytes))
        return try await write(WriteRequest(pin: pin, files: [file], metadata: metadata))
    }

    /// Reads the one file of a version as a value.
    ///
    /// - Parameters:
    ///   - version: Which version.
    ///   - hash: If given, compared before anything is decoded; see
    ///     ``PinVersion/checkHash(_:file:progress:)``.
    ///   - byteCountMax: The largest file that is taken into memory, in bytes.
    /// - Throws: ``EngineError/Code/usage`` if the version is of another type, has several files,
    ///   or is too large; what the coder throws.
    public func read<Coder: PinCoder>(
        _ pin: String, as coder: Coder, version: VersionSelector = .latest, hash: String? = nil,
        byteCountMax: UInt64 = 4 << 30
    ) async throws(EngineError) -> Coder.Value {
        let found = try await self.version(pin, version)
        let type = found.info.metadata.type
        // A file that was pinned as it is may well be of the coder's kind: its name says so.
        let file = try found.file()
        guard
            type == coder.type || (type == "file" && file.path.hasSuffix(".\(coder.fileExtension)"))
        else {
            throw EngineError(
                .usage,
                "pin '\(Names.printable(pin))' is of type '\(Names.printable(type))', not "
                    + "'\(coder.type)'\(Self.reason(type)); read its bytes instead",
                object: pin)
        }
        guard file.byteCount <= byteCountMax else {
            throw EngineError(
                .usage,
                "pin '\(Names.printable(pin))' has \(file.byteCount) bytes, more than the "
                    + "\(byteCountMax) that may be decoded in memory; read it in pieces",
                object: pin)
        }
        if let hash { try await found.checkHash(hash, file: file) }
        return try coder.decode(try await found.bytes(file))
    }

    private static func reason(_ type: String) -> String {
        switch type {
        case "joblib", "pickle", "rds", "qs", "qs2":
            ": decoding that format runs code that stands in the file, so it is NOT secure and is "
                + "not offered"
        default: ""
        }
    }
}

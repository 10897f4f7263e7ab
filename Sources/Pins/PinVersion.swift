public import PinEngine
public import PinFormat
internal import PinStorage

/// One version of a pin, opened for reading. Every byte it hands out has been verified.
public struct PinVersion: Sendable {
    public let reader: VersionReader
    /// The labels that point at it, ascending.
    public let labels: [String]

    init(_ reader: VersionReader, labels: [String]) {
        self.reader = reader
        self.labels = labels
    }

    public var record: VersionRecord { reader.record }

    /// Ascending by path.
    public var files: [FileEntry] { reader.files }

    /// The file of a path, or the only one where `path` is `nil`.
    ///
    /// - Throws: ``EngineError/Code/notFound``, ``EngineError/Code/usage`` if there are several and
    ///   none is named.
    public func file(_ path: String? = nil) throws(EngineError) -> FileEntry {
        if let path {
            if let file = files.first(where: { $0.path == path }) { return file }
            throw EngineError(
                .notFound,
                "pin '\(record.pinName)' has no file '\(Names.printable(path))'; it has "
                    + "\(fileNames)",
                object: path)
        }
        if files.count == 1 { return files[0] }
        throw EngineError(
            .usage,
            "pin '\(record.pinName)' has \(files.count) files; name one of \(fileNames), or give "
                + "a folder with '-o'",
            object: record.pinName)
    }

    private var fileNames: String {
        let shown = files.prefix(10).map { "'\(Names.printable($0.path))'" }.joined(separator: ", ")
        return files.count > 10 ? "\(shown), …" : shown
    }

    /// Compares a hash that a user trusts with this version.
    ///
    /// - Parameters:
    ///   - hash: 64 hexadecimal digits or at least the first 8 of them: of `pin_hash`, or of the
    ///     flat SHA-256 of `file`.
    ///   - file: The one file that is to be read, if it is one.
    /// - Throws: ``EngineError/Code/usage`` for text that is no hash, ``EngineError/Code/corrupt``
    ///   if nothing matches.
    /// - Complexity: O(1) where `pin_hash` matches; else the file is digested whole.
    public func checkHash(
        _ hash: String, file: FileEntry?, progress: ProgressHandler? = nil
    ) async throws(EngineError) {
        let hash = hash.lowercased()
        let isHex = hash.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
        guard isHex, (8...64).contains(hash.utf8.count) else {
            throw EngineError(
                .usage, "a hash is 64 hexadecimal digits, or at least the first 8 of them")
        }
        if record.pinHash.hex.hasPrefix(hash) { return try checkContent() }
        if let file {
            let flat = try await reader.flatDigest(of: file, progress: progress)
            if flat.hex.hasPrefix(hash) { return }
        }
        throw EngineError(
            .corrupt,
            "Specified hash \"\(hash)\" doesn't match pin hash \"\(record.pinHash.hex)\" of "
                + "'\(record.pinName)'; nothing was handed out",
            object: record.pinName)
    }

    /// §5.1: the recorded `pin_hash` is that of the file list, so verified chunks prove the whole.
    private func checkContent() throws(EngineError) {
        guard let list = try? FileList(files), Store.pinHash(list) == record.pinHash else {
            throw EngineError(
                .corrupt, "the files of pin '\(record.pinName)' are not those of its pin_hash",
                object: record.pinName)
        }
    }

    /// Hands out the bytes of a file in order; see ``VersionReader/read(_:range:progress:_:)``.
    public func read(
        _ file: FileEntry, range: Range<UInt64>? = nil, progress: ProgressHandler? = nil,
        _ body: @Sendable ([UInt8]) async throws(EngineError) -> Void
    ) async throws(EngineError) {
        try await reader.read(file, range: range, progress: progress, body)
    }

    /// Writes the bytes of a file, each to its own place; see
    /// ``VersionReader/read(_:range:into:progress:)``.
    public func read(
        _ file: FileEntry, range: Range<UInt64>? = nil, into sink: some PositionedSink,
        progress: ProgressHandler? = nil
    ) async throws(EngineError) {
        try await reader.read(file, range: range, into: sink, progress: progress)
    }

    /// The bytes of a file, or of a range of it, in memory.
    public func bytes(
        _ file: FileEntry, range: Range<UInt64>? = nil
    ) async throws(EngineError) -> [UInt8] {
        try await reader.bytes(file, range: range)
    }
}

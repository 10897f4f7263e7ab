public import PinEngine
internal import PinFormat
internal import PinStorage
internal import Synchronization

/// One version of a pin, opened for reading. Every byte it hands out has been verified.
public struct PinVersion: Sendable {
    /// What is known of it without reading its files.
    public let info: VersionInfo
    /// Ascending by path.
    public let files: [PinFile]
    /// Where its bytes come from.
    public let content: any VersionContent

    public init(_ info: VersionInfo, _ files: [PinFile], _ content: some VersionContent) {
        self.info = info
        self.files = files
        self.content = content
    }

    /// The file of a path, or the only one where `path` is `nil`.
    ///
    /// - Throws: ``EngineError/Code/notFound``, ``EngineError/Code/usage`` if there are several and
    ///   none is named.
    public func file(_ path: String? = nil) throws(EngineError) -> PinFile {
        if let path {
            if let file = files.first(where: { $0.path == path }) { return file }
            throw EngineError(
                .notFound,
                "pin '\(info.pin)' has no file '\(Names.printable(path))'; it has "
                    + "\(fileNames)",
                object: path)
        }
        if files.count == 1 { return files[0] }
        throw EngineError(
            .usage,
            "pin '\(info.pin)' has \(files.count) files; name one of \(fileNames), or give "
                + "a folder with '-o'",
            object: info.pin)
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
        _ hash: String, file: PinFile?, progress: ProgressHandler? = nil
    ) async throws(EngineError) {
        let hash = hash.lowercased()
        let isHex = hash.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
        guard isHex, (8...64).contains(hash.utf8.count) else {
            throw EngineError(
                .usage, "a hash is 64 hexadecimal digits, or at least the first 8 of them")
        }
        if info.pinHash.lowercased().hasPrefix(hash) {
            return try await content.checkPinHash(progress: progress)
        }
        if let file {
            let flat = try await content.sha256(of: file, progress: progress)
            if flat.hex.hasPrefix(hash) { return }
        }
        throw EngineError(
            .corrupt,
            "Specified hash \"\(hash)\" doesn't match pin hash \"\(info.pinHash)\" of "
                + "'\(info.pin)'; nothing was handed out",
            object: info.pin)
    }

    /// Hands out the bytes of a file in order; see ``VersionContent/read(_:range:progress:_:)``.
    public func read(
        _ file: PinFile, range: Range<UInt64>? = nil, progress: ProgressHandler? = nil,
        _ body: @Sendable ([UInt8]) async throws(EngineError) -> Void
    ) async throws(EngineError) {
        try await content.read(file, range: cut(range, file), progress: progress, body)
    }

    /// Writes the bytes of a file, each to its own place; see
    /// ``VersionContent/read(_:range:into:progress:)``.
    public func read(
        _ file: PinFile, range: Range<UInt64>? = nil, into sink: some PositionedSink,
        progress: ProgressHandler? = nil
    ) async throws(EngineError) {
        try await content.read(
            file, range: cut(range, file), into: sink, progress: progress)
    }

    /// The bytes of a file, or of a range of it, in memory.
    public func bytes(
        _ file: PinFile, range: Range<UInt64>? = nil
    ) async throws(EngineError) -> [UInt8] {
        let collector = Collector()
        try await read(file, range: range) { (piece) throws(EngineError) in
            collector.bytes.withLock { $0 += piece }
        }
        return collector.bytes.withLock { $0 }
    }

    /// A range cut to the end of its file.
    private func cut(_ range: Range<UInt64>?, _ file: PinFile) -> Range<UInt64>? {
        range.map { $0.clamped(to: 0..<file.byteCount) }
    }
}

/// The pieces of a file, put together.
private final class Collector: Sendable {
    let bytes = Mutex<[UInt8]>([])
}

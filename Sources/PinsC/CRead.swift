internal import CPins
internal import PinEngine
internal import PinFormat
internal import Pins

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What pins_read_options asks for.
struct CRead: Sendable {
    private let selector: VersionSelector
    private let path: String?
    private let hash: String?
    private let start: UInt64
    private let end: UInt64

    init(_ options: pins_read_options) throws(EngineError) {
        selector = VersionSelector(try optionalText(options.version, "the version"))
        path = try optionalText(options.file, "the file")
        hash = try optionalText(options.hash, "the hash")
        (start, end) = (options.start, options.end)
        guard end == 0 || start <= end else {
            throw EngineError(.usage, "the range ends at \(end), before it begins at \(start)")
        }
    }

    /// Whether a range is asked for.
    private var isPart: Bool { start > 0 || end > 0 }

    /// Opens the version and checks the hash.
    ///
    /// - Returns: The file that is read, or `nil` for all of several.
    func open(
        _ board: Board, _ pin: String, allowsTree: Bool
    ) async throws(EngineError) -> (version: PinVersion, file: PinFile?) {
        let version = try await board.version(pin, selector)
        let isTree = allowsTree && path == nil && version.files.count != 1 && !isPart
        let file = isTree ? nil : try version.file(path)
        if let file { _ = try range(in: file) }
        if let hash { try await version.checkHash(hash, file: file) }
        return (version, file)
    }

    /// The bytes that are asked for.
    func range(in file: PinFile) throws(EngineError) -> Range<UInt64> {
        guard start <= file.byteCount else {
            throw EngineError(
                .usage, "the range begins at \(start), but the file has \(file.byteCount) bytes",
                object: file.path)
        }
        return start..<(end == 0 ? file.byteCount : min(end, file.byteCount))
    }

    /// Writes what is asked for to a file or a folder.
    func extract(
        _ board: Board, _ pin: String, to path: String, _ progress: ProgressHandler?
    ) async throws(EngineError) {
        let (version, file) = try await open(board, pin, allowsTree: true)
        guard let file else { return try await version.extractAll(to: path, progress: progress) }
        var status = stat()
        let isFolder =
            path.hasSuffix("/") || (stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR)
        let name = Names.components(of: file.path).last.map(String.init) ?? file.path
        try await version.extract(
            file, range: range(in: file), to: isFolder ? "\(path)/\(name)" : path,
            progress: progress)
    }
}

/// The caller's memory as the place where bytes go.
struct BufferSink: PositionedSink {
    let buffer: Lent<UnsafeMutableRawBufferPointer>

    func write(_ bytes: RawSpan, at offset: UInt64) throws(EngineError) {
        guard let start = Int(exactly: offset), start <= buffer.value.count,
            bytes.byteCount <= buffer.value.count - start
        else { throw EngineError(.corrupt, "the file is longer than its version says") }
        bytes.withUnsafeBytes { source in
            buffer.value[start..<start + source.count].copyBytes(from: source)
        }
    }
}

/// Where the bytes of one file come from.
///
/// The engine opens a source once for an attempt to write; only a *repeatable* one is opened again, when a
/// collection has overtaken a write.
public protocol ByteSource: Sendable {
    /// Whether `open()` may be called again and gives the same bytes.
    var isRepeatable: Bool { get }
    /// How many bytes will come, where it is known: for progress only.
    var expectedByteCount: UInt64? { get }
    /// Begins to read.
    func open() async throws(EngineError) -> any ByteStream
}

/// Bytes that are read once, front to back, by one task.
public protocol ByteStream: AnyObject {
    /// Fills `buffer` from its beginning.
    ///
    /// - Returns: How many bytes were written to it; 0 only at the end.
    func read(into buffer: UnsafeMutableRawBufferPointer) async throws(EngineError) -> Int
    /// Called once when all bytes were read: throws if the source changed in the meantime.
    func finish() async throws(EngineError)
}

/// A file of a version to be written.
public struct InputFile: Sendable {
    /// The path inside the pin, FORMAT.md §3.2.
    public let path: String
    public let source: any ByteSource

    public init(path: String, source: any ByteSource) {
        self.path = path
        self.source = source
    }
}

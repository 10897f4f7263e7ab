/// Where the bytes of one file come from.
///
/// The engine opens a source once for an attempt to write; only a *repeatable* one is opened again,
/// when a collection has overtaken a write.
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
    /// Writes the next bytes into `buffer`, from `offset` on; never past its end.
    ///
    /// - Returns: How many bytes were written; 0 only at the end of the stream.
    func read(into buffer: inout [UInt8], from offset: Int) async throws(EngineError) -> Int
    /// Called once when all bytes were read: throws if the source changed in the meantime.
    func finish() async throws(EngineError)
}

/// A file of a version to be written.
public struct InputFile: Sendable {
    /// The path inside the pin, FORMAT.md §3.2.
    public let path: String
    /// Where its bytes come from.
    public let source: any ByteSource

    public init(path: String, source: any ByteSource) {
        self.path = path
        self.source = source
    }
}

/// Bytes in memory.
public struct BytesSource: ByteSource {
    private let bytes: [UInt8]

    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    public var isRepeatable: Bool { true }
    public var expectedByteCount: UInt64? { UInt64(bytes.count) }

    public func open() -> any ByteStream { Stream(bytes) }

    private final class Stream: ByteStream {
        private let bytes: [UInt8]
        private var position = 0

        init(_ bytes: [UInt8]) { self.bytes = bytes }

        func read(into buffer: inout [UInt8], from offset: Int) -> Int {
            let count = min(bytes.count - position, buffer.count - offset)
            buffer.replaceSubrange(
                offset..<offset + count, with: bytes[position..<position + count])
            position += count
            return count
        }

        func finish() {}
    }
}

/// Pieces of bytes that arrive asynchronously; can be read once.
public struct SequenceSource<Base: AsyncSequence & Sendable>: ByteSource
where Base.Element == [UInt8] {
    private let base: Base

    public init(_ base: Base) { self.base = base }

    public var isRepeatable: Bool { false }
    public var expectedByteCount: UInt64? { nil }

    public func open() -> any ByteStream { Stream(base.makeAsyncIterator()) }

    private final class Stream: ByteStream {
        private var iterator: Base.AsyncIterator
        private var piece: ArraySlice<UInt8> = []

        init(_ iterator: Base.AsyncIterator) { self.iterator = iterator }

        func read(into buffer: inout [UInt8], from offset: Int) async throws(EngineError) -> Int {
            while piece.isEmpty {
                do {
                    guard let next = try await iterator.next(isolation: #isolation) else {
                        return 0
                    }
                    piece = next[...]
                } catch let error as EngineError {
                    throw error
                } catch {
                    throw EngineError(.ioError, "reading the input failed: \(error)")
                }
            }
            let count = min(piece.count, buffer.count - offset)
            buffer.replaceSubrange(offset..<offset + count, with: piece.prefix(count))
            piece = piece.dropFirst(count)
            return count
        }

        func finish() {}
    }
}

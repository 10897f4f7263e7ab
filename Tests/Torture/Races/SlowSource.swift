import PinEngine

/// Bytes that come a few at a time, with the world going on between them.
struct SlowSource: ByteSource {
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isRepeatable: Bool { true }
    var expectedByteCount: UInt64? { nil }

    func open() async throws(EngineError) -> any ByteStream { Stream(bytes) }

    private final class Stream: ByteStream {
        private var bytes: ArraySlice<UInt8>

        init(_ bytes: [UInt8]) { self.bytes = bytes[...] }

        func read(into buffer: inout [UInt8], from offset: Int) async throws(EngineError) -> Int {
            await Task.yield()
            let count = min(5_000, bytes.count, buffer.count - offset)
            buffer.replaceSubrange(offset..<offset + count, with: bytes.prefix(count))
            bytes.removeFirst(count)
            return count
        }

        func finish() async throws(EngineError) {}
    }
}

internal import PinEngine
internal import Pins
internal import Synchronization

/// A source of which, when it has been read, the hash of plain pins and the first bytes are known.
final class ObservedSource: ByteSource {
    /// What was read.
    struct Seen: Sendable {
        /// XXH64.
        var hash = ""
        var head: [UInt8] = []
        var byteCount: UInt64 = 0
    }

    private let base: any ByteSource
    private let state = Mutex(Seen())

    init(_ base: any ByteSource) { self.base = base }

    /// Of the last time it was read to its end.
    var seen: Seen { state.withLock { $0 } }

    var isRepeatable: Bool { base.isRepeatable }
    var expectedByteCount: UInt64? { base.expectedByteCount }

    func open() async throws(EngineError) -> any ByteStream {
        Stream(try await base.open()) { seen in self.state.withLock { $0 = seen } }
    }

    private final class Stream: ByteStream {
        private let base: any ByteStream
        private let done: @Sendable (Seen) -> Void
        private var hash = PlainHash.Stream()
        private var seen = Seen()

        init(_ base: any ByteStream, _ done: @escaping @Sendable (Seen) -> Void) {
            (self.base, self.done) = (base, done)
        }

        func read(into buffer: inout [UInt8], from offset: Int) async throws(EngineError) -> Int {
            let count = try await base.read(into: &buffer, from: offset)
            guard count > 0 else { return 0 }
            hash.update(buffer, offset..<offset + count)
            let room = BundlePacker.headByteCount - seen.head.count
            seen.head += buffer[offset..<offset + min(room, count)]
            seen.byteCount += UInt64(count)
            return count
        }

        func finish() async throws(EngineError) {
            try await base.finish()
            seen.hash = hash.hex
            done(seen)
        }
    }
}

internal import PinEngine
internal import Pins
internal import Synchronization

/// A source of which, when it has been read, the hash of plain pins and what a preview needs are
/// known.
final class ObservedSource: ByteSource {
    /// What was read.
    struct Seen: Sendable {
        /// XXH64.
        var hash = ""
        var ends: FileEnds
        var byteCount: UInt64 { UInt64(ends.byteCount) }
    }

    private let base: any ByteSource
    private let extent: FileEnds.Extent
    private let state: Mutex<Seen>

    /// - Parameter extent: What of it is kept for a preview.
    init(_ base: any ByteSource, keeping extent: FileEnds.Extent) {
        (self.base, self.extent) = (base, extent)
        state = Mutex(Seen(ends: FileEnds(extent)))
    }

    /// Of the last time it was read to its end.
    var seen: Seen { state.withLock { $0 } }

    var isRepeatable: Bool { base.isRepeatable }
    var expectedByteCount: UInt64? { base.expectedByteCount }

    func open() async throws(EngineError) -> any ByteStream {
        Stream(try await base.open(), extent) { seen in self.state.withLock { $0 = seen } }
    }

    private final class Stream: ByteStream {
        private let base: any ByteStream
        private let done: @Sendable (Seen) -> Void
        private var hash = PlainHash.Stream()
        private var seen: Seen

        init(
            _ base: any ByteStream, _ extent: FileEnds.Extent,
            _ done: @escaping @Sendable (Seen) -> Void
        ) {
            (self.base, self.done) = (base, done)
            seen = Seen(ends: FileEnds(extent))
        }

        func read(into buffer: inout [UInt8], from offset: Int) async throws(EngineError) -> Int {
            let count = try await base.read(into: &buffer, from: offset)
            guard count > 0 else { return 0 }
            hash.update(buffer, offset..<offset + count)
            seen.ends.add(buffer[offset..<offset + count])
            return count
        }

        func finish() async throws(EngineError) {
            try await base.finish()
            seen.hash = hash.hex
            done(seen)
        }
    }
}

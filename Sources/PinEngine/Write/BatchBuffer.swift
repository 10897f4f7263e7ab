/// The bytes of one batch. When nobody holds it any more its memory goes back to where it came
/// from.
///
/// `@unchecked Sendable`: the reader fills it before it shares it; then nobody writes.
final class BatchBuffer: @unchecked Sendable {
    var bytes: [UInt8]
    private let pool: BufferPool?

    /// A buffer of at least `byteCount` bytes with any content.
    init(byteCount: Int, of pool: BufferPool) {
        bytes = pool.take(byteCount)
        self.pool = pool
    }

    /// Bytes that belong to no pool.
    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        pool = nil
    }

    deinit { pool?.give(bytes) }
}

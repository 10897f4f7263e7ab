/// Bytes that several owners look at: those of a batch, or a part of a pack. When nobody holds them
/// any more their memory goes back to where it came from.
///
/// `@unchecked Sendable`: one owner fills it before it shares it; then nobody writes what others
/// may look at.
final class PooledBuffer: @unchecked Sendable {
    var bytes: [UInt8]
    private let pool: BufferPool

    /// A buffer of at least `byteCount` bytes with any content.
    init(byteCount: Int, of pool: BufferPool) {
        bytes = pool.take(byteCount)
        self.pool = pool
    }

    deinit { pool.give(bytes) }
}

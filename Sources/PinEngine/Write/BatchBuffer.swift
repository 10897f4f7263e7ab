internal import Synchronization

/// The bytes of one batch. When nobody holds it any more its memory goes back to where it came
/// from: fresh memory costs as much as digesting what is put there.
///
/// `@unchecked Sendable`: the reader fills it before it shares it; then nobody writes.
final class BatchBuffer: @unchecked Sendable {
    var bytes: [UInt8]
    private let pool: BufferPool?

    /// - Parameter pool: Where the memory goes in the end, if anywhere.
    init(_ bytes: consuming [UInt8], _ pool: BufferPool? = nil) {
        self.bytes = bytes
        self.pool = pool
    }

    deinit { pool?.put(bytes) }
}

/// Buffers of the batches of one write.
final class BufferPool: Sendable {
    /// More than are ever in flight: a bound all the same.
    private static let countMax = 64

    private let free = Mutex<[[UInt8]]>([])

    /// A buffer of at least `byteCount` bytes with any content.
    func take(byteCount: Int) -> BatchBuffer {
        let found = free.withLock { free -> [UInt8]? in
            guard let index = free.lastIndex(where: { $0.count >= byteCount }) else { return nil }
            return free.remove(at: index)
        }
        if let found { return BatchBuffer(found, self) }
        // Not zeroed: pages that are never filled, those of a small file above all, are not taken.
        let fresh = unsafe [UInt8](unsafeUninitializedCapacity: byteCount) { $1 = byteCount }
        return BatchBuffer(fresh, self)
    }

    fileprivate func put(_ bytes: [UInt8]) {
        free.withLock { if $0.count < Self.countMax { $0.append(bytes) } }
    }
}

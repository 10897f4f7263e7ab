internal import PinFormat
internal import PinTransforms
internal import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The reusable contexts of one task: hashing, compressing, decompressing.
final class Worker {
    var hasher = SHA256()
    var decoder = FrameDecoder()
    private var encoder: FrameEncoder?
    private let level: Int

    init(level: Int) { self.level = level }

    /// Compresses a chunk or node, decodes it again and compares (FORMAT.md §6.1).
    func encode(_ raw: RawSpan) throws(EngineError) -> EncodedFrame {
        do throws(TransformError) {
            if encoder == nil { encoder = try FrameEncoder(level: level) }
            guard let frame = try encoder?.encode(raw) else { preconditionFailure("just made") }
            let back = try unsafe decoder.decode(
                frame.bytes.span.bytes, codec: frame.codec, filter: frame.filter,
                rawByteCount: raw.byteCount)
            guard unsafe equal(back.span.bytes, raw) else {
                throw TransformError(
                    .codecFailure, "a compressed frame does not decode to its source")
            }
            return frame
        } catch {
            throw EngineError(.ioError, "compression failed: \(error.message); check the memory")
        }
    }

    /// Compresses a chunk against its bases, if that saves at least a fifth of the plain frame;
    /// decodes it again and compares.
    func encode(
        _ raw: RawSpan, _ base: DeltaBase, smallerThan plainByteCount: Int
    ) throws(EngineError) -> EncodedFrame? {
        do throws(TransformError) {
            if encoder == nil { encoder = try FrameEncoder(level: level) }
            let prefix = unsafe base.prefix.span.bytes
            guard let frame = try encoder?.encode(raw, prefix: prefix), frame.codec == .zstdDelta,
                frame.bytes.count < plainByteCount / 5 * 4
            else { return nil }
            let back = try unsafe decoder.decode(
                frame.bytes.span.bytes, codec: frame.codec, filter: frame.filter,
                rawByteCount: raw.byteCount, prefix: prefix)
            guard unsafe equal(back.span.bytes, raw) else {
                throw TransformError(.codecFailure, "a delta does not decode to its source")
            }
            return frame
        } catch {
            throw EngineError(.ioError, "compression failed: \(error.message); check the memory")
        }
    }

    private func equal(_ left: RawSpan, _ right: RawSpan) -> Bool {
        guard left.byteCount == right.byteCount else { return false }
        return unsafe left.withUnsafeBytes { one in
            unsafe right.withUnsafeBytes { other in
                guard let first = one.baseAddress, let second = other.baseAddress
                else { return true }
                return unsafe memcmp(first, second, one.count) == 0
            }
        }
    }
}

/// Workers that are lent to tasks, so that contexts are made once for each and not for each chunk.
final class WorkerPool: Sendable {
    /// A worker on its way between tasks. Safe to send: only the task that took it from the pool
    /// holds it, and the pool's mutex orders one use after the other.
    private struct Idle: @unchecked Sendable {
        let worker: Worker
    }

    /// How many tasks should be at work.
    let count: Int
    private let level: Int
    private let idle = Mutex<[Idle]>([])

    init(count: Int, level: Int) {
        self.count = count > 0 ? count : max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
        self.level = level
    }

    /// Lends a worker for the time of a synchronous body.
    func use<Value, Failure: Error>(
        _ body: (Worker) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        let taken = idle.withLock { $0.popLast() } ?? Idle(worker: Worker(level: level))
        defer { idle.withLock { $0.append(taken) } }
        return try body(taken.worker)
    }
}

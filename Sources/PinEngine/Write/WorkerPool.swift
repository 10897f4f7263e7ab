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
    var chunkHasher = ChunkHasher()
    var decoder = FrameDecoder()
    private var encoder: FrameEncoder?
    /// Where frames are decoded to be compared with their source.
    var scratch: [UInt8] = []
    private let level: Int

    init(level: Int) { self.level = level }

    /// Runs with the encoder, made when it is first needed.
    func withEncoder<Value>(
        _ body: (inout FrameEncoder) throws(TransformError) -> Value
    ) throws(TransformError) -> Value {
        var mine =
            if let idle = encoder.take() { idle } else { try FrameEncoder(level: level) }
        let outcome: Result<Value, TransformError>
        do throws(TransformError) {
            outcome = .success(try body(&mine))
        } catch {
            outcome = .failure(error)
        }
        encoder = consume mine
        return try outcome.get()
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

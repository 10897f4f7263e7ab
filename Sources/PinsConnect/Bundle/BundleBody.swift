internal import Dispatch
internal import PinEngine
internal import PinsHTTP
internal import Synchronization

/// Reads a bundle that needs no sources: begins anew as often as it is asked to.
final class StoredBundleReader: HTTPBodyReader {
    private let segments: [PackedBundle.Segment]
    private var next = 0
    private var current: ArraySlice<UInt8> = []
    private let progress: @Sendable (_ sentByteCount: UInt64) -> Void
    private var sentByteCount: UInt64 = 0

    init(_ bundle: PackedBundle, progress: @escaping @Sendable (UInt64) -> Void) {
        segments = bundle.segments
        self.progress = progress
    }

    func read(limit: Int) throws(HTTPError) -> [UInt8] {
        while current.isEmpty, next < segments.count {
            switch segments[next] {
            case .bytes(let bytes): current = bytes[...]
            case .spooled(let range, let file):
                do throws(EngineError) { current = try file.bytes(range)[...] } catch {
                    throw HTTPError(.body, detail: error.message)
                }
            case .again: preconditionFailure("this bundle needs its sources")
            }
            next += 1
        }
        let piece = Array(current.prefix(limit))
        current = current.dropFirst(limit)
        sentByteCount += UInt64(piece.count)
        progress(sentByteCount)
        return piece
    }
}

/// Hands blocks from the tasks that make them to the thread that sends them, a few at a time.
final class BundleQueue: HTTPBodyReader, Sendable {
    private struct State {
        var waiting = WaitingPieces()
        var isEnded = false
        var isClosed = false
        var isOpen = false
        var isReopened = false
        var failure: String?
        var producer: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())
    private let changes = DispatchSemaphore(value: 0)

    // MARK: - The task that makes them

    /// Waits until there is room, and adds bytes.
    ///
    /// - Returns: Whether anybody still wants them.
    func push(_ bytes: [UInt8]) async -> Bool {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let goesOn = state.withLock { state in
                guard !state.isClosed, state.waiting.isFull else {
                    return true
                }
                state.producer = continuation
                return false
            }
            if goesOn { continuation.resume() }
        }
        let isWanted = state.withLock { state in
            guard !state.isClosed else { return false }
            state.waiting.append(bytes[...])
            return true
        }
        changes.signal()
        return isWanted
    }

    /// Says that there is no more, or why.
    func end(_ failure: String? = nil) {
        state.withLock { state in
            state.isEnded = true
            state.failure = failure
        }
        changes.signal()
    }

    /// Whether a second reader was asked for: the connection was closed before there was an answer.
    var isReopened: Bool { state.withLock { $0.isReopened } }

    // MARK: - The thread that sends them

    /// The reader of the one attempt that there is.
    ///
    /// - Throws: ``HTTPError/Code/body`` the second time.
    func open() throws(HTTPError) -> any HTTPBodyReader {
        let isFirst = state.withLock { state in
            state.isReopened = state.isOpen
            state.isOpen = true
            return !state.isReopened
        }
        guard isFirst else {
            throw HTTPError(.body, detail: "the connection was closed while the bundle was sent")
        }
        return self
    }

    func read(limit: Int) throws(HTTPError) -> [UInt8] {
        while true {
            let (piece, failure, producer) = state.withLock { state in take(limit, &state) }
            producer?.resume()
            if let failure { throw HTTPError(.body, detail: failure) }
            if let piece { return piece }
            changes.wait()
        }
    }

    private func take(
        _ limit: Int, _ state: inout State
    ) -> ([UInt8]?, String?, CheckedContinuation<Void, Never>?) {
        if let failure = state.failure { return (nil, failure, nil) }
        guard let piece = state.waiting.take(limit) else {
            return (state.isEnded || state.isClosed ? [] : nil, nil, nil)
        }
        guard !state.waiting.isFull else { return (piece, nil, nil) }
        defer { state.producer = nil }
        return (piece, nil, state.producer)
    }

    /// Says that nobody wants them any more.
    func close() {
        let producer = state.withLock { state in
            state.isClosed = true
            defer { state.producer = nil }
            return state.producer
        }
        producer?.resume()
        changes.signal()
    }
}

extension PackedBundle {
    /// Makes all bytes again and puts them into a queue.
    ///
    /// - Throws: ``EngineError/Code/ioError`` if a file is not what it was; the queue ends with
    ///   that before its last byte is out, so that no server takes what was sent for whole.
    func send(
        into queue: BundleQueue, progress: @escaping @Sendable (UInt64) -> Void
    ) async throws(EngineError) {
        do throws(EngineError) {
            var sent: UInt64 = 0
            func push(_ bytes: [UInt8]) async throws(EngineError) {
                guard await queue.push(bytes) else {
                    throw EngineError(.cancelled, "the write was interrupted")
                }
                sent += UInt64(bytes.count)
                progress(sent)
            }
            for segment in segments {
                switch segment {
                case .bytes(let bytes): try await push(bytes)
                case .spooled(let range, let file): try await push(try file.bytes(range))
                case .again(let file): try await file.send(push)
                }
            }
            queue.end()
        } catch {
            queue.end(error.message)
            throw error
        }
    }
}

extension PackedBundle.RepeatedFile {
    /// Reads and compresses the file once more.
    fileprivate func send(
        _ push: ([UInt8]) async throws(EngineError) -> Void
    ) async throws(EngineError) {
        let reader = FileReader(try await input.source.open(), digestsFlat: false)
        var count: UInt64 = 0
        // The last block waits until the hash is known.
        var last: [UInt8] = []
        try await deflater.run(
            next: { () async throws(EngineError) in try await reader.next() },
            emit: { (block) async throws(EngineError) in
                if !last.isEmpty { try await push(last) }
                count += UInt64(block.bytes.count)
                guard count <= packedByteCount else { throw changed }
                last = block.bytes
            })
        let (hash, _) = try await reader.finish()
        guard hash == self.hash, count == packedByteCount else { throw changed }
        try await push(last)
    }

    private var changed: EngineError {
        EngineError(
            .ioError, "'\(input.path)' changed while it was written; nothing was stored, try again",
            object: input.path)
    }
}

internal import Dispatch
internal import PinEngine
internal import PinFormat
internal import PinsHTTP
internal import Synchronization

/// A file of a version while the server sends it, in one request. Where the connection breaks, what
/// is missing is asked for. One task uses it.
final class ConnectStream {
    private let queue = ConnectReceiver()
    private let size: UInt64?
    private let printable: String
    private var task: Task<Void, Never>?
    private var byteCount: UInt64 = 0
    private let start: @Sendable (ConnectReceiver) -> Task<Void, Never>

    /// - Parameter size: What is recorded; what the server sends must have as many bytes.
    init(_ client: ConnectClient, _ place: ConnectPlace, _ path: String, size: UInt64?) {
        self.size = size
        printable = "'\(Names.printable(path))' of \(place.printable)"
        let what = "read \(printable)"
        var request = client.fileRequest(place.guid, place.bundle, path)
        request.deadline = HTTPDeadline(
            stallMilliseconds: 120_000, totalMilliseconds: 24 * 3_600_000)
        let first = request
        // A source gives its bytes when it is asked, and the answer comes when it comes: the
        // request needs a task of its own, which ends with the stream.
        start = { queue in
            Task { await queue.receive(first, what, client) }
        }
    }

    deinit {
        task?.cancel()
        queue.close()
    }

    /// The next bytes, at most `limit`; `nil` at the end.
    func next(_ limit: Int) async throws(EngineError) -> [UInt8]? {
        if task == nil { task = start(queue) }
        if Task.isCancelled { throw EngineError(.cancelled, "the work was interrupted") }
        let piece = try await queue.next(limit)
        byteCount += UInt64(piece?.count ?? 0)
        if let size, byteCount > size || (piece == nil && byteCount != size) {
            throw EngineError(
                .corrupt,
                "\(printable) has \(piece == nil ? "" : "at least ")\(byteCount) bytes, "
                    + "\(size) are recorded: it is damaged")
        }
        return piece
    }
}

/// Takes what a thread receives and hands it to a task, a few MiB at a time.
final class ConnectReceiver: Sendable {
    private static let attemptCount = 4

    private struct State {
        var waiting = WaitingPieces()
        var receivedByteCount: UInt64 = 0
        /// Bytes of this answer that were received before.
        var skipByteCount: UInt64 = 0
        var isEnded = false
        var isClosed = false
        var isProducerWaiting = false
        var failure: EngineError?
        var consumer: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())
    private let room = DispatchSemaphore(value: 0)

    // MARK: - The thread that receives

    /// Sends the request, again where the answer broke off, and takes what comes.
    func receive(_ first: HTTPRequest, _ what: String, _ client: ConnectClient) async {
        var attempt = 1
        while true {
            let received = state.withLock { $0.receivedByteCount }
            var request = first
            if received > 0 { request.headers["Range"] = "bytes=\(received)-" }
            state.withLock { $0.skipByteCount = 0 }
            do throws(ConnectRefusal) {
                _ = try await client.answer(request, what) { (head, piece) throws(HTTPError) in
                    try self.take(head, piece, from: received)
                }
                return end(nil)
            } catch {
                let isLost = error.isUncertain || error.status == 0
                guard isLost, attempt < Self.attemptCount, !Task.isCancelled,
                    !state.withLock({ $0.isClosed })
                else { return end(error.engineError) }
                attempt += 1
            }
        }
    }

    private func take(
        _ head: HTTPResponseHead, _ piece: [UInt8], from received: UInt64
    ) throws(HTTPError) {
        if head.status == 206 {
            guard let range = head.headers["Content-Range"], range.hasPrefix("bytes \(received)-")
            else { throw HTTPError(.body, detail: "the server sends another range") }
        }
        let isWhole = head.status != 206 && received > 0
        let (isWanted, waits, consumer) = state.withLock { state in
            add(piece, skipping: isWhole ? received : 0, &state)
        }
        consumer?.resume()
        guard isWanted else { throw HTTPError(.body, detail: "the work was interrupted") }
        if waits { room.wait() }
    }

    private func add(
        _ piece: [UInt8], skipping: UInt64, _ state: inout State
    ) -> (isWanted: Bool, waits: Bool, CheckedContinuation<Void, Never>?) {
        guard !state.isClosed else { return (false, false, nil) }
        let known = min(UInt64(piece.count), skipping - min(skipping, state.skipByteCount))
        state.skipByteCount += UInt64(piece.count)
        let new = piece.dropFirst(Int(known))
        guard !new.isEmpty else { return (true, false, nil) }
        state.waiting.append(new)
        state.receivedByteCount += UInt64(new.count)
        state.isProducerWaiting = state.waiting.isFull
        defer { state.consumer = nil }
        return (true, state.isProducerWaiting, state.consumer)
    }

    private func end(_ failure: EngineError?) {
        let consumer = state.withLock { state in
            state.isEnded = true
            state.failure = failure
            defer { state.consumer = nil }
            return state.consumer
        }
        consumer?.resume()
    }

    // MARK: - The task that reads

    /// The next bytes; `nil` at the end.
    func next(_ limit: Int) async throws(EngineError) -> [UInt8]? {
        while true {
            let (piece, isOver, failure, freesProducer) = state.withLock { take(limit, &$0) }
            if freesProducer { room.signal() }
            if let piece { return piece }
            if let failure { throw failure }
            if isOver { return nil }
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                let isThere = state.withLock { state in
                    if !state.waiting.isEmpty || state.isEnded || state.isClosed { return true }
                    state.consumer = continuation
                    return false
                }
                if isThere { continuation.resume() }
            }
        }
    }

    private func take(
        _ limit: Int, _ state: inout State
    ) -> ([UInt8]?, isOver: Bool, EngineError?, freesProducer: Bool) {
        guard let piece = state.waiting.take(limit) else {
            return (nil, state.isEnded || state.isClosed, state.failure, false)
        }
        let frees = state.isProducerWaiting && !state.waiting.isFull
        if frees { state.isProducerWaiting = false }
        return (piece, false, nil, frees)
    }

    /// Says that nobody reads any more.
    func close() {
        let (consumer, frees) = state.withLock { state in
            state.isClosed = true
            defer {
                state.consumer = nil
                state.isProducerWaiting = false
            }
            return (state.consumer, state.isProducerWaiting)
        }
        consumer?.resume()
        if frees { room.signal() }
    }
}

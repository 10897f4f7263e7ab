internal import PinStorage
internal import PinsHTTP
internal import Synchronization

/// Counts requests and the bytes of their bodies; not what a busy service refused, which is tried
/// again.
final class MeteredTransport: HTTPTransport {
    private let base: any HTTPTransport
    private let counted = Mutex(Traffic())

    init(_ base: any HTTPTransport) { self.base = base }

    /// What was counted.
    var traffic: Traffic { counted.withLock { $0 } }

    func send(
        _ request: HTTPRequest, sink: HTTPBodySink?
    ) async throws(HTTPError) -> HTTPResponse {
        let response = try await base.send(request, sink: sink)
        if response.status >= 500 || response.status == 429 { return response }
        var sent = 0
        if case .bytes(let bytes) = request.body { sent = bytes.count }
        counted.withLock {
            $0.add(requests: 1, sent: sent, received: response.body.count)
        }
        return response
    }
}

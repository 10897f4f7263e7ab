internal import PinStorage
internal import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Sends requests with libcurl: one blocking transfer on each thread, on threads of its own.
///
/// Connections are kept and used again. Certificates are verified against the system's trust
/// store, proxies come from the environment (`http_proxy`, `HTTPS_PROXY`, `NO_PROXY`, …), HTTP/2 is
/// spoken where a server offers it. A cancelled task's transfer ends at once.
public final class CurlTransport: HTTPTransport {
    /// What all requests have in common.
    public struct Settings: Sendable {
        /// The `User-Agent`, unless a request has its own.
        public var userAgent = "swift-pins/0.1"
        /// A file of certificates to trust instead of the system's, as PEM.
        public var certificateFile: String?
        /// How many requests run at the same time; further ones wait. At least 1.
        public var threadCount = 32

        /// The settings; a certificate file from `CURL_CA_BUNDLE` or `SSL_CERT_FILE`, as curl has
        /// it.
        ///
        /// - Parameter variable: One that is asked before those two, and counts for one service.
        public init(certificatesFrom variable: String? = nil) {
            for name in [variable, "CURL_CA_BUNDLE", "SSL_CERT_FILE"].compactMap({ $0 })
            where certificateFile == nil {
                let value = unsafe getenv(name).map { unsafe String(cString: $0) }
                certificateFile = value.flatMap { $0.isEmpty ? nil : $0 }
            }
        }
    }

    /// The one that is used where nobody asks for another.
    public static let shared = CurlTransport()

    private let settings: Settings
    private let executor: BlockingIOExecutor
    /// Handles with their open connections; the one used last is used next.
    private let idle = Mutex<[CurlHandle]>([])

    public init(_ settings: Settings = Settings()) {
        self.settings = settings
        executor = BlockingIOExecutor(threadCount: settings.threadCount)
    }

    public func send(
        _ request: HTTPRequest, sink: HTTPBodySink?
    ) async throws(HTTPError) -> HTTPResponse {
        guard request.headers.isValid else {
            throw HTTPError(
                .invalidRequest, request, detail: "a header field has characters that end its line")
        }
        let cancellation = CurlCancellation()
        let result = await withTaskCancellationHandler {
            await runBlocking(on: executor) { () async -> Result<HTTPResponse, HTTPError> in
                do throws(HTTPError) {
                    return .success(try self.follow(request, sink, cancellation))
                } catch {
                    return .failure(error)
                }
            }
        } onCancel: {
            cancellation.cancel()
        }
        return try result.get()
    }

    /// Sends a request, and those that its redirects lead to. Blocks.
    private func follow(
        _ request: HTTPRequest, _ sink: HTTPBodySink?, _ cancellation: CurlCancellation
    ) throws(HTTPError) -> HTTPResponse {
        var request = request
        var redirectCount = 0
        while true {
            let handle = take()
            let transfer = CurlTransfer(request, sink)
            do throws(HTTPError) {
                try handle.perform(transfer, settings, cancellation)
            } catch {
                // Its connection may be in the middle of an answer: libcurl knows, and closes it.
                give(handle)
                throw error
            }
            let target = handle.redirectTarget
            give(handle)
            let response = try transfer.response()
            guard redirectCount < request.redirectMaximum, let target else {
                guard target != nil, request.redirectMaximum > 0 else { return response }
                throw HTTPError(
                    .redirect, request, detail: "more than \(request.redirectMaximum) redirects")
            }
            redirectCount += 1
            request = try request.redirected(to: target)
        }
    }

    private func take() -> CurlHandle {
        idle.withLock { $0.popLast() } ?? CurlHandle()
    }

    private func give(_ handle: CurlHandle) {
        idle.withLock { $0.append(handle) }
    }
}

extension HTTPRequest {
    /// The request that a redirect asks for.
    func redirected(to text: String) throws(HTTPError) -> HTTPRequest {
        guard method == .get || method == .head else {
            throw HTTPError(.redirect, self, detail: "a \(method) is not sent to another place")
        }
        let target: HTTPURL
        do throws(HTTPError) {
            target = try HTTPURL(text)
        } catch {
            throw HTTPError(.redirect, self, detail: "the redirect leads nowhere: \(error.detail)")
        }
        guard !(url.scheme == "https" && target.scheme == "http") else {
            throw HTTPError(
                .redirect, self, detail: "a redirect from https to http is not followed")
        }
        var next = self
        next.url = target
        if target.origin != url.origin {
            next.headers = headers.keeping(HTTPRequest.harmlessHeaderNames)
        }
        return next
    }
}

internal import PinEngine
internal import PinFormat
internal import PinsHTTP

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// Asks a server, and turns what it answers into values and typed errors. No message ever has the
/// key in it.
struct ConnectClient: Sendable {
    /// What the API answers at most; a list of a thousand pins is about 1 MiB.
    private static let answerByteCountMax = 64 << 20

    let server: ConnectServer
    /// Tries again what may be tried again.
    let transport: any HTTPTransport
    /// Sends once.
    let once: any HTTPTransport

    init(_ server: ConnectServer, _ transport: any HTTPTransport, pause: any HTTPPause) {
        self.server = server
        once = transport
        self.transport = RetryingTransport(transport, pause: pause)
    }

    // MARK: - Requests

    /// A request of the API, with the key.
    func request(
        _ method: HTTPMethod, _ path: String, query: String? = nil, body: HTTPBody = .none
    ) -> HTTPRequest {
        var headers: HTTPHeaders = [:]
        if let key = server.key { headers.add("Authorization", "Key \(key)") }
        if case .bytes = body { headers.add("Content-Type", "application/json") }
        return HTTPRequest(
            method, server.url(path, query: query), headers: headers, body: body,
            responseByteCountMax: Self.answerByteCountMax)
    }

    /// Asks, and reads the answer as JSON.
    ///
    /// - Parameters:
    ///   - what: What was to be done, as in "Connect cannot `what`".
    ///   - isRepeatable: Whether doing it twice is as good as once.
    func json<Value: Decodable & Sendable>(
        _ type: Value.Type, _ method: HTTPMethod, _ path: String, query: String? = nil,
        body: [String: String]? = nil, isRepeatable: Bool = true, _ what: String
    ) async throws(EngineError) -> Value {
        var request = request(
            method, path, query: query, body: body.map { .bytes(Self.encoded($0)) } ?? .none)
        request.isRepeatable = isRepeatable
        let response = try await send(request, what)
        return try decode(type, response, what)
    }

    /// Asks for something to be removed; what is not there any more is removed.
    func delete(_ path: String, _ what: String) async throws(EngineError) {
        do throws(ConnectRefusal) {
            _ = try await answer(request(.delete, path), what)
        } catch {
            if error.status == 404 { return }
            throw error.engineError
        }
    }

    /// Sends a request and insists on success.
    func send(
        _ request: HTTPRequest, _ what: String, sink: HTTPBodySink? = nil
    ) async throws(EngineError) -> HTTPResponse {
        do throws(ConnectRefusal) {
            return try await answer(request, what, sink: sink)
        } catch {
            throw error.engineError
        }
    }

    /// Sends a request and insists on success; tells what the server said if there is none.
    func answer(
        _ request: HTTPRequest, _ what: String, sink: HTTPBodySink? = nil, isOnce: Bool = false
    ) async throws(ConnectRefusal) -> HTTPResponse {
        let response: HTTPResponse
        do throws(HTTPError) {
            response = try await (isOnce ? once : transport).send(request, sink: sink)
        } catch {
            throw ConnectRefusal(error, what, server)
        }
        guard response.isSuccess else { throw ConnectRefusal(response, what, server) }
        return response
    }

    /// Reads an answer.
    func decode<Value: Decodable>(
        _ type: Value.Type, _ response: HTTPResponse, _ what: String
    ) throws(EngineError) -> Value {
        guard let value = try? JSONDecoder().decode(type, from: Data(response.body)) else {
            throw EngineError(
                .unavailable,
                "'\(server.printable)' does not answer as Posit Connect does: it cannot \(what); "
                    + "is the address right, also its path?",
                object: server.printable)
        }
        return value
    }

    static func encoded(_ fields: [String: String]) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(fields) else {
            preconditionFailure("texts can be encoded")
        }
        return Array(data)
    }

    /// A value of a query.
    static func query(_ fields: KeyValuePairs<String, String>) -> String {
        fields.map { "\($0.key)=\(HTTPURL.encoded(component: $0.value))" }.joined(separator: "&")
    }
}

/// Why there is no good answer.
struct ConnectRefusal: Error, Sendable {
    /// 0 if there was no answer at all.
    let status: Int
    /// Connect's own number for it.
    let code: Int?
    let engineError: EngineError
    /// Whether the server may have done it all the same.
    let isUncertain: Bool
    /// What `Retry-After` asks for.
    var retryAfterSeconds: Int?

    init(status: Int, code: Int?, engineError: EngineError, isUncertain: Bool) {
        (self.status, self.code) = (status, code)
        (self.engineError, self.isUncertain) = (engineError, isUncertain)
    }

    init(_ error: HTTPError, _ what: String, _ server: ConnectServer) {
        (status, code) = (0, nil)
        let place = server.printable
        isUncertain = error.code == .timeout || error.code == .protocolViolation
        switch error.code {
        case .cancelled:
            engineError = EngineError(.cancelled, "the work was interrupted", object: place)
        case .body:
            engineError = EngineError(.ioError, error.detail, object: place)
        case .invalidRequest:
            engineError = EngineError(.usage, error.detail, object: place)
        case .tooLarge:
            engineError = EngineError(
                .unavailable, "Connect at '\(place)' cannot \(what): the answer does not end",
                object: place)
        default:
            engineError = EngineError(
                .unavailable,
                "Failed to connect to Posit Connect at '\(place)': it cannot \(what): "
                    + "\(error.detail); \(error.advice)"
                    + (error.code == .tls ? "" : ", or check the address"),
                object: place)
        }
    }

    init(_ response: HTTPResponse, _ what: String, _ server: ConnectServer) {
        status = response.status
        isUncertain = (500...599).contains(response.status) || response.status == 408
        let failure = try? JSONDecoder().decode(
            ConnectModels.Failure.self, from: Data(response.body))
        code = failure?.code
        retryAfterSeconds = response.headers["Retry-After"].flatMap { Int($0) }
        // The server's words, without what could be a secret or turn a terminal over.
        var said = Names.printable(failure?.error ?? "").shortened(to: 300)
        if let key = server.key { said = said.replacing(key, with: "…") }
        var reason = "status \(response.status)"
        if let code { reason += ", code \(code)" }
        if !said.isEmpty { reason += ": \(said)" }
        let (kind, advice) = Self.kind(response, server)
        engineError = EngineError(
            kind, "Connect at '\(server.printable)' cannot \(what) (\(reason))\(advice)",
            object: server.printable)
    }

    private static func kind(
        _ response: HTTPResponse, _ server: ConnectServer
    ) -> (EngineError.Code, String) {
        switch response.status {
        case 300...399:
            return (
                .notPermitted,
                "; it sends you elsewhere: check the address, and that CONNECT_API_KEY is set"
            )
        case 401:
            return (
                .notPermitted,
                server.key == nil
                    ? "; no key was given: set CONNECT_API_KEY"
                    : "; the key in CONNECT_API_KEY is not one of this server's"
            )
        case 403: return (.notPermitted, "; ask the owner to make you a collaborator or viewer")
        case 404, 410: return (.notFound, "")
        case 409: return (.cannotCreate, "")
        case 413:
            return (
                .cannotCreate,
                "; the server, or a proxy before it, takes no upload of this size: ask its "
                    + "administrator, or use another kind of board for large data"
            )
        case 429: return (.tryAgain, "; it has too much to do, try again later")
        case 500...599: return (.unavailable, "; the server is in trouble, try again later")
        default: return (.usage, "")
        }
    }
}

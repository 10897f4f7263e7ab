import Foundation
import Synchronization

/// A server made by hand, that answers as no server should.
public final class RudeServer: Sendable {
    /// What it does with a connection after the bytes were sent.
    public enum Ending: Sendable {
        /// Waits for the next request.
        case keep
        /// Closes it.
        case close
        /// Sends nothing more, until the client closes it.
        case hang
    }

    /// An answer.
    public struct Answer: Sendable {
        let text: String
        let ending: Ending

        public init(_ text: String, _ ending: Ending = .keep) {
            self.text = text
            self.ending = ending
        }
    }

    private let socket: LoopbackSocket
    private let handler: @Sendable (_ request: String, _ index: Int) -> Answer
    private let seen = Mutex<[String]>([])
    private let connections = Mutex<[LoopbackSocket]>([])
    /// Signalled when a client has closed a connection that hangs.
    private let hungUp = DispatchSemaphore(value: 0)
    /// Signalled when an answer that hangs was sent.
    private let hanging = DispatchSemaphore(value: 0)

    public let port: Int

    /// - Parameter handler: Gets each request as text, with its body, and how many came before it.
    public init(_ handler: @escaping @Sendable (_ request: String, _ index: Int) -> Answer) throws {
        socket = try LoopbackSocket(listeningOn: 0)
        port = socket.port
        self.handler = handler
        Thread.detachNewThread { [self] in
            while let connection = socket.accept() {
                connections.withLock { $0.append(connection) }
                Thread.detachNewThread { self.serve(connection) }
            }
        }
    }

    public var url: String { "http://127.0.0.1:\(port)/" }

    /// The requests so far.
    public var requests: [String] { seen.withLock { $0 } }

    /// Waits until an answer hangs.
    public func waitUntilHanging() async { await Self.wait(hanging) }

    /// Waits until a client has given up an answer that hangs.
    public func waitUntilHungUp() async { await Self.wait(hungUp) }

    /// Waits on a thread of its own: those of tasks must not block.
    private static func wait(_ semaphore: DispatchSemaphore) async {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                semaphore.wait()
                continuation.resume()
            }
        }
    }

    /// Ends it.
    public func stop() {
        socket.shut()
        for connection in connections.withLock({ $0 }) { connection.shut() }
    }

    private func serve(_ connection: LoopbackSocket) {
        var bytes: [UInt8] = []
        while let request = next(connection, &bytes) {
            let index = seen.withLock { seen in
                seen.append(request)
                return seen.count - 1
            }
            let answer = handler(request, index)
            guard connection.send(answer.text) else { return }
            switch answer.ending {
            case .keep: continue
            case .close:
                connection.shut()
                return
            case .hang:
                hanging.signal()
                while !connection.receive().isEmpty {}
                hungUp.signal()
                return
            }
        }
    }

    /// One request with its body; keeps in `bytes` what came after it.
    private func next(_ connection: LoopbackSocket, _ bytes: inout [UInt8]) -> String? {
        while true {
            let text = String(decoding: bytes, as: UTF8.self)
            if let end = text.range(of: "\r\n\r\n") {
                let head = String(text[..<end.lowerBound])
                let body = text[end.upperBound...]
                if head.lowercased().contains("transfer-encoding: chunked") {
                    if body.hasSuffix("0\r\n\r\n") {
                        bytes = []
                        return text
                    }
                } else if body.utf8.count >= Self.contentLength(head) {
                    bytes = []
                    return text
                }
            }
            let more = connection.receive()
            if more.isEmpty { return nil }
            bytes += more
        }
    }

    private static func contentLength(_ head: String) -> Int {
        let lines = head.lowercased().components(separatedBy: "\r\n")
        let line = lines.first { $0.hasPrefix("content-length:") }
        return line.flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) } ?? 0
    }
}

/// Runs a server for the time of `body`.
@discardableResult
public func withRudeServer<Value>(
    _ handler: @escaping @Sendable (_ request: String, _ index: Int) -> RudeServer.Answer,
    isolation: isolated (any Actor)? = #isolation,
    _ body: (RudeServer) async throws -> Value
) async throws -> Value {
    let server = try RudeServer(handler)
    defer { server.stop() }
    return try await body(server)
}

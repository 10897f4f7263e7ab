import Foundation
import PinsHTTP
import PinsS3
import Synchronization

/// A pause that only notes how long it would be.
final class NotedPause: HTTPPause {
    private let noted = Mutex<[Int]>([])

    var milliseconds: [Int] { noted.withLock { $0 } }

    func pause(milliseconds: Int) async { noted.withLock { $0.append(milliseconds) } }
}

/// Variables and files of a test.
struct FakeContext: SystemContext {
    var variables: [String: String] = [:]
    var files: [String: String] = [:]

    func variable(_ name: String) -> String? { variables[name] }
    func file(_ path: String) -> [UInt8]? { files[path].map { Array($0.utf8) } }
}

/// Gives one key after the other.
final class KeyList: CredentialSource {
    private let keys: Mutex<[S3Credentials]>
    private let count = Mutex(0)

    init(_ keys: [S3Credentials]) { self.keys = Mutex(keys) }

    var description: String { "a list" }
    var loadCount: Int { count.withLock { $0 } }

    func load() async throws(S3Error) -> S3Credentials {
        count.withLock { $0 += 1 }
        return keys.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }
    }
}

/// Counts requests and the bytes of their bodies.
final class CountingTransport: HTTPTransport {
    struct Count: Sendable {
        var requests: [String: Int] = [:]
        var sentByteCount = 0
        var receivedByteCount = 0
        /// Requests that a busy server refused, and that were made again.
        var refusedCount = 0

        var total: Int { requests.values.reduce(0, +) }
        var text: String {
            requests.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
                .joined(separator: ", ")
        }
    }

    private let base: any HTTPTransport
    private let count = Mutex(Count())
    private let log = Mutex<[String]>([])
    private let changed = Mutex<[Change]>([])

    init(_ base: any HTTPTransport = CurlTransport.shared) { self.base = base }

    /// What was counted since the last call.
    func take() -> Count {
        log.withLock { $0 = [] }
        changed.withLock { $0 = [] }
        return count.withLock { count in
            defer { count = Count() }
            return count
        }
    }

    /// Method and path of every request since the last count.
    var lines: [String] { log.withLock { $0 } }

    /// The keys that one request makes, or a part of, or removes.
    struct Change: Sendable, Equatable {
        let isRemoval: Bool
        /// Without the bucket.
        let keys: [String]
    }

    /// What requests since the last count were to change, in the order in which they were sent.
    var changes: [Change] { changed.withLock { $0 } }

    private static func change(_ request: HTTPRequest) -> Change? {
        let path = request.url.path.dropFirst().split(separator: "/", maxSplits: 1)
        let key = path.count == 2 ? path[1].removingPercentEncoding : nil
        let isPart = request.url.query?.contains("upload") ?? false
        switch request.method {
        case .put: return key.map { Change(isRemoval: false, keys: [$0]) }
        case .post where isPart: return key.map { Change(isRemoval: false, keys: [$0]) }
        case .delete where !isPart: return key.map { Change(isRemoval: true, keys: [$0]) }
        case .post:
            guard case .bytes(let bytes) = request.body else { return nil }
            let keys = String(decoding: bytes, as: UTF8.self)
                .matches(of: /<Key>(.*?)<\/Key>/).map { String($0.1) }
            return Change(isRemoval: true, keys: keys)
        default: return nil
        }
    }

    func send(
        _ request: HTTPRequest, sink: HTTPBodySink?
    ) async throws(HTTPError) -> HTTPResponse {
        log.withLock {
            $0.append("\(request.method) \(request.url.text) \(request.headers["Range"] ?? "")")
        }
        if let change = Self.change(request) { changed.withLock { $0.append(change) } }
        let response = try await base.send(request, sink: sink)
        count.withLock { count in
            count.requests[request.method.description, default: 0] += 1
            if response.status >= 500 || response.status == 429 { count.refusedCount += 1 }
            if case .bytes(let bytes) = request.body { count.sentByteCount += bytes.count }
            count.receivedByteCount += response.body.count
        }
        return response
    }
}

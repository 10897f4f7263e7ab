import Foundation
import HTTPTesting
import PinTesting
import Synchronization
import Testing

@testable import PinsHTTP

/// Goal: requests and answers come through a real server as they are. Method: nginx on loopback.
@Suite(.enabled(if: NginxServer.isInstalled)) struct CurlTransportTests {
    private let transport = CurlTransport()

    @Test func bodiesRangesHeadsAndStatusesComeThrough() async throws {
        try await withTemporaryFolder { folder in
            let bytes = SeededRandom(seed: 1).bytes(count: 3_000_001)
            try Data(bytes).write(to: URL(fileURLWithPath: folder + "/data.bin"))
            try await withNginx(root: folder, prefix: folder + "/nginx") { server in
                let url = try HTTPURL(server.url + "data.bin")
                let whole = try await transport.send(HTTPRequest(.get, url))
                #expect(whole.status == 200 && whole.body == bytes)
                let part = try await transport.send(
                    HTTPRequest(.get, url, headers: ["Range": "bytes=100-199"]))
                #expect(part.status == 206 && part.body == Array(bytes[100..<200]))
                #expect(part.headers["content-range"] == "bytes 100-199/3000001")
                let head = try await transport.send(HTTPRequest(.head, url))
                #expect(head.status == 200 && head.body.isEmpty)
                #expect(head.head.contentLength == 3_000_001)
                let missing = try await transport.send(
                    HTTPRequest(.get, url.with(path: "/none"), responseByteCountMax: 1))
                #expect(missing.status == 404 && !missing.body.isEmpty)
                let tag = try #require(whole.headers["ETag"])
                let same = try await transport.send(
                    HTTPRequest(.get, url, headers: ["If-None-Match": tag]))
                #expect(same.status == 304 && same.body.isEmpty)
                let log = try server.takeLog()
                #expect(log.map(\.method) == ["GET", "GET", "HEAD", "GET", "GET"])
                #expect(log.map(\.status) == [200, 206, 200, 404, 304])
            }
        }
    }

    @Test func aPathGoesOutAsItIs() async throws {
        try await withTemporaryFolder { folder in
            try await withNginx(root: folder, prefix: folder + "/nginx") { server in
                let url = try HTTPURL(server.url).with(path: "/a/./b//c%2Fd", query: "x=%7e")
                _ = try await transport.send(HTTPRequest(.get, url))
                #expect(try server.takeLog().map(\.path) == ["/a/./b//c%2Fd?x=%7e"])
            }
        }
    }

    @Test func bodiesAreSentFromMemoryAndFromStreams() async throws {
        try await withTemporaryFolder { folder in
            let location = "dav_methods PUT DELETE;"
            try await withNginx(
                root: folder, prefix: folder + "/nginx", location: location
            ) { server in
                let bytes = SeededRandom(seed: 2).bytes(count: 2_500_000)
                let bodies: [(String, HTTPBody)] = [
                    ("memory", .bytes(bytes)),
                    ("stream", .stream(byteCount: bytes.count) { PieceReader(bytes) }),
                    ("chunked", .stream(byteCount: nil) { PieceReader(bytes) }),
                ]
                for (name, body) in bodies {
                    let url = try HTTPURL(server.url + name)
                    let made = try await transport.send(HTTPRequest(.put, url, body: body))
                    #expect(made.status == 201, "\(name)")
                    #expect(try await transport.send(HTTPRequest(.get, url)).body == bytes)
                    #expect(try await transport.send(HTTPRequest(.delete, url)).status == 204)
                    #expect(try await transport.send(HTTPRequest(.head, url)).status == 404)
                }
            }
        }
    }

    @Test func aSinkTakesTheBodyOfSuccessOnly() async throws {
        try await withTemporaryFolder { folder in
            let bytes = SeededRandom(seed: 3).bytes(count: 1_000_000)
            try Data(bytes).write(to: URL(fileURLWithPath: folder + "/data"))
            try await withNginx(root: folder, prefix: folder + "/nginx") { server in
                let url = try HTTPURL(server.url + "data")
                let taken = Mutex<[UInt8]>([])
                let sink: HTTPBodySink = { (head, piece) throws(HTTPError) in
                    guard head.status == 200 else { throw HTTPError(.body, detail: "no success") }
                    taken.withLock { $0 += piece }
                }
                let answer = try await transport.send(
                    HTTPRequest(.get, url, responseByteCountMax: 0), sink: sink)
                #expect(answer.body.isEmpty && taken.withLock { $0 } == bytes)
                let missing = try await transport.send(
                    HTTPRequest(.get, url.with(path: "/none")), sink: sink)
                #expect(missing.status == 404 && taken.withLock { $0.count } == bytes.count)
                await #expect(throws: HTTPError(.body, detail: "")) {
                    try await transport.send(HTTPRequest(.get, url)) { _, _ throws(HTTPError) in
                        throw HTTPError(.body, detail: "the disk is full")
                    }
                }
            }
        }
    }

    @Test func manyRequestsRunBesideEachOther() async throws {
        try await withTemporaryFolder { folder in
            try Data([1, 2, 3]).write(to: URL(fileURLWithPath: folder + "/data"))
            try await withNginx(root: folder, prefix: folder + "/nginx") { server in
                let url = try HTTPURL(server.url + "data")
                try await withThrowingTaskGroup(of: [UInt8].self) { group in
                    for _ in 0..<200 {
                        group.addTask { try await transport.send(HTTPRequest(.get, url)).body }
                    }
                    for try await body in group { #expect(body == [1, 2, 3]) }
                }
                #expect(try server.takeLog().count == 200)
            }
        }
    }

    @Test func certificatesAreVerifiedAndHTTP2IsSpoken() async throws {
        try await withTemporaryFolder { folder in
            let chain = folder + "/chain.pem"
            let key = folder + "/key.pem"
            try run(
                "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout",
                key, "-out", chain)
            try Data("hello".utf8).write(to: URL(fileURLWithPath: folder + "/data"))
            try await withNginx(
                root: folder, prefix: folder + "/nginx", certificate: (chain, key)
            ) { server in
                let url = try HTTPURL("https://127.0.0.1:\(server.port)/data")
                let error = await #expect(throws: HTTPError.self) {
                    try await transport.send(HTTPRequest(.get, url))
                }
                #expect(error?.code == .tls && error?.isBeforeRequest == true)
                var settings = CurlTransport.Settings()
                settings.certificateFile = chain
                let trusting = CurlTransport(settings)
                let answer = try await trusting.send(HTTPRequest(.get, url))
                #expect(answer.body == Array("hello".utf8))
            }
            let log = try String(contentsOfFile: folder + "/nginx/access.log", encoding: .utf8)
            #expect(log.contains("GET /data 200 5 HTTP/2.0"), "\(log)")
        }
    }

    private func run(_ arguments: String...) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(arguments)")
    }
}

/// Bytes in pieces of odd sizes.
final class PieceReader: HTTPBodyReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    func read(limit: Int) throws(HTTPError) -> [UInt8] {
        let piece = Array(rest.prefix(min(limit, 12_345)))
        rest = rest.dropFirst(piece.count)
        return piece
    }
}

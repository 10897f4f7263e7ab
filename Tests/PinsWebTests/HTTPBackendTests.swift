import HTTPTesting
import PinStorage
import PinTesting
import PinsHTTP
import Testing

@testable import PinsWeb

/// Goal: objects over HTTP keep the contract of backends. Method: the conformance suite for
/// reading, over what a folder backend writes and nginx hands out; and a server that knows no
/// ranges.
@Suite struct HTTPBackendTests {
    @Test(.enabled(if: NginxServer.isInstalled)) func readingConforms() async throws {
        try await withTemporaryFolder { folder in
            let maker = FolderBackend(folder + "/objects")
            try await maker.createFolder()
            try await withNginx(
                root: folder + "/objects", prefix: folder + "/nginx"
            ) { server in
                let backend = HTTPBackend(
                    try HTTPURL(server.url), transport: CurlTransport.shared)
                let suite = BackendConformance(bigByteCount: 9 << 20)
                #expect(await suite.violations(ofReading: backend, madeBy: maker).isEmpty)
            }
        }
    }

    @Test func aServerWithoutRangesIsReadAllTheSame() async throws {
        let text = String(repeating: "0123456789", count: 100_000)
        try await withRudeServer { _, _ in
            .init("HTTP/1.1 200 OK\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(text)")
        } _: { server in
            let backend = HTTPBackend(try HTTPURL(server.url), transport: CurlTransport.shared)
            for range in [0..<1, 5..<15, 999_990..<1_000_000, 0..<1_000_000] {
                let bytes = try await backend.get("packs/x", range: range)
                #expect(bytes == Array(Array(text.utf8)[range]))
            }
            for range in [999_999..<1_000_001, 1_000_000..<1_000_001] {
                await #expect(throws: BackendError(.rangeNotSatisfiable, "")) {
                    try await backend.get("packs/x", range: range)
                }
            }
        }
    }

    @Test(arguments: ["bytes 1-4/10", "bytes 0-3/10", "", "bytes */10"])
    func anotherRangeThanAskedForIsNotTaken(_ range: String) async throws {
        try await withRudeServer { _, _ in
            .init(
                "HTTP/1.1 206 Partial\r\nContent-Range: \(range)\r\nContent-Length: 4\r\n\r\nabcd")
        } _: { server in
            let backend = HTTPBackend(try HTTPURL(server.url), transport: CurlTransport.shared)
            await #expect(throws: BackendError.self) {
                try await backend.get("packs/x", range: 2..<6)
            }
        }
    }

    @Test func aBucketThatMayNotBeListedIsProbed() async throws {
        try await withRudeServer { _, _ in
            .init("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        } _: { server in
            let backend = HTTPBackend(try HTTPURL(server.url), transport: CurlTransport.shared)
            #expect(try await backend.stat("commits/1") == nil)
            await #expect(throws: BackendError(.permissionDenied, "")) {
                try await backend.get("commits/1", limit: 10)
            }
        }
    }
}

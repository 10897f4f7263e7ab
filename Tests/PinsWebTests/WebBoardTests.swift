import HTTPTesting
import PinEngine
import PinFormat
import PinStorage
import PinTesting
import Pins
import PinsHTTP
import Testing

@testable import PinsWeb

/// Goal: a board that a web server hands out as files reads as it does in its folder. Method: nginx
/// serves a board that the engine wrote.
@Suite(.enabled(if: NginxServer.isInstalled)) struct WebBoardTests {
    @Test func aServedBoardListsSearchesReadsAndVerifies() async throws {
        try await withServedBoard { served in
            let first = SeededRandom(seed: 1).bytes(count: 3_000_000)
            let second = Array(first.prefix(2_000_000) + [1, 2, 3] + first.suffix(1_000_000))
            let old = try await served.write("sales", first, title: "Sales of Oslo")
            try await served.write("sales", second, title: "Sales of Oslo")
            try await served.write("other", [1, 2, 3])
            let board = try await served.open()
            #expect(board.location == served.server.url)
            #expect(try await board.list().map(\.name) == ["other", "sales"])
            #expect(try await board.search("oslo").map(\.name) == ["sales"])
            #expect(try await board.versions("sales").count == 2)
            let latest = try await board.version("sales")
            #expect(try await latest.bytes(latest.file()) == second)
            let part = try await latest.bytes(latest.file(), range: 1_999_999..<2_000_010)
            #expect(part == Array(second[1_999_999..<2_000_010]))
            let before = try await board.version("sales", .named(old.info.version))
            #expect(try await before.bytes(before.file()) == first)
            var options = VerifyOptions()
            options.readsData = true
            let report = try await board.form.verify(options, progress: nil)
            #expect(report.problems.isEmpty, "\(report.problems)")
            #expect(report.checkedByteCount > 3_000_000)
            let statistics = try await board.statistics()
            #expect(statistics.pinCount == 2 && statistics.storedByteCount > 3_000_000)
        }
    }

    @Test func requestsAreFew() async throws {
        try await withServedBoard { served in
            let bytes = SeededRandom(seed: 2).bytes(count: 10_000_000)
            try await served.write("data", bytes)
            try await served.write("data", Array(bytes.dropLast(5)))
            _ = try served.server.takeLog()

            let board = try await served.open()
            #expect(try served.server.takeLog().map(\.path) == ["/config"])
            _ = try await board.list()
            let listing = try served.server.takeLog()
            #expect(listing.map(\.method) == ["GET", "HEAD", "GET", "GET"])
            #expect(listing.first?.path == "/latest")
            // The same state again: only whether there is a newer one.
            _ = try await board.list()
            #expect(try served.server.takeLog().map(\.method) == ["HEAD", "GET"])
            let version = try await board.version("data")
            _ = try served.server.takeLog()
            _ = try await version.bytes(version.file())
            let reading = try served.server.takeLog()
            // 10 MB in runs of neighbouring frames, of two packs.
            #expect(reading.count <= 5, "\(reading)")
            #expect(reading.allSatisfy { $0.status == 206 })
            #expect(reading.reduce(0) { $0 + $1.byteCount } < 10_300_000)
            _ = try await version.bytes(version.file(), range: 5_000_000..<5_000_100)
            let range = try served.server.takeLog()
            #expect(range.count <= 1 && range.reduce(0) { $0 + $1.byteCount } < 1_100_000)
        }
    }

    @Test func aColdReadOfTenMegabytesTakesEightRequests() async throws {
        try await withServedBoard { served in
            let bytes = SeededRandom(seed: 2).bytes(count: 10_000_000)
            try await served.write("data", bytes)
            _ = try served.server.takeLog()
            let board = try await served.open()
            let version = try await board.version("data")
            #expect(try await version.bytes(version.file()) == bytes)
            let log = try served.server.takeLog()
            #expect(log.count == 8, "\(log)")
        }
    }

    @Test func aStaleLatestIsOvertakenByProbing() async throws {
        try await withServedBoard { served in
            try await served.write("a", [1])
            let path = served.folder + "/board"
            let old = try await FolderBackend(path).get("latest", limit: 4_096)
            for number in 0..<5 { try await served.write("b\(number)", [2]) }
            let folder = FolderBackend(path)
            _ = try await folder.put("latest", old, mode: .overwrite)
            #expect(try await served.open().list().count == 6)
        }
    }

    @Test func commitsThatAreLostAreDamage() async throws {
        try await withServedBoard { served in
            for number in 0..<4 { try await served.write("a\(number)", [1]) }
            let folder = FolderBackend(served.folder + "/board")
            try await folder.delete(BoardKeys.commit(4))
            let board = try await served.open()
            await #expect(throws: EngineError.self) { try await board.list() }
        }
    }

    @Test func writesAreRefused() async throws {
        try await withServedBoard { served in
            try await served.write("a", [1])
            let board = try await served.open()
            let file = InputFile(path: "x", source: BytesSource([1]))
            let metadata = VersionMetadata(createdSeconds: 0, type: "file", title: "")
            let request = WriteRequest(pin: "a", files: [file], metadata: metadata)
            let writes: [() async throws -> Void] = [
                { _ = try await board.write(request) },
                { _ = try await board.delete("a") },
                { _ = try await board.edit("a") { $0.title = "x" } },
                { _ = try await board.setLabel("prod", of: "a") },
                { _ = try await board.collect() },
            ]
            for write in writes {
                let error = await #expect(throws: EngineError.self) { try await write() }
                #expect(error?.code == .cannotCreate)
                #expect(
                    error?.message.contains("read-only") == true, "\(String(describing: error))")
            }
        }
    }

    @Test func placesWithoutABoardAreToldApart() async throws {
        try await withTemporaryFolder { folder in
            try await withNginx(root: folder, prefix: folder + "/nginx") { server in
                let web = WebBoards()
                func code(_ location: String) async -> EngineError.Code? {
                    do throws(EngineError) {
                        _ = try await web.open(location)
                        return nil
                    } catch {
                        #expect(!error.message.contains("secret"))
                        return error.code
                    }
                }
                #expect(await code(server.url + "none/?key=secret") == .notFound)
                #expect(await code("http://user:secret@h/") == .usage)
                let quick = HTTPRetryPolicy(attemptCount: 1)
                let impatient = WebBoards(
                    transport: RetryingTransport(CurlTransport.shared, policy: quick))
                let port = try LoopbackSocket.freePort()
                let error = await #expect(throws: EngineError.self) {
                    try await impatient.open("http://127.0.0.1:\(port)/")
                }
                #expect(error?.code == .unavailable)
            }
        }
    }

    @Test(arguments: [
        (401, EngineError.Code.notPermitted), (403, .notPermitted), (404, .notFound),
        (418, .ioError), (429, .tryAgain), (500, .unavailable), (503, .unavailable),
    ])
    func statusesAreErrorsOfTheirKind(_ status: Int, _ code: EngineError.Code) async throws {
        try await withRudeServer { _, _ in
            .init("HTTP/1.1 \(status) X\r\nContent-Length: 0\r\n\r\n")
        } _: { server in
            let error = await #expect(throws: EngineError.self) {
                try await WebBoards(transport: CurlTransport.shared).open(server.url)
            }
            #expect(error?.code == code)
        }
    }

    @Test func adaptersOpenTheirSchemes() async throws {
        try await withServedBoard { served in
            try await served.write("a", [1])
            BoardAdapters.register(WebBoards().adapter)
            let board = try await Board.open(served.server.url)
            #expect(try await board.list().map(\.name) == ["a"])
            let error = await #expect(throws: EngineError.self) {
                try await Board.create(served.server.url)
            }
            #expect(error?.code == .cannotCreate)
        }
    }
}

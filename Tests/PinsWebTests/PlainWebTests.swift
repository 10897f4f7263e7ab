import Foundation
import HTTPTesting
import PinEngine
import PinFormat
import PinStorage
import PinTesting
import Pins
import PinsHTTP
import Testing

@testable import PinsWeb

/// Goal: a board of pins for Python and R that a web server hands out reads as it does in its
/// folder, each version fetched once. Method: nginx serves a plain board and its manifest.
@Suite(.enabled(if: NginxServer.isInstalled)) struct PlainWebTests {
    private let old = SeededRandom(seed: 1).bytes(count: 300_000)
    private let new = SeededRandom(seed: 2).bytes(count: 300_000)

    /// A plain board with `sales` in two versions and `two files`, its manifest, and a server.
    private func withPlainBoard(
        isolation: isolated (any Actor)? = #isolation,
        _ body: (_ server: NginxServer, _ local: Board, _ folder: String) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            let local = try await Board.create("plain:" + folder + "/board")
            try await write(local, "sales", ["sales.csv": old], seconds: 1_700_000_000)
            try await write(local, "sales", ["sales.csv": new], seconds: 1_700_000_100)
            try await write(
                local, "two files", ["a b.txt": [1, 2], "c%20d.txt": [3]], seconds: 1_700_000_200)
            let plain = try #require(local.form as? PlainBoard)
            #expect(try await plain.writeManifest().versionCount == 3)
            try await withNginx(root: folder + "/board", prefix: folder + "/nginx") { server in
                try await body(server, local, folder)
            }
        }
    }

    private func write(
        _ board: Board, _ pin: String, _ files: [String: [UInt8]], seconds: Int64
    ) async throws {
        let inputs = files.map { InputFile(path: $0.key, source: BytesSource($0.value)) }
        let metadata = VersionMetadata(
            createdSeconds: seconds, type: "file", title: "Title of \(pin)")
        _ = try await board.write(WriteRequest(pin: pin, files: inputs, metadata: metadata))
    }

    private func cache(_ folder: String) -> BoardCache {
        BoardCache(CacheSettings(path: folder + "/cache"))
    }

    @Test func aManifestIsABoard() async throws {
        try await withPlainBoard { server, local, folder in
            for web in [WebBoards(), WebBoards(cache: cache(folder))] {
                for url in [server.url, server.url + "_pins.yaml"] {
                    let board = try await web.open(url)
                    #expect(board.form.layout == "plain")
                    #expect(try await board.list() == local.list())
                    #expect(try await board.search("two").map(\.name) == ["two files"])
                    let versions = try await board.versions("sales")
                    #expect(try await versions == local.versions("sales"))
                    let latest = try await board.version("sales")
                    #expect(try await latest.bytes(latest.file()) == new)
                    #expect(
                        try await latest.bytes(latest.file(), range: 7..<19) == Array(new[7..<19]))
                    let first = try await board.version("sales", .named(versions[0].version))
                    #expect(try await first.bytes(first.file()) == old)
                    try await first.checkHash(versions[0].pinHash, file: nil)
                    let two = try await board.version("two files")
                    #expect(try await two.bytes(two.file("a b.txt")) == [1, 2])
                    #expect(try await two.bytes(two.file("c%20d.txt")) == [3])
                }
            }
        }
    }

    @Test func aVersionIsFetchedOnce() async throws {
        try await withPlainBoard { server, _, folder in
            for turn in 0..<3 {
                let board = try await WebBoards(cache: cache(folder)).open(server.url)
                _ = try server.takeLog()
                let version = try await board.version("sales")
                #expect(try await version.bytes(version.file()) == new)
                let log = try server.takeLog()
                let data = log.filter { $0.path.hasSuffix(".csv") }
                #expect(data.count == (turn == 0 ? 1 : 0), "\(log)")
                #expect(log.filter { $0.path.hasSuffix("/data.txt") }.count == 1)
            }
        }
    }

    @Test func damageIsFoundBeforeAByteIsHandedOut() async throws {
        try await withPlainBoard { server, local, folder in
            let version = try await local.version("sales").info.version
            let path = "\(folder)/board/sales/\(version)/sales.csv"
            var bytes = new
            bytes[200_000] ^= 1
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            for web in [WebBoards(), WebBoards(cache: cache(folder))] {
                let found = try await web.open(server.url).version("sales")
                let error = await #expect(throws: EngineError.self) {
                    try await found.read(found.file()) { (_) throws(EngineError) in
                        Issue.record("bytes were handed out")
                    }
                }
                #expect(error?.code == .corrupt)
            }
            #expect(await cache(folder).info().versionCount == 0)
        }
    }

    @Test func nothingIsWritten() async throws {
        try await withPlainBoard { server, _, folder in
            for web in [WebBoards(), WebBoards(cache: cache(folder))] {
                let board = try await web.open(server.url)
                let file = InputFile(path: "x", source: BytesSource([1]))
                let metadata = VersionMetadata(createdSeconds: 0, type: "file", title: "x")
                let request = WriteRequest(pin: "sales", files: [file], metadata: metadata)
                let writes: [() async throws -> Void] = [
                    { _ = try await board.write(request) },
                    { _ = try await board.delete("sales") },
                    { _ = try await board.edit("sales") { $0.title = "y" } },
                    { _ = try await board.setLabel("prod", of: "sales") },
                ]
                for write in writes {
                    let error = await #expect(throws: EngineError.self) { try await write() }
                    #expect(error?.code == .cannotCreate, "\(String(describing: error))")
                }
            }
        }
    }

    @Test func aManifestFromStrangersLeadsNowhereElse() async throws {
        try await withPlainBoard { server, _, folder in
            let text = """
                sales:
                - ../../etc/
                - /etc/
                - https://other.example/sales/20230101T000000Z-aaaaa/
                - sales/..
                - sales/none/
                '../up': x/20230101T000000Z-aaaaa/
                lonely: two files/none/
                """
            try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/board/_pins.yaml"))
            let board = try await WebBoards().open(server.url)
            _ = try server.takeLog()
            #expect(try await board.list().isEmpty)
            let log = try server.takeLog()
            #expect(!log.contains { $0.path.contains("..") || $0.path.contains("etc") }, "\(log)")
            for text in ["- a\n- b\n", "a: [", "a: &x [*x]\n"] {
                try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/board/_pins.yaml"))
                let error = await #expect(throws: EngineError.self) {
                    try await WebBoards().open(server.url)
                }
                #expect(error?.code == .corrupt)
            }
        }
    }

    @Test func namesAreMappedToURLs() async throws {
        try await withPlainBoard { server, local, folder in
            try Data(old).write(to: URL(fileURLWithPath: folder + "/board/bare file.csv"))
            let names = try await local.versions("sales").map(\.version)
            for web in [WebBoards(), WebBoards(cache: cache(folder))] {
                let board = try web.board(of: [
                    "bare": [server.url + "bare%20file.csv"],
                    "one": [server.url + "sales/\(names[0])/"],
                    "both": names.map { "\(server.url)sales/\($0)/" },
                ])
                #expect(try await board.list().map(\.name) == ["bare", "both", "one"])
                #expect(try await board.versions("both").map(\.version) == names)
                let both = try await board.version("both")
                #expect(try await both.bytes(both.file()) == new)
                let one = try await board.version("one")
                #expect(try await one.bytes(one.file("sales.csv")) == old)
                let bare = try await board.version("bare")
                #expect(bare.files.map(\.path) == ["bare file.csv"])
                #expect(try await bare.bytes(bare.file()) == old)
            }
            #expect(throws: EngineError.self) { try WebBoards().board(of: ["x": ["no URL"]]) }
            #expect(throws: EngineError.self) {
                try WebBoards().board(of: ["x": ["http://h/a", "http://h/b"]])
            }
        }
    }

    @Test func aFileThatChangesIsAnotherVersion() async throws {
        try await withTemporaryFolder { folder in
            try FileManager.default.createDirectory(
                atPath: folder + "/web", withIntermediateDirectories: true)
            let file = URL(fileURLWithPath: folder + "/web/x.csv")
            try await withNginx(root: folder + "/web", prefix: folder + "/nginx") { server in
                for content in [[1, 2, 3], [4, 5] as [UInt8]] {
                    try Data(content).write(to: file)
                    let board = try WebBoards(cache: cache(folder))
                        .board(of: ["x": [server.url + "x.csv"]])
                    let version = try await board.version("x")
                    #expect(try await version.bytes(version.file()) == content)
                }
            }
        }
    }

    @Test func aPlainBoardIsCopiedFromTheWeb() async throws {
        try await withPlainBoard { server, _, folder in
            let web = try await WebBoards(cache: cache(folder)).open(server.url)
            let copy = try await Board.create(folder + "/copy")
            _ = try await BoardCopy(from: web, to: copy).run()
            #expect(try await copy.list().map(\.name) == ["sales", "two files"])
            let latest = try await copy.version("sales")
            #expect(try await latest.bytes(latest.file()) == new)
            #expect(try await copy.versions("sales").count == 2)
        }
    }
}

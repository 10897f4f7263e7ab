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

/// Goal: what was read once is not asked for again, and what the cache has is right or not there.
/// Method: nginx's log says what was asked for.
@Suite(.enabled(if: NginxServer.isInstalled)) struct CacheTests {
    private func read(_ board: Board, _ pin: String = "data") async throws -> [UInt8] {
        let version = try await board.version(pin)
        return try await version.bytes(version.file())
    }

    @Test func aSecondReadAsksForNoData() async throws {
        try await withServedBoard { served in
            let bytes = SeededRandom(seed: 1).bytes(count: 5_000_000)
            try await served.write("data", bytes)
            #expect(try await read(try await served.open(served.cache())) == bytes)
            _ = try served.server.takeLog()
            // Another opening, as another process makes it.
            #expect(try await read(try await served.open(served.cache())) == bytes)
            let log = try served.server.takeLog()
            #expect(log.allSatisfy { !$0.path.hasPrefix("/packs/") }, "\(log)")
            #expect(
                log.filter { $0.path == "/config" || $0.path == "/latest" }
                    .allSatisfy { $0.status == 304 })
            #expect(log.count <= 5)
        }
    }

    @Test func aRangeOfWhatWasReadAsksForNoData() async throws {
        try await withServedBoard { served in
            let bytes = SeededRandom(seed: 2).bytes(count: 5_000_000)
            try await served.write("data", bytes)
            _ = try await read(try await served.open(served.cache()))
            _ = try served.server.takeLog()
            let version = try await served.open(served.cache()).version("data")
            let part = try await version.bytes(version.file(), range: 2_000_000..<2_500_000)
            #expect(part == Array(bytes[2_000_000..<2_500_000]))
            #expect(try served.server.takeLog().allSatisfy { !$0.path.hasPrefix("/packs/") })
        }
    }

    @Test func aRangeIsKeptAndCompleted() async throws {
        try await withServedBoard { served in
            let bytes = SeededRandom(seed: 3).bytes(count: 5_000_000)
            try await served.write("data", bytes)
            let version = try await served.open(served.cache()).version("data")
            _ = try await version.bytes(version.file(), range: 2_000_000..<2_500_000)
            _ = try served.server.takeLog()
            #expect(try await read(try await served.open(served.cache())) == bytes)
            let moved = try served.server.takeLog().filter { $0.path.hasPrefix("/packs/") }
                .reduce(0) { $0 + $1.byteCount }
            #expect(moved < 4_700_000, "\(moved)")
        }
    }

    @Test func aNewVersionCostsWhatIsNew() async throws {
        try await withServedBoard { served in
            let bytes = SeededRandom(seed: 4).bytes(count: 8_000_000)
            try await served.write("data", bytes)
            _ = try await read(try await served.open(served.cache()))
            let next = Array(bytes.prefix(4_000_000) + [1, 2, 3] + bytes.suffix(4_000_000))
            try await served.write("data", next)
            _ = try served.server.takeLog()
            #expect(try await read(try await served.open(served.cache())) == next)
            let moved = try served.server.takeLog().reduce(0) { $0 + $1.byteCount }
            #expect(moved < 1_500_000, "\(moved)")
        }
    }

    @Test func damageOfTheCacheIsNotDamageOfTheBoard() async throws {
        try await withServedBoard { served in
            let bytes = SeededRandom(seed: 5).bytes(count: 3_000_000)
            try await served.write("data", bytes)
            _ = try await read(try await served.open(served.cache()))
            var count = 0
            for path in try files(served.folder + "/cache") {
                var content = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
                content[content.count / 2] ^= 1
                try Data(content).write(to: URL(fileURLWithPath: path))
                count += 1
            }
            #expect(count >= 4)
            #expect(try await read(try await served.open(served.cache())) == bytes)
            for path in try files(served.folder + "/cache") {
                try Data([1, 2, 3]).write(to: URL(fileURLWithPath: path))
            }
            #expect(try await read(try await served.open(served.cache())) == bytes)
        }
    }

    @Test func bytesThatWereDamagedOnTheWayAreAskedForAgain() async throws {
        try await withTemporaryFolder { folder in
            let store = MemoryBackend(hasLocalObjects: false)
            let engine = try await Store.create(on: store)
            let bytes = SeededRandom(seed: 6).bytes(count: 2_000_000)
            let metadata = VersionMetadata(createdSeconds: 0, type: "file", title: "")
            let file = InputFile(path: "x", source: BytesSource(bytes))
            _ = try await engine.write(
                WriteRequest(pin: "data", files: [file], metadata: metadata))
            // What comes first is wrong, and would be kept.
            let whole = store.snapshot
            for (key, content) in whole where key.text.hasPrefix("packs/") {
                var content = content
                content[content.count / 2] ^= 1
                store.replace(key, with: content)
            }
            let cache = BoardCache(CacheSettings(path: folder + "/cache"))
            let identity = CacheIdentity(origin: "test")
            let backend = cache.backend(store, identity: identity, board: "test")
            let board = Board(
                location: "test", form: EngineBoard(try await Store.open(on: backend)))
            let error = await #expect(throws: EngineError.self) { try await read(board) }
            #expect(error?.code == .corrupt)
            for (key, content) in whole { store.replace(key, with: content) }
            #expect(try await read(board) == bytes)
        }
    }

    @Test func identitiesShareNothing() async throws {
        try await withServedBoard { served in
            let bytes = SeededRandom(seed: 7).bytes(count: 1_000_000)
            try await served.write("data", bytes)
            let cache = served.cache()
            var seen: Set<String> = []
            for key in ["Key a", "Key b", "Key a"] {
                let board = try await served.open(cache, headers: ["Authorization": key])
                _ = try served.server.takeLog()
                _ = try await read(board)
                let log = try served.server.takeLog()
                #expect(log.allSatisfy { $0.authorization == key })
                let isFirst = seen.insert(key).inserted
                #expect(log.contains { $0.path.hasPrefix("/packs/") } == isFirst)
            }
            let info = await cache.info()
            #expect(info.identityCount == 2)
            // Nothing of a key stands anywhere in it.
            for path in try files(served.folder + "/cache") {
                let content = try Data(contentsOf: URL(fileURLWithPath: path))
                #expect(content.range(of: Data("Key a".utf8)) == nil && !path.contains("Key"))
            }
        }
    }

    @Test func theCacheStaysBelowItsBoundAndForgetsWhatWasUsedLongestAgo() async throws {
        try await withServedBoard { served in
            var contents: [[UInt8]] = []
            for seed in 0..<6 {
                let bytes = SeededRandom(seed: 10 + UInt64(seed)).bytes(count: 1_000_000)
                contents.append(bytes)
                try await served.write("pin\(seed)", bytes)
            }
            let bound: UInt64 = 3_500_000
            for seed in 0..<6 {
                let board = try await served.open(served.cache(bound))
                #expect(try await read(board, "pin\(seed)") == contents[seed])
                #expect(await served.cache(bound).info().byteCount <= bound)
            }
            func asks(_ pin: Int) async throws -> Bool {
                let board = try await served.open(served.cache(bound))
                _ = try served.server.takeLog()
                #expect(try await read(board, "pin\(pin)") == contents[pin])
                return try served.server.takeLog().contains { $0.byteCount > 900_000 }
            }
            let (recent, old) = (try await asks(5), try await asks(0))
            #expect(!recent && old)
        }
    }

    @Test func pruningEmptiesTheCacheAndNothingElse() async throws {
        try await withServedBoard { served in
            try await served.write("data", [1, 2, 3])
            let cache = served.cache()
            let board = try await served.open(cache)
            _ = try await read(board)
            try Data([1]).write(to: URL(fileURLWithPath: served.folder + "/cache/mine"))
            let before = await cache.info()
            #expect(before.frameCount > 0 && before.answerCount == 2 && before.byteCount > 0)
            #expect(try await cache.prune() > 0)
            let after = await cache.info()
            #expect(after.frameCount == 0 && after.answerCount == 0 && after.identityCount == 0)
            #expect(FileManager.default.fileExists(atPath: served.folder + "/cache/mine"))
            // Who has it open goes on.
            #expect(try await read(board) == [1, 2, 3])
            let elsewhere = BoardCache(CacheSettings(path: served.folder + "/board"))
            #expect(try await elsewhere.prune() == 0)
            #expect(try await served.local.list().count == 1)
        }
    }

    @Test func aCacheThatCannotBeWrittenKeepsNothing() async throws {
        try await withServedBoard { served in
            try await served.write("data", [1, 2, 3])
            try Data([1]).write(to: URL(fileURLWithPath: served.folder + "/cache"))
            #expect(try await read(try await served.open(served.cache())) == [1, 2, 3])
            #expect(try await read(try await served.open(served.cache(0))) == [1, 2, 3])
        }
    }

    private func files(_ folder: String) throws -> [String] {
        let names = try FileManager.default.subpathsOfDirectory(atPath: folder)
        return names.map { "\(folder)/\($0)" }.filter { path in
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
                && !isFolder.boolValue
        }.sorted()
    }
}

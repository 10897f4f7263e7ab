import PinEngine
import PinFormat
import PinStorage
import PinTesting
import Synchronization
import Testing

@testable import Pins

/// Goal: versions of boards of other layouts are fetched once, shared, and never served to another
/// identity. Method: a fetch that counts its calls.
@Suite struct BoardCacheTests {
    private final class Remote: Sendable {
        let calls = Mutex(0)

        func fetch(_ files: [String: [UInt8]]) throws(EngineError) -> [InputFile] {
            calls.withLock { $0 += 1 }
            return files.map { InputFile(path: $0.key, source: BytesSource($0.value)) }
        }

        var callCount: Int { calls.withLock { $0 } }
    }

    private let remote = Remote()
    private let identity = CacheIdentity(origin: "https://h", credentials: [1])

    private func cache(_ folder: String, _ byteCountMax: UInt64 = 1 << 30) -> BoardCache {
        BoardCache(CacheSettings(path: folder + "/cache", byteCountMax: byteCountMax))
    }

    private func read(
        _ cache: BoardCache, _ version: String, _ bytes: [UInt8], identity: CacheIdentity? = nil
    ) async throws -> [UInt8] {
        let remote = remote
        let found = try await cache.version(
            identity: identity ?? self.identity, board: "https://h/b/", pin: "p", version: version
        ) { () throws(EngineError) in try remote.fetch(["a/x.csv": bytes, "y": [1]]) }
        #expect(found.files.map(\.path) == ["a/x.csv", "y"])
        #expect(found.info.pin == "p" && found.info.version == version)
        return try await found.bytes(found.file("a/x.csv"))
    }

    @Test func aVersionIsFetchedOnceByAllOpenings() async throws {
        try await withTemporaryFolder { (folder) async throws in
            let bytes = SeededRandom(seed: 1).bytes(count: 100_000)
            for _ in 0..<3 {
                let cache = cache(folder)
                #expect(try await read(cache, "v1", bytes) == bytes)
                #expect(try await read(cache, "v1", bytes) == bytes)
            }
            #expect(remote.callCount == 1)
            #expect(await cache(folder).info().versionCount == 1)
        }
    }

    @Test func versionsShareWhatTheyHaveInCommon() async throws {
        try await withTemporaryFolder { (folder) async throws in
            let cache = cache(folder)
            let bytes = SeededRandom(seed: 2).bytes(count: 4_000_000)
            _ = try await read(cache, "v1", bytes)
            let before = await cache.info().byteCount
            for number in 2..<6 {
                _ = try await read(cache, "v\(number)", bytes + [UInt8(number)])
            }
            let added = await cache.info().byteCount - before
            #expect(remote.callCount == 5 && added < 2_500_000, "\(added)")
        }
    }

    @Test func identitiesAreApart() async throws {
        try await withTemporaryFolder { (folder) async throws in
            let cache = cache(folder)
            let identities = [
                identity, CacheIdentity(origin: "https://h"),
                CacheIdentity(origin: "https://h", credentials: [2]),
                CacheIdentity(origin: "https://h\u{1}", credentials: []),
            ]
            for (index, identity) in identities.enumerated() {
                let bytes = [UInt8(index)]
                #expect(try await read(cache, "v", bytes, identity: identity) == bytes)
            }
            #expect(remote.callCount == 4)
            #expect(await cache.info().identityCount == 4)
        }
    }

    @Test func damageEmptiesTheStoreAndTheNextReadIsRight() async throws {
        try await withTemporaryFolder { (folder) async throws in
            let bytes = SeededRandom(seed: 3).bytes(count: 300_000)
            _ = try await read(cache(folder), "v", bytes)
            let store = FolderBackend(folder + "/cache/\(identity.folderName)/store")
            for object in try await store.listAll(prefix: "packs/") {
                var content = try await store.get(object.key, limit: 1 << 30)
                for index in stride(from: 100, to: content.count, by: 1_000) { content[index] ^= 1 }
                _ = try await store.put(object.key, content, mode: .overwrite)
            }
            let error = await #expect(throws: EngineError.self) {
                try await read(cache(folder), "v", bytes)
            }
            #expect(error?.code == .tryAgain)
            #expect(try await read(cache(folder), "v", bytes) == bytes)
            // Also where the store cannot even be opened.
            _ = try await store.put("config", [1, 2, 3], mode: .overwrite)
            #expect(try await read(cache(folder), "v", bytes) == bytes)
        }
    }

    @Test func versionsThatWereUsedLongestAgoMakeRoom() async throws {
        try await withTemporaryFolder { (folder) async throws in
            let bound: UInt64 = 3_000_000
            func bytes(_ number: Int) -> [UInt8] {
                SeededRandom(seed: 20 + UInt64(number)).bytes(count: 900_000)
            }
            for number in 0..<6 {
                #expect(
                    try await read(cache(folder, bound), "v\(number)", bytes(number))
                        == bytes(number))
                let size = await cache(folder, bound).info().byteCount
                #expect(size <= bound, "\(size)")
            }
            _ = try await read(cache(folder, bound), "v5", bytes(5))
            #expect(remote.callCount == 6)
            _ = try await read(cache(folder, bound), "v0", bytes(0))
            #expect(remote.callCount == 7)
        }
    }

    @Test func aVersionLargerThanTheBoundIsReadAllTheSame() async throws {
        try await withTemporaryFolder { (folder) async throws in
            let bytes = SeededRandom(seed: 4).bytes(count: 500_000)
            for bound: UInt64 in [0, 1_000] {
                #expect(try await read(cache(folder, bound), "v\(bound)", bytes) == bytes)
            }
        }
    }

    @Test func whatFetchingThrowsIsThrownAndNothingIsKept() async throws {
        try await withTemporaryFolder { (folder) async throws in
            let cache = cache(folder)
            await #expect(throws: EngineError.self) {
                try await cache.version(
                    identity: identity, board: "b", pin: "p", version: "v"
                ) { () throws(EngineError) in throw EngineError(.notFound, "gone") }
            }
            #expect(await cache.info().versionCount == 0)
        }
    }

    @Test func settingsComeFromTheEnvironment() throws {
        func settings(_ variables: [String: String]) throws(EngineError) -> CacheSettings {
            try .standard { variables[$0] }
        }
        #expect(try settings(["PINS_CACHE_DIR": "/c"]).path == "/c")
        #expect(try settings(["PINS_CACHE_DIR": "/c"]).byteCountMax == 10 << 30)
        #expect(try settings(["XDG_CACHE_HOME": "/x", "HOME": "/h"]).path == "/x/pins")
        #if !os(macOS)
            #expect(try settings(["HOME": "/h", "XDG_CACHE_HOME": ""]).path == "/h/.cache/pins")
        #endif
        for (text, size): (String, UInt64) in [
            ("0", 0), ("12", 12), ("3MiB", 3 << 20), ("2GB", 2_000_000_000), ("1tib", 1 << 40),
        ] {
            #expect(try settings(["PINS_CACHE_SIZE": text]).byteCountMax == size)
        }
        for text in ["x", "-1", "1.5GiB", "99999999999999999999", "9999999999TiB", "5 MB"] {
            #expect(throws: EngineError.self) { try settings(["PINS_CACHE_SIZE": text]) }
        }
    }
}

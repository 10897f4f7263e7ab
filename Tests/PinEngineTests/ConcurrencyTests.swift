import PinEngine
import PinFormat
import PinStorage
import PinTesting
import Synchronization
import Testing

/// Many writers, readers and collectors at once, on one store and on several over the same place.
@Suite struct ConcurrencyTests {
    /// What writers were told.
    private final class Ledger: Sendable {
        private let entries = Mutex<[String: [String: [UInt8]]]>([:])
        private let stopped = Mutex(0)

        var all: [String: [String: [UInt8]]] { entries.withLock { $0 } }
        var stopCount: Int { stopped.withLock { $0 } }

        func acknowledge(_ pin: String, _ version: String, _ bytes: [UInt8]) {
            entries.withLock { entries in
                let old = entries[pin, default: [:]].updateValue(bytes, forKey: version)
                if old != nil { Issue.record("\(version) of \(pin) was acknowledged twice") }
            }
        }

        func stop() { stopped.withLock { $0 += 1 } }

        /// Everything that was acknowledged is there once, and nothing else.
        func check(_ store: Store) async throws {
            for (pin, versions) in all {
                let found = try await store.versions(of: pin)
                #expect(Set(found.map(\.version)) == Set(versions.keys))
                #expect(found.count == versions.count)
                let summary = try #require(try await store.pins().first { $0.name == pin })
                #expect(summary.versionCount == versions.count)
                #expect(summary.latest == found.last?.version)
                #expect(found.map(\.record.parent) == [nil] + found.dropLast().map(\.version))
                for (version, bytes) in versions {
                    #expect(try await store.read(pin, version) == bytes, "\(pin) \(version)")
                }
            }
        }
    }

    private func write(_ stores: [Store], _ ground: Ground, writers: Int, rounds: Int) async throws
    {
        let ledger = Ledger()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<writers {
                let store = stores[writer % stores.count]
                group.addTask {
                    for round in 0..<rounds {
                        let bytes = ground.bytes(
                            500 + 3_000 * (round % 3), UInt64(writer * 100 + round))
                        for pin in ["shared", "own-\(writer)"] {
                            let result = try await store.write(bytes, to: pin)
                            ledger.acknowledge(pin, result.version.versionName, bytes)
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(ledger.all["shared"]?.count == writers * rounds)
        for store in stores { try await ledger.check(store) }
    }

    @Test func eightWritersOnOneStore() async throws {
        let ground = Ground(seed: 1)
        let backend = MemoryBackend()
        let store = try await ground.create(on: backend)
        try await write([store], ground, writers: 8, rounds: 5)
        let reopened = try await ground.open(on: backend)
        #expect(try await reopened.pins().count == 9)
    }

    @Test func eightWritersOnTwoStoresInMemory() async throws {
        let ground = Ground(seed: 2)
        let backend = MemoryBackend(hasLocalObjects: false)
        let one = try await ground.create(on: backend)
        let two = try await ground.open(on: backend, label: 2)
        try await write([one, two], ground, writers: 8, rounds: 4)
    }

    @Test func eightWritersOnTwoStoresInAFolder() async throws {
        try await withTemporaryFolder { path in
            let ground = Ground(seed: 3)
            let one = try await ground.create(on: FolderBackend(path))
            let two = try await ground.open(on: FolderBackend(path), label: 2)
            try await write([one, two], ground, writers: 8, rounds: 3)
        }
    }

    @Test func writersOfTheSameDataShareIt() async throws {
        let ground = Ground(seed: 4)
        let backend = MemoryBackend()
        let stores = [
            try await ground.create(on: backend), try await ground.open(on: backend, label: 2),
        ]
        let bytes = ground.bytes(100_000)
        let results = try await withThrowingTaskGroup(of: WriteResult.self) { group in
            for writer in 0..<6 {
                group.addTask { try await stores[writer % 2].write(bytes, to: "p") }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        // One of them made the version, the others found it.
        #expect(Set(results.map(\.version.versionName)).count == 1)
        #expect(results.filter { !$0.isUnchanged }.count == 1)
        try await stores[0].collect(exclusive: true)
        #expect(backend.byteCount("packs/") < 120_000)
        #expect(try await stores[1].read("p") == bytes)
    }

    @Test(arguments: [true, false])
    func nothingAcknowledgedIsLostBesideCollections(isLocal: Bool) async throws {
        let ground = Ground(seed: 5)
        let backend = MemoryBackend(hasLocalObjects: isLocal)
        let first = try await ground.create(on: backend)
        try await collideWithCollections(ground, first) { label in
            try await ground.open(on: backend, label: label)
        }
    }

    @Test func nothingAcknowledgedIsLostBesideCollectionsInAFolder() async throws {
        try await withTemporaryFolder { path in
            let ground = Ground(seed: 6)
            let first = try await ground.create(on: FolderBackend(path))
            try await collideWithCollections(ground, first) { label in
                try await ground.open(on: FolderBackend(path), label: label)
            }
        }
    }

    private func collideWithCollections(
        _ ground: Ground, _ first: Store, _ open: @escaping @Sendable (UInt64) async throws -> Store
    ) async throws {
        let ledger = Ledger()
        let common = ground.bytes(60_000)
        try await first.write(common, to: "base")
        let writers = 4
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<writers {
                group.addTask {
                    let store = try await open(UInt64(10 + writer))
                    defer { ledger.stop() }
                    for round in 0..<6 {
                        // Half is what others write and delete as well: chunks come and go.
                        let bytes =
                            Array(common.prefix(20_000 * (round % 3)))
                            + ground.bytes(9_000, UInt64(writer * 100 + round))
                        let result = try await Self.insist { () throws(EngineError) in
                            try await store.write(bytes, to: "own-\(writer)")
                        }
                        ledger.acknowledge("own-\(writer)", result.version.versionName, bytes)
                        let scratch = "scratch-\(writer)"
                        _ = try await Self.insist { () throws(EngineError) in
                            try await store.write(common, to: scratch)
                        }
                        _ = try await store.delete(scratch, nil)
                    }
                }
            }
            for collector in 0..<2 {
                group.addTask {
                    let store = try await open(UInt64(30 + collector))
                    while ledger.stopCount < writers {
                        try await store.collect()
                        ground.clock.advance(seconds: 1)
                    }
                }
            }
            group.addTask {
                let store = try await open(40)
                while ledger.stopCount < writers {
                    for (pin, versions) in ledger.all {
                        for (version, bytes) in versions {
                            #expect(try await store.read(pin, version) == bytes)
                        }
                    }
                    // What comes and goes is there whole, or typed as not there.
                    let found = await outcome { () throws(EngineError) in
                        try await store.read("scratch-0")
                    }
                    switch found {
                    case .success(let bytes): #expect(bytes == common)
                    case .failure(let error): #expect(error.code == .notFound, "\(error)")
                    }
                    _ = try await store.statistics()
                    await Task.yield()
                }
            }
            try await group.waitForAll()
        }
        try await ledger.check(first)
        try await first.collect(exclusive: true)
        try await ledger.check(try await open(50))
    }

    /// A write that collections overtake again and again is done again by its caller.
    private static func insist(
        _ body: () async throws(EngineError) -> WriteResult
    ) async throws(EngineError) -> WriteResult {
        while true {
            do throws(EngineError) {
                return try await body()
            } catch  where error.code == .tryAgain {
                await Task.yield()
            }
        }
    }

    @Test func aCancelledWriteSaysSoAndLeavesNothingBehind() async throws {
        let ground = Ground(seed: 7)
        let backend = MemoryBackend()
        let store = try await ground.create(on: backend)
        try await store.write([1], to: "p")
        let (stream, continuation) = AsyncStream<[UInt8]>.makeStream()
        let request = WriteRequest(
            pin: "p", files: [InputFile(path: "data", source: SequenceSource(stream))],
            metadata: VersionMetadata(createdSeconds: 1))
        let task = Task {
            await outcome { () throws(EngineError) in try await store.write(request) }
        }
        for _ in 0..<10 { continuation.yield(ground.bytes(100_000)) }
        task.cancel()
        let result = await task.value
        #expect(result.code == .cancelled)
        #expect(try await store.versions(of: "p").count == 1)
        #expect(try await store.read("p") == [1])
        let bytes = ground.bytes(200_000)
        let after = try await store.write(bytes, to: "p")
        #expect(try await store.read("p", after.version.versionName) == bytes)
    }
}

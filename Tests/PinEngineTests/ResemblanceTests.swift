import PinFormat
import PinStorage
import PinTesting
import PinTransforms
import Testing

@testable import PinEngine

/// Goal: new chunks find bases wherever on the board something like them stands, and what tells
/// where that is may be lost without harm. Method: edited tables under other names, in other pins
/// and in another order; sketch segments that are damaged or gone.
@Suite struct ResemblanceTests {
    private func table(_ version: Int, seed: UInt64 = 31) -> [UInt8] {
        Corpus(
            .csv, byteCount: 600_000, seed: seed,
            edit: Corpus.Edit(.scatter, partsPerMillion: 1_000), version: version
        ).bytes()
    }

    private func store(
        _ ground: Ground, _ backend: any BoardBackend = MemoryBackend()
    ) async throws -> Store {
        try await Store.create(
            on: backend, chunker: try ChunkerParameters(averageExponent: 14),
            configuration: ground.configuration())
    }

    /// Every version reads back, and nothing is damaged.
    private func expectSound(_ store: Store, _ pins: [String: [UInt8]]) async throws {
        for (pin, bytes) in pins { #expect(try await store.read(pin) == bytes, "\(pin)") }
        var options = VerifyOptions()
        options.readsData = true
        let report = try await Store.verify(on: store.backend, options)
        #expect(report.problems.isEmpty)
    }

    @Test func aPinWrittenFromScratchFindsBasesInAnother() async throws {
        let store = try await store(Ground(seed: 31))
        let first = try await store.write(table(1), to: "one").storedByteCount
        let second = try await store.write(table(2), to: "two").storedByteCount
        #expect(second * 3 < first, "\(second) bytes beside \(first)")
        try await expectSound(store, ["one": table(1), "two": table(2)])
    }

    @Test func aRenamedFileFindsBasesUnderItsOldName() async throws {
        let store = try await store(Ground(seed: 32))
        let (a, b) = (table(1, seed: 1), table(1, seed: 2))
        let first = try await store.write(["a": a, "b": b], to: "pin").storedByteCount
        // Names change places, and every chunk changes.
        let second = try await store.write(
            ["c": table(2, seed: 2), "d": table(2, seed: 1)], to: "pin"
        ).storedByteCount
        #expect(second * 3 < first, "\(second) bytes beside \(first)")
        try await expectSound(store, [:])
    }

    @Test func blocksInAnotherOrderFindTheirBases() async throws {
        let store = try await store(Ground(seed: 33))
        func blocks(_ version: Int) -> [[UInt8]] {
            (1...6).map { table(version, seed: UInt64($0)) }
        }
        let first = try await store.write(Array(blocks(1).joined()), to: "pin").storedByteCount
        let reversed = Array(blocks(2).reversed().joined())
        let second = try await store.write(reversed, to: "pin").storedByteCount
        #expect(second * 2 < first, "\(second) bytes beside \(first)")
        try await expectSound(store, ["pin": reversed])
    }

    @Test func aCollectionForgetsFeaturesOfChunksThatAreGone() async throws {
        let store = try await store(Ground(seed: 34))
        try await store.write(table(1, seed: 1), to: "one")
        try await store.write(table(1, seed: 2), to: "two")
        let before = try await features(store)
        _ = try await store.delete("two", nil)
        try await store.collect(exclusive: true)
        let kept = try await features(store)
        let expected = try await self.store(Ground(seed: 34))
        try await expected.write(table(1, seed: 1), to: "one")
        let fresh = try await features(expected)
        #expect(kept == fresh && before > kept, "\(before), then \(kept)")
    }

    /// How many features the newest commit has, in segments and inline.
    private func features(_ store: Store) async throws -> Int {
        let commit = try await store.snapshot().commit
        var count = 0
        for reference in commit.sketchSegments {
            let bytes = try await store.backend.get(
                BoardKeys.sketches(reference.name), limit: reference.byteCount)
            count += try SketchSegment.decode(bytes, .standard).count
        }
        return count
            + (try commit.inlineSketches.map { try SketchSegment.decode($0, .standard).count } ?? 0)
    }

    @Test(arguments: [true, false]) func sketchesThatAreLostHurtNobody(areDeleted: Bool)
        async throws
    {
        let backend = MemoryBackend()
        let ground = Ground(seed: 35)
        let store = try await store(ground, backend)
        try await store.write(table(1), to: "one")
        let keys = backend.keys("sketches/")
        #expect(!keys.isEmpty)
        for key in keys {
            if areDeleted {
                try await backend.delete(key)
            } else {
                var bytes = try #require(backend.snapshot[key])
                bytes[bytes.count / 2] ^= 1
                backend.replace(key, with: bytes)
            }
        }
        let other = try await ground.open(on: backend, label: 9)
        try await other.write(table(2), to: "two")
        try await other.write(table(3), to: "one")
        #expect(try await other.read("two") == table(2))
        var report = try await Store.verify(on: backend, VerifyOptions())
        let named = Set(report.problems.map(\.object))
        #expect(named == Set(keys.map(\.description)))
        let hurtsNobody = report.problems.allSatisfy(\.versions.isEmpty)
        #expect(hurtsNobody)
        var repairing = VerifyOptions()
        repairing.repairs = true
        report = try await Store.verify(on: backend, repairing)
        let isMended = report.problems.allSatisfy(\.isRepaired)
        #expect(isMended)
        report = try await Store.verify(on: backend, VerifyOptions())
        #expect(report.problems.isEmpty)
    }
}

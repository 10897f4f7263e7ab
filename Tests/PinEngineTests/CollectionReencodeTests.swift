@testable import PinEngine
import PinFormat
import PinStorage
import PinTesting
import PinTransforms
import Testing

/// Goal: while collections encode frames again, two copies of a chunk with different bases stand
/// side by side, and nobody loses anything by it (FORMAT.md §9.5).
/// Method: a series whose old versions are pruned, and writers, readers, collectors, crashes and
/// damage in between.
@Suite struct CollectionReencodeTests {
    /// A board with a series of one pin of which only the last versions are left.
    private struct Series {
        let ground: Ground
        let backend = MemoryBackend()
        let store: Store
        /// All versions, also those that are pruned.
        let contents: [[UInt8]]

        init(seed: UInt64, kept: Int = 2) async throws {
            ground = Ground(seed: seed)
            store = try await ground.create(on: backend)
            contents = Self.versions(seed, ground)
            for bytes in contents { try await store.write(bytes, to: "p") }
            _ = try await store.prune("p", isDryRun: false) { Array($0.dropLast(kept)) }
        }

        /// Random bytes of which a few change, other ones each time.
        static func versions(_ seed: UInt64, _ ground: Ground) -> [[UInt8]] {
            var bytes = ground.bytes(80_000, 1)
            var all = [bytes]
            for version in 1..<6 {
                for place in stride(from: version * 37, to: bytes.count, by: 900) {
                    bytes[place] ^= 0xFF
                }
                all.append(bytes)
            }
            return all
        }

        func check(_ label: UInt64 = 77) async throws {
            let other = try await ground.open(on: backend, label: label)
            let versions = try await other.versions(of: "p")
            let expected = contents.suffix(versions.count)
            for (version, bytes) in zip(versions, expected) {
                #expect(try await other.read("p", version.version) == bytes)
            }
            try await expectSound()
        }

        func expectSound() async throws {
            var options = VerifyOptions()
            options.readsData = true
            let report = try await Store.verify(
                on: backend, options, configuration: ground.configuration(label: 78))
            #expect(report.problems.map(\.what) == [])
        }

        /// Collections without a grace until nothing is left to do.
        func settle() async throws {
            for round in 0..<6 {
                ground.clock.advance(seconds: 1)
                let report = try await store.collect()
                if round > 0, report == CollectionReport() { return }
            }
            Issue.record("collections do not come to an end")
        }

        /// The digests of the chunks that more than one live or condemned pack holds.
        func doubled() async throws -> Int {
            let index = try await store.snapshot().index
            var seen: [FrameKey: Int] = [:]
            for layer in index.layers {
                try layer.forEachEntry { (_, entry) throws(EngineError) in
                    let key = FrameKey(digest: entry.digest, kind: entry.header.kind)
                    guard try index.packs.row(layer.tables.packs[entry.pack]) != nil else { return }
                    seen[key, default: 0] += 1
                }
            }
            return seen.values.count { $0 > 1 }
        }
    }

    @Test func twoCollectionsBesideAWriterMakeTheBoardAsSmallAsAFreshOne() async throws {
        let series = try await Series(seed: 501)
        let first = try await series.store.collect()
        #expect(first.reencodedFrames > 0)
        #expect(try await series.doubled() > 0)
        try await series.check()
        // A version that resembles the last one, and one that is pruned, come in between.
        var bytes = series.contents[5]
        for place in stride(from: 11, to: bytes.count, by: 700) { bytes[place] ^= 0xFF }
        try await series.store.write(bytes, to: "q")
        try await series.settle()
        #expect(try await series.store.read("q") == bytes)
        #expect(try await series.doubled() == 0)
        try await series.check()
        let fresh = MemoryBackend()
        let other = try await Ground(seed: 9).create(on: fresh)
        for bytes in series.contents.suffix(2) { try await other.write(bytes, to: "p") }
        try await other.write(bytes, to: "q")
        let (found, best) = (
            series.backend.byteCount("packs/"), fresh.byteCount("packs/")
        )
        #expect(found * 10 <= best * 11, "\(found) against \(best)")
    }

    /// A writer left chunks out whose old copies are given up before it commits: once, they are
    /// condemned and come back; twice, they are gone, and it starts again.
    @Test(arguments: [1, 2, 3], [false, true])
    func aWriterThatRestsOnOldCopiesLosesNothing(rounds: Int, makesDelta: Bool) async throws {
        let series = try await Series(seed: 510 + UInt64(rounds))
        let hooked = HookedBackend(series.backend)
        let writer = try await series.ground.open(on: hooked, label: 5)
        hooked.hookOnce(.put, "commits/") {
            var count = 0
            for _ in 0..<rounds {
                series.ground.clock.advance(seconds: 1)
                count += try await series.store.collect().reencodedFrames
            }
            #expect(count > 0)
        }
        var bytes = series.contents[5]
        if makesDelta {
            for place in stride(from: 400, to: bytes.count, by: 1_100) { bytes[place] ^= 0xFF }
        } else {
            bytes += [1, 2, 3]
        }
        let pin = makesDelta ? "p" : "new"
        try await writer.write(bytes, to: pin)
        hooked.setHook(nil)
        func read() async throws {
            let other = try await series.ground.open(on: series.backend, label: 6)
            #expect(try await other.read(pin) == bytes)
            let versions = try await other.versions(of: "p")
            #expect(try await other.read("p", versions[0].version) == series.contents[4])
            try await series.expectSound()
        }
        try await read()
        // The row that names the old copies learns of the new ones when the old ones go.
        try await series.settle()
        try await read()
        // A delta that was made before may need the old copy, for its smaller depth (§6.1).
        if !makesDelta { #expect(try await series.doubled() == 0) }
    }

    @Test func aCollectorThatIsOvertakenComputesEverythingAgain() async throws {
        let series = try await Series(seed: 520)
        let hooked = HookedBackend(series.backend)
        let second = try await series.ground.open(on: hooked, label: 5)
        hooked.hookOnce(.put, "commits/") {
            try await series.store.collect()
        }
        try await second.collect()
        hooked.setHook(nil)
        try await series.check()
        try await series.settle()
        try await series.check()
        #expect(try await series.doubled() == 0)
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6]) func aCrashLeavesAtMostOrphans(step: Int) async throws {
        let series = try await Series(seed: 530)
        let once = Once(at: step)
        let faulty = FaultyBackend(
            series.backend,
            plan: FaultPlan { call in
                (call.verb == .put || call.verb == .delete) && once.fires()
                    ? .failBefore(.ioError) : nil
            })
        let crashing = try await series.ground.open(on: faulty, label: 3)
        _ = await outcome { () throws(EngineError) in try await crashing.collect(exclusive: true) }
        try await series.check()
        try await series.store.collect(exclusive: true)
        try await series.check()
        let before = series.backend.snapshot
        #expect(try await series.store.collect(exclusive: true) == CollectionReport())
        let isSame = series.backend.snapshot == before
        #expect(isSame)
    }

    @Test func aReaderGoesOnWhileFramesAreEncodedAgain() async throws {
        let series = try await Series(seed: 540)
        let reader = try await series.ground.open(on: series.backend, label: 4)
            .reader(of: "p", .latest).reader
        for _ in 0..<3 {
            series.ground.clock.advance(seconds: 1)
            try await series.store.collect()
        }
        #expect(try await reader.bytes(reader.files[0]) == series.contents[5])
    }

    /// Without the index the footers tell: of two copies of one depth, one may need what is gone.
    @Test(arguments: [1, 3]) func footersServeWhereTheIndexIsDamaged(rounds: Int) async throws {
        let series = try await Series(seed: 550)
        for _ in 0..<rounds {
            series.ground.clock.advance(seconds: 1)
            try await series.store.collect()
        }
        for key in series.backend.keys("index/") {
            var bytes = try #require(series.backend.snapshot[key])
            for place in 60..<bytes.count - 32 { bytes[place] ^= 0x5A }
            series.backend.replace(key, with: bytes)
        }
        let other = try await series.ground.open(on: series.backend, label: 8)
        #expect(try await other.read("p") == series.contents[5])
    }

    @Test func aDamagedNewCopyGivesNoWrongByte() async throws {
        let series = try await Series(seed: 560)
        let old = Set(series.backend.keys("packs/"))
        #expect(try await series.store.collect().reencodedFrames > 0)
        for key in series.backend.keys("packs/") where !old.contains(key) {
            var bytes = try #require(series.backend.snapshot[key])
            for place in stride(from: 150, to: bytes.count - 300, by: 200) { bytes[place] ^= 1 }
            series.backend.replace(key, with: bytes)
        }
        let other = try await series.ground.open(on: series.backend, label: 8)
        let result = await outcome { () throws(EngineError) in try await other.read("p") }
        if case .success(let bytes) = result { #expect(bytes == series.contents[5]) }
        #expect(result.code == nil || result.code == .corrupt)
        // Nothing is deleted while a version is damaged, so that the old copies can still serve.
        let before = Set(series.backend.keys("packs/"))
        _ = await outcome { () throws(EngineError) in try await other.collect(grace: 86_400) }
        #expect(Set(series.backend.keys("packs/")).isSuperset(of: before))
    }

    /// A base that serves many deltas which do not resemble each other stays.
    @Test func aCarriedBaseThatIsWorthItsBytesStays() async throws {
        let ground = Ground(seed: 570)
        let backend = MemoryBackend()
        let store = try await Store.create(
            on: backend, chunker: try ChunkerParameters(averageExponent: 14),
            closureFrameCount: 2, configuration: ground.configuration())
        let base = ground.bytes(4_000)
        try await store.write(base, to: "p")
        var contents: [[UInt8]] = []
        for version in 0..<8 {
            var bytes = base
            let start = version * 480
            bytes.replaceSubrange(start..<start + 450, with: ground.bytes(450, UInt64(version + 1)))
            contents.append(bytes)
            try await store.write(bytes, to: "p")
        }
        _ = try await store.prune("p", isDryRun: false) { Array($0.prefix(1)) }
        let size = backend.byteCount("packs/")
        #expect(try await store.collect(exclusive: true).reencodedFrames == 0)
        #expect(backend.byteCount("packs/") <= size)
        #expect(try await store.collect(exclusive: true) == CollectionReport())
        for (version, bytes) in zip(try await store.versions(of: "p"), contents) {
            #expect(try await store.read("p", version.version) == bytes)
        }
    }

    @Test func statisticsTellWhatDeltasSave() async throws {
        let ground = Ground(seed: 580)
        let store = try await ground.create(on: MemoryBackend())
        let contents = Series.versions(580, ground)
        try await store.write(contents[0], to: "p")
        let none = try await store.statistics()
        #expect(none.deltaFrameCount == 0 && none.deltaSavedByteCount == 0)
        for bytes in contents.dropFirst() { try await store.write(bytes, to: "p") }
        let some = try await store.statistics()
        #expect(some.deltaFrameCount > 50 && some.deltaFrameCount < some.chunkCount)
        #expect(some.deltaRawByteCount > 5 * 70_000)
        #expect(some.deltaStoredByteCount * 4 < some.deltaRawByteCount)
        // Random bytes stored plain take a little more than they are.
        let saved = some.deltaRawByteCount - some.deltaStoredByteCount
        #expect((saved...saved + saved / 20).contains(some.deltaSavedByteCount))
        #expect(try await store.statistics(of: "p").deltaFrameCount == some.deltaFrameCount)
    }
}

import PinEngine
import PinFormat
import PinStorage
import PinTesting
import PinTransforms
import Testing

/// Giving space back: what is freed, when, and what never is (FORMAT.md §9.5).
@Suite struct CollectionTests {
    private let day: Int64 = 86_400

    @Test func whatNoVersionNeedsIsCondemnedAndFreedAfterTheGrace() async throws {
        let (ground, backend, store) = try await Ground.board(seed: 1)
        let kept = ground.bytes(200_000, 1)
        try await store.write(kept, to: "kept")
        try await store.write(ground.bytes(400_000, 2), to: "gone")
        _ = try await store.delete("gone", nil)
        let before = backend.keys("packs/")

        let first = try await store.collect(grace: 3_600)
        #expect(first.condemnedPacks >= 5)
        #expect(first.deletedPacks == 0)
        #expect(backend.keys("packs/") == before)
        #expect(try await store.read("kept") == kept)

        ground.clock.advance(seconds: 3_599)
        let early = try await store.collect(grace: 3_600)
        #expect(early.deletedPacks == 0)
        #expect(backend.keys("packs/") == before)

        ground.clock.advance(seconds: 2)
        let second = try await store.collect(grace: 3_600)
        #expect(second.deletedPacks == first.condemnedPacks)
        #expect(second.freedByteCount > 400_000)
        #expect(backend.byteCount("packs/") < 230_000)
        #expect(try await ground.open(on: backend).read("kept") == kept)
    }

    @Test func anExclusiveCollectionFreesAtOnce() async throws {
        let (ground, backend, store) = try await Ground.board(seed: 2)
        try await store.write(ground.bytes(300_000, 2), to: "gone")
        _ = try await store.delete("gone", nil)
        let report = try await store.collect(grace: day, exclusive: true)
        #expect(report.deletedPacks == report.condemnedPacks)
        #expect(backend.keys("packs/").isEmpty)
        // What is left is the config and a short log.
        #expect(backend.byteCount() < 8_000)
        #expect(try await store.pins().isEmpty)
        try await store.write([1], to: "new")
        #expect(try await store.read("new") == [1])
    }

    @Test func condemnedDataThatIsWrittenAgainBecomesLive() async throws {
        let (ground, backend, store) = try await Ground.board(seed: 3)
        let bytes = ground.bytes(300_000)
        try await store.write(bytes, to: "p")
        _ = try await store.delete("p", nil)
        #expect(try await store.collect(grace: day).condemnedPacks > 0)
        let again = try await store.write(bytes, to: "p")
        #expect(again.newByteCount == 0)
        ground.clock.advance(seconds: 10 * day)
        for _ in 0..<3 { try await store.collect() }
        #expect(try await ground.open(on: backend).read("p") == bytes)
    }

    @Test func aCollectionBesideAWriterThatLeftChunksOutDoesNotLoseThem() async throws {
        // The writer has found its chunks in packs that two collections take away before it
        // commits.
        let (ground, backend, store) = try await Ground.board(seed: 4)
        let bytes = ground.bytes(300_000)
        try await store.write(bytes, to: "old")
        let hooked = HookedBackend(backend)
        let writer = try await ground.open(on: hooked, label: 5)
        hooked.hookOnce(.put, "commits/") {
            _ = try await store.delete("old", nil)
            for _ in 0..<2 {
                ground.clock.advance(seconds: 1)
                try await store.collect()
            }
            #expect(backend.byteCount("packs/") < 100_000)
        }
        let result = try await writer.write(bytes, to: "new")
        #expect(result.newByteCount == 300_000)
        #expect(try await ground.open(on: backend, label: 6).read("new") == bytes)
    }

    @Test func aWriterWhoseUploadsAreSweptUploadsThemAgain() async throws {
        let (ground, backend, store) = try await Ground.board(seed: 5)
        let first = ground.bytes(300_000, 1)
        try await store.write(first, to: "a")
        let hooked = HookedBackend(backend)
        let writer = try await ground.open(on: hooked, label: 5)
        hooked.hookOnce(.put, "commits/") {
            let orphans = backend.keys("packs/").count
            try await store.collect()
            #expect(backend.keys("packs/").count < orphans)
        }
        let bytes = ground.bytes(30_000, 2)
        try await writer.write(bytes, to: "b")
        let other = try await ground.open(on: backend, label: 6)
        #expect(try await other.read("b") == bytes)
        #expect(try await other.read("a") == first)
    }

    @Test(arguments: [1, 2, 3, 4])
    func aPackThatComesWhileNothingIsToBeDoneStays(position: Int) async throws {
        let (ground, backend, store) = try await Ground.board(seed: 6)
        try await store.write([1], to: "a")
        let hooked = HookedBackend(backend)
        let collector = try await ground.open(on: hooked, label: 5)
        _ = try await collector.snapshot()
        let bytes = ground.bytes(30_000, 2)
        hooked.hookOnce(.list, "packs/", at: position) {
            try await store.write(bytes, to: "b")
        }
        try await collector.collect()
        hooked.setHook(nil)
        try await collector.collect()
        let other = try await ground.open(on: backend, label: 6)
        if position <= 2 { #expect(try await other.read("b") == bytes) }
        #expect(try await other.read("a") == [1])
    }

    @Test func sparsePacksAreCopiedAndTheBoardIsAsSmallAsAFreshOne() async throws {
        let (ground, backend, store) = try await Ground.board(seed: 7)
        var last: [UInt8] = ground.bytes(400_000, 0)
        try await store.write(last, to: "p")
        for round in 1...8 {
            // A fifth of the data is new each time, all over.
            for start in stride(from: round * 4_000, to: last.count - 16_000, by: 60_000) {
                last.replaceSubrange(
                    start..<start + 12_000,
                    with: ground.bytes(12_000, UInt64(round * 1_000 + start)))
            }
            try await store.write(last, to: "p")
        }
        #expect(try await store.prune("p", isDryRun: false) { Array($0.dropLast()) }.count == 8)
        var repacked = 0
        for _ in 0..<3 {
            repacked += try await store.collect().repackedPacks
            ground.clock.advance(seconds: 1)
        }
        #expect(repacked > 0)
        let fresh = MemoryBackend()
        try await ground.create(on: fresh).write(last, to: "p")
        let other = try await ground.open(on: backend)
        #expect(try await other.read("p") == last)
        let (found, best) = (backend.byteCount("packs/"), fresh.byteCount("packs/"))
        #expect(found <= best * 11 / 10, "\(found) against \(best)")
        #expect(try await other.versions(of: "p").count == 1)
    }

    @Test func smallPacksArePutTogether() async throws {
        let (ground, backend, store) = try await Ground.board(seed: 8)
        var contents: [[UInt8]] = []
        for number in 0..<20 {
            contents.append(ground.bytes(2_000, UInt64(number)))
            try await store.write(contents[number], to: "p\(number)")
        }
        #expect(backend.keys("packs/").count == 20)
        let report = try await store.collect()
        #expect(report.repackedPacks == 20)
        ground.clock.advance(seconds: 1)
        try await store.collect()
        #expect(backend.keys("packs/").count <= 2)
        let other = try await ground.open(on: backend)
        for number in 0..<20 { #expect(try await other.read("p\(number)") == contents[number]) }
    }

    @Test(arguments: [false, true]) func aSecondCollectionChangesNothing(exclusive: Bool)
        async throws
    {
        let (ground, backend, store) = try await Ground.board(seed: 9)
        for number in 0..<12 {
            try await store.write(
                ground.bytes(number * 9_000, UInt64(number)), to: "p\(number % 5)")
        }
        _ = try await store.delete("p3", nil)
        for _ in 0..<3 {
            try await store.collect(exclusive: exclusive)
            ground.clock.advance(seconds: 1)
        }
        let before = backend.snapshot
        #expect(try await store.collect(exclusive: exclusive) == CollectionReport())
        #expect(backend.snapshot == before)
    }

    @Test func orphansOfCrashedWritersAreFreed() async throws {
        let (ground, backend, store) = try await Ground.board(seed: 10)
        try await store.write([1], to: "p")
        let faulty = FaultyBackend(
            backend,
            plan: FaultPlan { call in
                call.verb == .put && call.key?.description.hasPrefix("commits/") == true
                    ? .failBefore(.ioError) : nil
            })
        let crashing = try await ground.open(on: faulty, label: 3)
        let bytes = ground.bytes(60_000)
        let code = await failure { () throws(EngineError) in
            try await crashing.write(bytes, to: "q")
        }
        #expect(code == .ioError)
        let orphans = backend.keys("packs/").count - 1
        #expect(orphans >= 1)
        // With a grace they may belong to somebody who is still at work.
        #expect(try await store.collect(grace: day).deletedPacks == 0)
        let report = try await store.collect()
        #expect(report.deletedPacks == orphans)
        #expect(backend.keys("packs/").count == 1)
        #expect(try await store.read("p") == [1])
        // The same after the grace, by the times of the commits.
        _ = await outcome { () throws(EngineError) in try await crashing.write(bytes, to: "q") }
        #expect(backend.keys("packs/").count > 1)
        ground.clock.advance(seconds: 3 * day)
        try await store.write([2], to: "p")
        ground.clock.advance(seconds: 3 * day)
        try await store.write([3], to: "p")
        try await store.collect(grace: day)
        #expect(try await store.statistics().packCount == backend.keys("packs/").count)
    }

    @Test func aDryRunChangesNothingAndTellsWhatWouldBe() async throws {
        let (ground, backend, store) = try await Ground.board(seed: 11)
        try await store.write(ground.bytes(100_000), to: "gone")
        try await store.write(ground.bytes(100_000, 2), to: "kept")
        _ = try await store.delete("gone", nil)
        let before = backend.snapshot
        let plan = try await store.collect(dryRun: true)
        #expect(plan.condemnedPacks > 0)
        #expect(backend.snapshot == before)
        let exclusive = try await store.collect(exclusive: true, dryRun: true)
        #expect(exclusive.deletedPacks > 0)
        #expect(backend.snapshot == before)
        let done = try await store.collect(exclusive: true)
        #expect(done.deletedPacks == exclusive.deletedPacks)
    }

    @Test func aWriteThatIsADryRunStoresNothingAndTellsWhatWouldBe() async throws {
        let (ground, backend, store) = try await Ground.board(seed: 12)
        try await store.write(ground.bytes(100_000), to: "p")
        let before = backend.snapshot
        let bytes = ground.bytes(100_000) + ground.bytes(500_000, 2)
        var request = WriteRequest(
            pin: "p", files: [InputFile(path: "data", source: BytesSource(bytes))],
            metadata: VersionMetadata(createdSeconds: 1))
        request.isDryRun = true
        let plan = try await store.write(request)
        #expect(backend.snapshot == before)
        request.isDryRun = false
        let done = try await store.write(request)
        #expect(plan.newByteCount == done.newByteCount)
        #expect(plan.newChunkCount == done.newChunkCount)
        #expect(plan.version.pinHash == done.version.pinHash)
        #expect(!plan.isUnchanged)
    }

    @Test func nothingIsCollectedFromADamagedBoard() async throws {
        let (ground, backend, store) = try await Ground.board(seed: 13)
        try await store.write(ground.bytes(300_000), to: "p")
        try await store.write(ground.bytes(300_000, 2), to: "gone")
        _ = try await store.delete("gone", nil)
        // The tree of "p" cannot be walked any more.
        for key in backend.keys("packs/") {
            var bytes = try #require(backend.snapshot[key])
            for position in bytes.indices where position % 97 == 80 { bytes[position] ^= 0x40 }
            backend.replace(key, with: bytes)
        }
        let before = backend.snapshot
        for exclusive in [false, true] {
            let code = await failure { () throws(EngineError) in
                try await store.collect(exclusive: exclusive)
            }
            #expect(code == .corrupt)
            #expect(backend.snapshot == before)
        }
    }

    @Test func nothingIsCollectedByADamagedSegment() async throws {
        let (ground, backend, store) = try await Ground.board(seed: 14)
        for number in 0..<10 {
            try await store.write(ground.bytes(60_000, UInt64(number)), to: "p\(number)")
        }
        _ = try await store.delete("p0", nil)
        let segments = backend.keys("index/") + backend.keys("tables/")
        #expect(segments.count >= 2)
        for key in segments {
            let good = try #require(backend.snapshot[key])
            for position in [good.count / 2, good.count - 40, good.count - 1] {
                var bytes = good
                bytes[position] ^= 1
                backend.replace(key, with: bytes)
                let before = backend.snapshot
                let opened = try await ground.open(on: backend)
                let code = await failure { () throws(EngineError) in
                    try await opened.collect(exclusive: true)
                }
                // A segment that was merged away is nobody's.
                if code != nil {
                    #expect(code == .corrupt)
                    #expect(backend.snapshot == before)
                }
                for (key, bytes) in before { backend.replace(key, with: bytes) }
                for key in backend.snapshot.keys where before[key] == nil {
                    backend.replace(key, with: nil)
                }
            }
            backend.replace(key, with: good)
        }
    }

    @Test func aReaderGoesOnWhileItsPacksAreMoved() async throws {
        let (ground, backend, store) = try await Ground.board(seed: 15)
        let bytes = ground.bytes(200_000)
        for start in stride(from: 20_000, through: 200_000, by: 20_000) {
            try await store.write(Array(bytes[..<start]), to: "p")
        }
        _ = try await store.setLabel("half", of: "p", to: .latest)
        let reader = try await ground.open(on: backend).reader(of: "p", .latest).reader
        let doomed = try await ground.open(on: backend, label: 2).reader(
            of: "p", .named(store.versions(of: "p")[3].version)
        ).reader
        _ = try await store.prune("p", isDryRun: false) { Array($0.dropLast()) }
        for _ in 0..<3 {
            try await store.collect()
            ground.clock.advance(seconds: 1)
        }
        #expect(try await reader.bytes(reader.files[0]) == bytes)
        let code = await failure { () throws(EngineError) in
            try await doomed.bytes(doomed.files[0])
        }
        // Its chunks may be where they were, if nothing had to be moved.
        #expect(code == nil || code == .notFound)
    }

    @Test func logicalSizesAndSharesAddUp() async throws {
        let (ground, backend, store) = try await Ground.board(seed: 16)
        let bytes = ground.bytes(200_000)
        try await store.write(bytes, to: "a")
        try await store.write(bytes + ground.bytes(100_000, 2), to: "a")
        try await store.write(bytes, to: "b")
        let all = try await store.statistics()
        #expect(all.pinCount == 2 && all.versionCount == 3)
        #expect(all.logicalByteCount == 700_000)
        #expect((300_000...340_000).contains(all.uniqueByteCount))
        #expect(all.storedByteCount == UInt64(backend.byteCount()))
        let one = try await store.statistics(of: "b")
        #expect(one.pinCount == 1 && one.versionCount == 1)
        #expect(one.exclusiveByteCounts[0].exclusiveStoredByteCount == 0)
        let share = all.exclusiveByteCounts.max {
            $0.exclusiveStoredByteCount < $1.exclusiveStoredByteCount
        }
        #expect((100_000...140_000).contains(share?.exclusiveStoredByteCount ?? 0))
        let missing = await failure { () throws(EngineError) in try await store.statistics(of: "x")
        }
        #expect(missing == .notFound)
    }
}

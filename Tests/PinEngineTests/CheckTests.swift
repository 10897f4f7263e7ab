import PinFormat
import PinStorage
import PinTesting
import PinTransforms
import Synchronization
import Testing

@testable import PinEngine

/// What the engine checks, one by one: a law each for the checks that no other law needs.
@Suite struct CheckTests {
    /// §6.1: whatever the encoder makes is decoded and compared before it is stored.
    @Test func aFrameThatDoesNotDecodeToItsSourceIsNotStored() async throws {
        #if DEBUG
            let ground = Ground(seed: 71)
            let backend = MemoryBackend()
            let store = try await ground.create(on: backend)
            let bytes = [UInt8](repeating: 7, count: 40_000)
            let result = await Check.$spoilsFrames.withValue(true) {
                await outcome { () throws(EngineError) in try await store.write(bytes, to: "p") }
            }
            #expect(result.code == .ioError)
            #expect(backend.keys("commits/").isEmpty)
            try await store.write(bytes, to: "p")
            #expect(try await ground.open(on: backend).read("p") == bytes)
        #endif
    }

    /// §9.5: segments that are not what the commit names are no ground for deleting anything, also
    /// where the damage is in bytes that no look-up reads.
    @Test func aCollectionReadsTheSealsOfAllSegments() async throws {
        let ground = Ground(seed: 72)
        let backend = MemoryBackend()
        let store = try await ground.create(on: backend)
        for number in 0..<10 {
            try await store.write(ground.bytes(60_000, UInt64(number)), to: "p\(number)")
        }
        _ = try await store.delete("p0", nil)
        let commit = try await store.snapshot().commit
        let keys =
            commit.indexSegments.map { BoardKeys.index($0.name) }
            + commit.tableSegments.map { BoardKeys.table($0.name) }
        #expect(keys.count >= 2)
        for key in keys {
            let good = try #require(backend.snapshot[key])
            backend.replace(key, with: good.dropLast() + [good[good.count - 1] ^ 1])
            let before = backend.snapshot
            let opened = try await ground.open(on: backend)
            let code = await failure { () throws(EngineError) in
                try await opened.collect(exclusive: true)
            }
            #expect(code == .corrupt, "\(key)")
            let isUntouched = backend.snapshot == before
            #expect(isUntouched, "\(key)")
            backend.replace(key, with: good)
        }
    }

    /// What comes over a wire is compared whole with what its reference says.
    @Test func aRemoteSegmentIsComparedWithItsReference() async throws {
        let ground = Ground(seed: 73)
        let backend = MemoryBackend(hasLocalObjects: false)
        let store = try await ground.create(on: backend)
        for number in 0..<10 {
            try await store.write(ground.bytes(60_000, UInt64(number)), to: "p\(number)")
        }
        let commit = try await store.snapshot().commit
        let reference = try #require(commit.tableSegments.first)
        let key = BoardKeys.table(reference.name)
        let good = try #require(backend.snapshot[key])
        backend.replace(key, with: good.dropLast() + [good[good.count - 1] ^ 1])
        let opened = try await ground.open(on: backend)
        let code = await failure { () throws(EngineError) in try await opened.pins() }
        #expect(code == .corrupt)
    }

    /// A part of the index that is damaged may hold any chunk: nobody writes or collects by the
    /// rest.
    @Test func nobodyWritesByAPartOfTheIndex() async throws {
        let ground = Ground(seed: 74)
        let backend = MemoryBackend()
        let store = try await ground.create(on: backend)
        for number in 0..<10 {
            try await store.write(ground.bytes(60_000, UInt64(number)), to: "p\(number)")
        }
        let commit = try await store.snapshot().commit
        let reference = try #require(commit.indexSegments.first)
        backend.replace(BoardKeys.index(reference.name), with: nil)
        let opened = try await ground.open(on: backend)
        #expect(try await opened.read("p3") == ground.bytes(60_000, 3))
        let before = backend.snapshot
        for isWrite in [true, false] {
            let code = await failure { () throws(EngineError) in
                if isWrite {
                    try await opened.write([1], to: "q")
                } else {
                    try await opened.collect(exclusive: true)
                }
            }
            #expect(code == .corrupt, "write \(isWrite)")
        }
        let isUntouched = backend.snapshot == before
        #expect(isUntouched)
    }

    /// §9.4: after a lost answer, another's commit under the number is a lost race only if the
    /// number was never pruned.
    @Test func aLostAnswerBeforeAPruningIsNotARaceThatWasLost() async throws {
        let ground = Ground(seed: 75)
        let memory = MemoryBackend()
        let other = try await ground.create(on: memory)
        try await other.write([1], to: "other")
        let number: UInt64 = 2
        let key = BoardKeys.commit(number)
        let hooked = HookedBackend(memory)
        let puts = Mutex(0)
        hooked.setHook { call in
            guard call.verb == .put, call.text == key.description,
                puts.withLock({
                    $0 += 1
                    return $0 == 2
                })
            else { return }
            // The own commit is there, and its writer does not know. Others go on, prune it, and
            // a third writer, stalled, makes the number again: its commit is void.
            let own = memory.snapshot[key]
            _ = await outcome { () throws(EngineError) in
                for turn in 0..<270 {
                    _ = try await other.setLabel(
                        "l\(turn % 2)", of: "other", to: turn % 4 < 2 ? .latest : nil)
                }
                try await other.collect()
            }
            #expect(own != nil && memory.snapshot[key] == nil)
            guard var record = own.flatMap({ try? CommitRecord($0, .standard) }) else { return }
            record.commitID = [UInt8](repeating: 9, count: 16)
            memory.replace(key, with: record.encoded(.standard))
        }
        let faulty = FaultyBackend(
            hooked,
            plan: FaultPlan { call in
                call.verb == .put && call.key == key && puts.withLock { $0 } == 0
                    ? .unknownAfter : nil
            })
        let writer = try await ground.open(on: faulty, label: 4)
        let code = await failure { () throws(EngineError) in
            try await writer.write([2], to: "mine")
        }
        #expect(code == .tryAgain)
        #expect(puts.withLock { $0 } == 2)
        let versions = try await ground.open(on: memory, label: 7).versions(of: "mine")
        #expect(versions.count == 1)
    }

    /// §9.4: a version that is committed rests on live packs only.
    @Test func whatAVersionNeedsIsLive() async throws {
        let ground = Ground(seed: 76)
        let backend = MemoryBackend()
        let store = try await ground.create(on: backend)
        let bytes = ground.bytes(100_000)
        try await store.write(bytes, to: "p")
        _ = try await store.delete("p", nil)
        let condemned = try await store.collect(grace: 86_400).condemnedPacks
        #expect(condemned > 0)
        try await store.write(bytes, to: "p")
        let snapshot = try await store.snapshot()
        let version = try #require(try snapshot.latestVersion(of: "p"))
        #expect(version.row.packs.count >= condemned)
        for pack in version.row.packs {
            #expect(try snapshot.index.packs.row(pack)?.status == .live)
        }
    }

    /// §9.3: a commit under another number would roll the board back, and fit its predecessor.
    @Test func aCommitStandsUnderItsOwnNumber() async throws {
        let ground = Ground(seed: 77)
        let backend = MemoryBackend()
        let store = try await ground.create(on: backend)
        for number in 0..<5 as Range<UInt8> { try await store.write([number], to: "p") }
        let keys = backend.keys("commits/")
        let newest = try #require(keys.last)
        for older in keys.dropLast() {
            let copy = MemoryBackend()
            for (key, bytes) in backend.snapshot { copy.replace(key, with: bytes) }
            copy.replace(newest, with: backend.snapshot[older])
            let opened = try await ground.open(on: copy)
            let code = await failure { () throws(EngineError) in try await opened.pins() }
            #expect(code == .corrupt, "\(older)")
        }
    }

    /// §6.1: a delta need not use all bytes of its base, so that a chunk that is right proves
    /// nothing about a base that is kept.
    @Test func aBaseThatIsKeptIsTheRightOne() async throws {
        let ground = Ground(seed: 78)
        let backend = MemoryBackend()
        let writer = try await ground.create(on: backend)
        let bytes = ground.bytes(3_000)
        let first = try await writer.write(bytes, to: "p")
        let place = 1_500
        let later = (1...2).map { turn in
            Array(bytes[..<place] + ground.bytes(40, 5 + turn) + bytes[(place + 40)...])
        }
        for bytes in later { try await writer.write(bytes, to: "p") }
        // A byte of the base that the delta replaces; the CRC is made good.
        var forgedCount = 0
        for key in backend.keys("packs/") {
            guard let pack = backend.snapshot[key] else { continue }
            let forged = Self.forged(pack, Array(bytes[place..<place + 40]))
            if forged != pack { forgedCount += 1 }
            backend.replace(key, with: forged)
        }
        #expect(forgedCount == 1)
        let store = try await ground.open(on: backend)
        // The newest needs it first; what is needed for the second time is kept.
        let names = try await store.versions(of: "p").map(\.version)
        for (name, bytes) in zip(names.dropFirst(), later).reversed() {
            let found = try await store.read("p", name)
            #expect(found == bytes)
        }
        let code = await failure { () throws(EngineError) in
            try await store.read("p", first.version.versionName)
        }
        #expect(code == .corrupt)
    }

    /// A pack in which a byte in the middle of `bytes`, that a raw frame holds, is another one.
    private static func forged(_ pack: [UInt8], _ bytes: [UInt8]) -> [UInt8] {
        guard let tail = try? PackTrailer(pack, at: pack.count - 64, packByteCount: pack.count),
            let footer = try? PackFooter(
                Array(pack[tail.footerOffset..<tail.footerOffset + tail.footerByteCount]), tail,
                .standard)
        else { return pack }
        var pack = pack
        for entry in footer.entries
        where entry.header.codec == .raw {
            guard let (record, _) = try? FrameRecord.decode(pack, at: entry.offset, .standard)
            else { continue }
            var frame = Array(pack[record.frame])
            guard let place = frame.firstRange(of: bytes)?.lowerBound else { continue }
            frame[place + bytes.count / 2] ^= 1
            var forged: [UInt8] = []
            FrameRecord.append(record.header, bases: [], frame: frame, to: &forged, .standard)
            pack.replaceSubrange(
                entry.offset..<entry.offset + entry.storedByteCount, with: forged)
        }
        return pack
    }

    /// §6.1: no reader takes on more than 64 MiB of bases for one chunk.
    @Test func noReaderTakesALargerClosure() throws {
        let pack = ObjectName(base: 1, random: [UInt8](repeating: 1, count: 16))
        var (table, last): ([Digest: [FramePlace]], FramePlace?) = ([:], nil)
        for number in 0..<5 as Range<UInt64> {
            let byteCount = 16 << 20
            let header =
                try last.map {
                    try FrameHeader(deltaOf: [$0.header], rawByteCount: byteCount)
                } ?? FrameHeader(kind: .chunk, codec: .raw, filter: .none, rawByteCount: byteCount)
            let digest = Digest(number, 2, 3, 4)
            let place = FramePlace(
                digest: digest, pack: pack, offset: 64 + Int(number) * 100, storedByteCount: 90,
                header: header, bases: last.map { [$0.digest] } ?? [])
            table[digest] = [place]
            last = place
            let closure = FrameLocator.closure(digest, .chunk, table)
            #expect((closure != nil) == (number < 4), "\(number + 1) frames of 16 MiB")
        }
    }
}

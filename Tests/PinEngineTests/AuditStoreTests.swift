@testable import PinEngine
import PinFormat
import PinStorage
import PinTesting
import PinTransforms
import Testing

/// What a hostile board, a long stall or unlucky sizes could do to the state.
@Suite struct AuditStoreTests {
    /// Puts a commit after the newest one, as another program might.
    private func append(
        _ rows: [TableRow], segments: [SegmentReference] = [], to backend: MemoryBackend
    ) throws {
        let key = try #require(backend.keys("commits/").last)
        let bytes = try #require(backend.snapshot[key])
        var record = try CommitRecord(bytes, .standard)
        record.previous = CommitLog.digest(of: bytes)
        record.sequence += 1
        record.tableSegments = segments + record.tableSegments
        let old = try record.inlineTable.map { try TableSegment.decode($0, .standard) } ?? []
        record.inlineTable = TableSegment.encode(
            SegmentMerge.over(SegmentMerge.sorted(rows), old), .standard)
        backend.replace(BoardKeys.commit(record.sequence), with: record.encoded(.standard))
    }

    /// §9.6: a first commit that is made again after it was pruned is void, and must not be
    /// acknowledged.
    @Test func aFirstCommitThatWasPrunedMeanwhileIsNotAcknowledged() async throws {
        let ground = Ground(seed: 901)
        let memory = MemoryBackend()
        let other = try await ground.create(on: memory)
        let hooked = HookedBackend(memory)
        let stalled = try await ground.open(on: hooked)
        let once = Once()
        let first = BoardKeys.commit(1).description
        hooked.setHook { call in
            guard call.verb == .put, call.text == first, once.fires() else { return }
            _ = await outcome { () throws(EngineError) in
                try await other.write([1], to: "other")
                for turn in 0..<270 {
                    _ = try await other.setLabel(
                        "l\(turn % 2)", of: "other", to: turn % 4 < 2 ? .latest : nil)
                }
                try await other.collect()
            }
        }
        let result = await failure { () throws(EngineError) in
            try await stalled.write([2], to: "mine")
        }
        #expect(memory.keys("commits/").first != BoardKeys.commit(2))
        #expect(result == .tryAgain)
        hooked.setHook(nil)
        #expect(try await ground.open(on: memory, label: 7).pins().map(\.name) == ["other"])
    }

    /// §3.2: names ascend. At the end of time a later one cannot be made; an equal one would
    /// replace a version.
    @Test func noVersionIsReplacedWhereNoLaterNameExists() async throws {
        let ground = Ground(seed: 902)
        let store = try await ground.create(on: MemoryBackend())
        ground.clock.advance(seconds: 300_000_000_000)
        try await store.write([1], to: "pin")
        #expect(
            await failure { () throws(EngineError) in try await store.write([2], to: "pin") }
                == .cannotCreate)
        #expect(
            await failure { () throws(EngineError) in
                try await store.edit("pin") { metadata in metadata.title = "t" }
            } == .cannotCreate)
        #expect(try await store.versions(of: "pin").count == 1)
        #expect(try await store.read("pin") == [1])
    }

    /// Each list is within its limit and the row is not: written, it could never be read again.
    @Test func metadataThatMakesTooLargeARowIsRefused() async throws {
        let ground = Ground(seed: 903)
        let backend = MemoryBackend()
        let store = try await ground.create(on: backend)
        try await store.write([1], to: "pin")
        let long = String(repeating: "x", count: Limits.textListItemByteCount)
        var metadata = VersionMetadata(createdSeconds: 1)
        metadata.tags = Array(repeating: long, count: 9_000)
        metadata.urls = metadata.tags
        let request = WriteRequest(
            pin: "large", files: [InputFile(path: "data", source: BytesSource([2]))],
            metadata: metadata)
        #expect(
            await failure { () throws(EngineError) in try await store.write(request) } == .usage)
        #expect(try await ground.open(on: backend).pins().map(\.name) == ["pin"])
    }

    @Test func aPinOfTooLongANameTakesNoLabel() async throws {
        let ground = Ground(seed: 904)
        let backend = MemoryBackend()
        let store = try await ground.create(on: backend)
        let version = try await store.write([1], to: "pin").version
        let name = String(repeating: "n", count: 1_000)
        var record = version
        record.pinName = name
        let row = PinRow(
            latest: version.versionName, versionCount: 1, byteCount: 1, metadata: version.metadata)
        let versionRow = VersionRow(recordBytes: version.encoded, packs: [])
        try append(
            [
                TableRow(key: RowKey.pin(name), value: row.encoded),
                TableRow(
                    key: RowKey.version(version.versionName, of: name), value: versionRow.encoded),
            ], to: backend)
        let label = String(repeating: "l", count: 255)
        #expect(
            await failure { () throws(EngineError) in
                try await store.setLabel(label, of: name, to: .latest)
            } == .usage)
    }

    @Test func aRowThatHoldsAnotherPinsVersionIsDamage() async throws {
        let ground = Ground(seed: 905)
        let backend = MemoryBackend()
        let store = try await ground.create(on: backend)
        let version = try await store.write([1], to: "one").version
        let row = PinRow(
            latest: version.versionName, versionCount: 1, byteCount: 1, metadata: version.metadata)
        try append(
            [
                TableRow(key: RowKey.pin("two"), value: row.encoded),
                TableRow(
                    key: RowKey.version(version.versionName, of: "two"),
                    value: VersionRow(recordBytes: version.encoded, packs: []).encoded),
            ], to: backend)
        #expect(await failure { () throws(EngineError) in try await store.read("two") } == .corrupt)
        #expect(try await store.read("one") == [1])
    }

    /// §7.8: a commit with more than 1,024 references cannot be read, and the newest commit is the
    /// board.
    @Test func segmentsAreMergedBeforeACommitCannotNameThem() async throws {
        let ground = Ground(seed: 906)
        let backend = MemoryBackend()
        let store = try await ground.create(on: backend)
        try await store.write([1], to: "pin")
        var references: [SegmentReference] = []
        for number in 0..<(Limits.commitReferenceCount - 1) {
            // The newest is larger than what a commit merges by its size.
            let value = [UInt8](
                repeating: 0, count: number == 0 ? SegmentMerge.commitByteCountMax : 1)
            let bytes = TableSegment.encode(
                [TableRow(key: [0x70] + Array("\(number)".utf8), value: value)], .standard)
            let name = ObjectName(base: 1, random: ground.random.bytes(count: 16))
            backend.replace(BoardKeys.table(name), with: bytes)
            references.append(
                SegmentReference(
                    name: name, byteCount: bytes.count, entryCount: 1, digest: sha256(bytes)))
        }
        try append([], segments: references, to: backend)
        let title = String(repeating: "t", count: 3_000)
        for number in 0..<3 { try await store.write([UInt8(number)], to: "pin", title: title) }
        let reopened = try await ground.open(on: backend)
        #expect(try await reopened.versions(of: "pin").count == 4)
        let newest = try #require(backend.keys("commits/").last)
        let record = try CommitRecord(try #require(backend.snapshot[newest]), .standard)
        #expect(record.tableSegments.count < Limits.commitReferenceCount)
        #expect(try await reopened.snapshot().table.rows(prefix: [0x70]).count == references.count)
    }

    @Test func aPackOfVerySmallFramesIsFullBeforeAReaderRefusesIt() throws {
        let name = ObjectName(base: 1, random: [UInt8](repeating: 1, count: 16))
        let header = FrameHeader(kind: .chunk, codec: .raw, filter: .none, rawByteCount: 1)
        let place = FramePlace(
            digest: sha256([1]), pack: name, offset: 64, storedByteCount: 25, header: header,
            bases: [])
        let pack = PackAssembler(name: name)
        var count = 0
        while !pack.isFull(byteTarget: .max) {
            pack.append(copyOf: place, stored: [0])
            count += 1
        }
        #expect(count < Limits.packFrameCount)
    }
}

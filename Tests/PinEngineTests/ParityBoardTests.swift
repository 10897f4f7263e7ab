import PinFormat
import PinStorage
import PinTesting
import PinTransforms
import Testing

@testable import PinEngine

/// Goal: on a board with parity every pack has its own, wherever it came from; damage within the
/// percentage is mended, more is reported, and neither ever hurts what was whole.
@Suite struct ParityBoardTests {
    typealias Version = VerifyProblem.Version

    private static func sample(_ seed: UInt64, percent: Int = 10) async throws -> VerifyBoard {
        try await VerifyDamageTests.sample(
            seed: seed, inlineByteTarget: 1 << 10, parityPercent: percent)
    }

    /// The names of objects below a prefix.
    private static func names(_ backend: MemoryBackend, _ prefix: String) -> Set<ObjectName> {
        Set(backend.keys(prefix).compactMap { BoardKeys.name(of: $0, prefix: prefix) })
    }

    /// Every pack has parity that is what it must be, and there is no other.
    private func expectProtected(
        _ backend: MemoryBackend, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let packs = Self.names(backend, "packs/")
        #expect(packs == Self.names(backend, "parity/"), sourceLocation: sourceLocation)
        #expect(!packs.isEmpty, sourceLocation: sourceLocation)
        for name in packs {
            let pack = try #require(backend.snapshot[BoardKeys.pack(name)])
            let bytes = try #require(backend.snapshot[BoardKeys.parity(name)])
            let parity = try PackParity(bytes, .standard)
            #expect(parity.description.name == name, sourceLocation: sourceLocation)
            #expect(
                try ParityRepair(bytes).repair(pack) == .whole(pack, mendedBlockCount: 0),
                sourceLocation: sourceLocation)
        }
    }

    // MARK: - Writing and collecting

    @Test func everyPackHasItsParityWhereverItCameFrom() async throws {
        let ground = Ground(seed: 90)
        let backend = MemoryBackend()
        let store = try await Store.create(
            on: backend, chunker: try ChunkerParameters(averageExponent: 12), parityPercent: 5,
            configuration: ground.configuration())
        // Small packs in one piece, large ones in pieces, staged ones.
        try await store.write([1, 2, 3], to: "small")
        try await store.write(ground.bytes(900_000, 1), to: "large")
        try expectProtected(backend)
        // Copied, put together, encoded again.
        let other = MemoryBackend()
        let source = try await ground.create(on: other)
        try await source.write(ground.bytes(70_000, 2), to: "a")
        #expect(other.keys("parity/").isEmpty)
        var request = WriteRequest(
            pin: "b", files: [], metadata: VersionMetadata(createdSeconds: 1))
        request.forcesIdentical = true
        _ = try await store.copy(try await source.reader(of: "a", .latest).reader, request)
        try expectProtected(backend)
        for number in 0..<12 {
            try await store.write(ground.bytes(400, 10 + UInt64(number)), to: "s\(number)")
        }
        _ = try await store.delete("large", nil)
        _ = try await store.collect(exclusive: true)
        try expectProtected(backend)
        let opened = try await ground.open(on: backend)
        #expect(try await opened.read("b") == ground.bytes(70_000, 2))
        let statistics = try await opened.statistics()
        #expect(statistics.parityPercent == 5)
        let stored = backend.keys("parity/").reduce(0) {
            $0 + (backend.snapshot[$1]?.count ?? 0)
        }
        #expect(statistics.parityByteCount == UInt64(stored))
    }

    /// §9.4, Floor: what is uploaded again has parity again, and what was swept has lost its own.
    @Test func packsUnderFreshNamesHaveParityUnderFreshNames() async throws {
        let ground = Ground(seed: 91)
        let backend = MemoryBackend()
        let store = try await Store.create(
            on: backend, chunker: try ChunkerParameters(averageExponent: 12), parityPercent: 20,
            configuration: ground.configuration())
        try await store.write(ground.bytes(30_000, 1), to: "a")
        let hooked = HookedBackend(backend)
        let writer = try await ground.open(on: hooked, label: 5)
        hooked.hookOnce(.put, "commits/") {
            try await store.collect()
        }
        try await writer.write(ground.bytes(30_000, 2), to: "b")
        hooked.setHook(nil)
        _ = try await store.collect(exclusive: true)
        try expectProtected(backend)
    }

    @Test func anAbandonedWriteRemovesBoth() async throws {
        let ground = Ground(seed: 92)
        let faulty = FaultyBackend(MemoryBackend(), plan: .none)
        let store = try await Store.create(
            on: faulty, chunker: try ChunkerParameters(averageExponent: 12), parityPercent: 20,
            configuration: ground.configuration())
        faulty.setPlan(
            FaultPlan { call in
                call.verb == .put && call.key?.text.hasPrefix("packs/") == true
                    ? .failAfter(.noSpace) : nil
            })
        let result = await outcome { () throws(EngineError) in
            try await store.write(ground.bytes(30_000, 1), to: "a")
        }
        #expect(result.code != nil)
        faulty.setPlan(.none)
        for prefix in ["packs/", "parity/"] {
            let left = try await faulty.listAll(prefix: prefix)
            #expect(left.isEmpty, "\(left.map(\.key))")
        }
    }

    @Test func parityWithoutAPackIsAnOrphanThatACollectionFrees() async throws {
        let board = try await Self.sample(93)
        let name = ObjectName(base: 0, random: [UInt8](repeating: 9, count: 16))
        board.backend.replace(BoardKeys.parity(name), with: [1, 2, 3])
        let report = try await board.verify()
        #expect(report.isSound && report.orphanCount >= 1, "\(report.summary)")
        _ = try await board.open().collect(exclusive: true)
        try expectProtected(board.backend)
    }

    @Test func onlyBoardsThatAskForItHaveParity() async throws {
        let board = try await VerifyDamageTests.sample(seed: 94, inlineByteTarget: 1 << 10)
        #expect(board.backend.keys("parity/").isEmpty)
        #expect(try await board.open().config.parityPercent == nil)
        for percent in [0, -1, 101] {
            let code = await failure { () throws(EngineError) in
                try await Store.create(on: MemoryBackend(), parityPercent: percent)
            }
            #expect(code == .usage, "\(percent)")
        }
    }

    // MARK: - Damage

    /// What a reader gets after a repair is what it got before the damage, and the board is whole.
    private func expectMended(
        _ copy: VerifyBoard, _ good: [Version: Digest], _ what: String
    ) async throws {
        let found = try await copy.verify()
        #expect(!found.isSound, "\(what)")
        #expect(found.summary.contains("its parity can mend it"), "\(what): \(found.summary)")
        let report = try await copy.verify(repairs: true)
        #expect(report.isSound, "\(what): \(report.summary)")
        #expect(report.summary.contains("made whole from 'parity/"), "\(report.summary)")
        #expect(await copy.readable(Array(good.keys)) == good, "\(what)")
        _ = try await copy.open().collect(exclusive: true)
        try expectProtected(copy.backend)
        let after = try await copy.verify()
        #expect(after.isSound && after.problems.isEmpty, "\(what): \(after.summary)")
        #expect(await copy.readable(Array(good.keys)) == good, "\(what)")
    }

    @Test func damageWithinThePercentageIsMended() async throws {
        let board = try await Self.sample(95)
        let versions = try await board.versions()
        let good = await board.readable(versions)
        #expect(good.count == versions.count)
        let seed = SeededRandom.fresh
        let random = SeededRandom(seed: seed)
        print("  seed \(seed)")
        let state = try await board.open().snapshot()
        for (name, row) in try state.index.packs.all() {
            let key = BoardKeys.pack(name)
            let run = max(1, row.byteCount / 10)
            let start = random.below(row.byteCount - run + 1)
            try await expectMended(
                board.damaged(key) {
                    $0.replaceSubrange(start..<start + run, with: random.bytes(count: run))
                }, good, "\(key), \(run) bytes from \(start), seed \(seed)")
            try await expectMended(
                board.damaged(key) { $0.removeLast(run) }, good, "\(key) cut by \(run)")
            try await expectMended(
                board.damaged(key) { $0 += random.bytes(count: 700) }, good, "\(key) longer")
            // The header and, with it, the first description of its parity.
            var objects = board.damaged(key) { $0[9] ^= 1 }.backend.snapshot
            objects[BoardKeys.parity(name)]?[20] ^= 1
            try await expectMended(
                VerifyBoard(copying: objects, of: board), good, "\(key) and its parity")
        }
    }

    /// A region of the medium that cannot be read at all.
    @Test func aBadSpotOfTheMediumIsMended() async throws {
        let board = VerifyBoard(seed: 103, packByteTarget: 4 << 20, parityPercent: 20)
        let store = try await board.create()
        let bytes = board.random.bytes(count: 1_500_000)
        try await board.write("pin", [("f", bytes)], on: store)
        let name = try #require(
            try await store.snapshot().index.packs.all().max {
                $0.row.byteCount < $1.row.byteCount
            }?.name)
        let bad = BadSpotBackend(board.backend, BoardKeys.pack(name), 700_000..<800_000)
        var options = VerifyOptions()
        (options.readsData, options.repairs) = (true, true)
        let report = try await Store.verify(on: bad, options, configuration: board.configuration)
        #expect(report.isSound, "\(report.summary)")
        let opened = try await Store.open(on: bad, configuration: board.configuration)
        #expect(try await opened.read("pin") == bytes)
    }

    @Test func aPackThatIsGoneIsMadeOfParityOf100Percent() async throws {
        let board = try await Self.sample(96, percent: 100)
        let good = await board.readable(try await board.versions())
        var objects = board.backend.snapshot
        for name in try await board.open().snapshot().index.packs.all().map(\.name) {
            objects[BoardKeys.pack(name)] = nil
        }
        try await expectMended(VerifyBoard(copying: objects, of: board), good, "all packs")
    }

    /// An index that is lost as well is made first, from footers; then parity mends the rest.
    @Test func aDamagedPackAndALostIndexAreMendedInOneRun() async throws {
        let board = try await Self.sample(97)
        let good = await board.readable(try await board.versions())
        let snapshot = try await board.open().snapshot()
        let name = try #require(try snapshot.index.packs.all().first?.name)
        var objects = board.damaged(BoardKeys.pack(name)) { $0[70] ^= 1 }.backend.snapshot
        for reference in snapshot.commit.indexSegments {
            objects[BoardKeys.index(reference.name)] = nil
        }
        let copy = VerifyBoard(copying: objects, of: board)
        _ = try await copy.verify(repairs: true)
        #expect(await copy.readable(Array(good.keys)) == good)
        _ = try await copy.open().collect(exclusive: true)
        let after = try await copy.verify()
        #expect(after.isSound && after.problems.isEmpty, "\(after.summary)")
        try expectProtected(copy.backend)
    }

    @Test func moreDamageIsSaidToBeTooMuchAndNothingIsMadeWorse() async throws {
        let board = try await Self.sample(98)
        let versions = try await board.versions()
        for (name, row) in try await board.open().snapshot().index.packs.all() {
            let key = BoardKeys.pack(name)
            let run = row.byteCount / 2
            let copy = board.damaged(key) {
                $0.replaceSubrange(70..<70 + run, with: repeatElement(0xEE, count: run))
            }
            let before = await copy.readable(versions)
            let report = try await copy.verify(repairs: true)
            #expect(report.summary.contains("its parity cannot mend it"), "\(report.summary)")
            let after = await copy.readable(versions)
            for (version, digest) in before { #expect(after[version] == digest) }
            if before.count < versions.count { #expect(!report.isSound) }
        }
    }

    @Test func missingOrDamagedParityIsNamedAndMadeAgain() async throws {
        let board = try await Self.sample(99)
        let good = await board.readable(try await board.versions())
        for name in try await board.open().snapshot().index.packs.all().map(\.name) {
            let key = BoardKeys.parity(name)
            let bytes = try #require(board.backend.snapshot[key])
            let middle = bytes.count / 2
            for copy in [
                board.without(key), board.damaged(key) { $0[3] ^= 1 },
                board.damaged(key) { $0[20] ^= 1 }, board.damaged(key) { $0[middle] ^= 1 },
                board.damaged(key) { $0[$0.count - 1] ^= 1 }, board.damaged(key) { $0 = [] },
                board.damaged(key) { $0 += [0] },
            ] {
                let found = try await copy.verify()
                #expect(found.problems.map(\.object) == [key.description], "\(found.summary)")
                #expect(!found.isSound && found.problems[0].versions.isEmpty)
                #expect(await copy.readable(Array(good.keys)) == good)
                let report = try await copy.verify(repairs: true)
                #expect(report.isSound && report.problems.count == 1, "\(report.summary)")
                #expect(copy.backend.snapshot[key] == bytes)
                #expect(try await copy.verify().problems.isEmpty)
            }
        }
    }

    /// A program of version 1 that does not know of parity writes and collects as it always did.
    @Test func aProgramWithoutParityDoesNoHarm() async throws {
        let ground = Ground(seed: 100)
        let backend = MemoryBackend()
        let store = try await Store.create(
            on: backend, chunker: try ChunkerParameters(averageExponent: 12), parityPercent: 30,
            configuration: ground.configuration())
        let first = ground.bytes(40_000, 1)
        try await store.write(first, to: "a")
        var config = store.config
        config.parityPercent = nil
        let old = Store(backend, config, ground.configuration(label: 7))
        let second = ground.bytes(20_000, 2)
        try await old.write(second, to: "b")
        _ = try await old.delete("a", nil)
        _ = try await old.collect(exclusive: true)
        #expect(backend.keys("parity/").count > 0)
        var options = VerifyOptions()
        options.repairs = true
        let report = try await Store.verify(
            on: backend, options, configuration: ground.configuration(label: 8))
        #expect(report.isSound && report.orphanCount > 0, "\(report.summary)")
        #expect(report.summary.contains("nothing protects its pack"), "\(report.summary)")
        let opened = try await ground.open(on: backend, label: 9)
        _ = try await opened.collect(exclusive: true)
        try expectProtected(backend)
        #expect(try await opened.read("b") == second)
    }

    /// Rot that nobody has found yet does not get parity of its own.
    @Test func parityIsMadeOfSoundPacksAlone() async throws {
        let board = try await Self.sample(101)
        for name in try await board.open().snapshot().index.packs.all().map(\.name) {
            var objects = board.damaged(BoardKeys.pack(name)) { $0[$0.count / 3] ^= 1 }
                .backend.snapshot
            objects[BoardKeys.parity(name)] = nil
            let copy = VerifyBoard(copying: objects, of: board)
            _ = try await copy.verify(data: false, repairs: true)
            #expect(copy.backend.snapshot[BoardKeys.parity(name)] == nil)
        }
    }

    /// Parity that is right in itself, of a pack that is not quite the one that the row names.
    @Test func aPackThatItsRowDoesNotNameReplacesNothing() async throws {
        let board = try await Self.sample(102)
        let versions = try await board.versions()
        let name = try #require(
            try await board.open().snapshot().index.packs.all().max {
                $0.row.byteCount < $1.row.byteCount
            }?.name)
        let key = BoardKeys.pack(name)
        var other = try #require(board.backend.snapshot[key])
        other[other.count / 2] ^= 1
        let bytes = other
        var encoder = ParityEncoder(ParityLayout(packByteCount: bytes.count, percent: 10))
        encoder.update(bytes.span.bytes)
        var objects = board.damaged(key) { $0[100] ^= 1 }.backend.snapshot
        objects[BoardKeys.parity(name)] = encoder.finish(name: name)
        let copy = VerifyBoard(copying: objects, of: board)
        let before = await copy.readable(versions)
        let report = try await copy.verify(repairs: true)
        #expect(!report.isSound, "\(report.summary)")
        #expect(report.summary.contains("its row names"), "\(report.summary)")
        #expect(copy.backend.snapshot[key] == objects[key])
        let after = await copy.readable(versions)
        for (version, digest) in before { #expect(after[version] == digest) }
    }
}

/// A place where some bytes of one object cannot be read.
private struct BadSpotBackend: ForwardingBackend {
    let base: any BoardBackend
    private let key: ObjectKey
    private let spot: Range<Int>

    init(_ base: any BoardBackend, _ key: ObjectKey, _ spot: Range<Int>) {
        (self.base, self.key, self.spot) = (base, key, spot)
    }

    func get(
        _ key: ObjectKey, range: Range<Int>?, limit: Int
    ) async throws(BackendError) -> [UInt8] {
        if key == self.key, range?.overlaps(spot) ?? true {
            throw BackendError(.ioError, key: key, "a bad spot")
        }
        return try await base.get(key, range: range, limit: limit)
    }

    func openLocal(_ key: ObjectKey) async throws(BackendError) -> (any LocalObject)? { nil }
}

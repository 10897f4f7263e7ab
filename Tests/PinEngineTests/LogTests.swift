import PinEngine
import PinFormat
import PinStorage
import PinTesting
import PinTransforms
import Testing

/// The numbered log of commits: what is found as the newest, and what is not (FORMAT.md §9.3,
/// §9.6).
@Suite struct LogTests {
    /// A board with `count` versions of one pin; version n holds the bytes `[n]`.
    private func board(
        _ count: Int, _ ground: Ground, _ backend: MemoryBackend = MemoryBackend()
    ) async throws -> (store: Store, backend: MemoryBackend) {
        let store = try await ground.create(on: backend)
        for number in 1...count {
            ground.clock.advance(seconds: 1)
            try await store.write([UInt8(truncatingIfNeeded: number), 1], to: "p", forced: true)
        }
        return (store, backend)
    }

    @Test func theNewestIsFoundWhateverStandsInLatest() async throws {
        let ground = Ground(seed: 1)
        let (_, backend) = try await board(20, ground)
        let latest = try #require(backend.snapshot["latest"])
        var torn = latest
        torn[30] ^= 1
        let stale = LatestRecord(sequence: 3, digest: Digest(1, 2, 3, 4)).encoded(.standard)
        let contents: [[UInt8]?] = [
            nil, [], [1], Array(latest.dropLast()), torn, stale,
            [UInt8](repeating: 0, count: 88), [UInt8](repeating: 7, count: 100_000), latest,
        ]
        for (index, bytes) in contents.enumerated() {
            backend.replace("latest", with: bytes)
            let store = try await ground.open(on: backend)
            #expect(try await store.snapshot().sequence == 20, "case \(index)")
            #expect(try await store.read("p") == [20, 1], "case \(index)")
        }
        // One that names what is not there says that commits are lost.
        for sequence: UInt64 in [21, 9_999, .max] {
            let future = LatestRecord(sequence: sequence, digest: Digest(1, 2, 3, 4))
            backend.replace("latest", with: future.encoded(.standard))
            let store = try await ground.open(on: backend)
            let code = await failure { () throws(EngineError) in try await store.snapshot() }
            #expect(code == .corrupt, "\(sequence)")
        }
        // The next write mends what is unusable.
        backend.replace("latest", with: [1])
        try await ground.open(on: backend).write([99], to: "p")
        let mended = try LatestRecord(#require(backend.snapshot["latest"]), .standard)
        #expect(mended.sequence == 21)
    }

    @Test func aThousandCommitsAreGallopedOver() async throws {
        let ground = Ground(seed: 2)
        let backend = MemoryBackend()
        let store = try await ground.create(on: backend)
        try await store.write([1], to: "p")
        let early = try #require(backend.snapshot["latest"])
        let behind = try await ground.open(on: backend, label: 2)
        #expect(try await behind.snapshot().sequence == 1)
        for number in 0..<1_000 { _ = try await store.setLabel("l", of: "p", number) }
        backend.replace("latest", with: early)
        for known in [nil, behind] {
            let counting = CountingBackend(backend)
            let store =
                if let known { known } else { try await ground.open(on: counting, label: 3) }
            counting.reset()
            #expect(try await store.snapshot().sequence == 1_001)
            if known == nil {
                #expect(counting.total.calls < 40)
                #expect(counting[.list].calls == 0)
                counting.reset()
                #expect(try await store.snapshot().sequence == 1_001)
                #expect(counting.total.calls <= 4, "\(counting.total.calls)")
            }
        }
    }

    @Test func aDamagedNewestCommitIsAnErrorAndNoRollback() async throws {
        let ground = Ground(seed: 3)
        let (_, backend) = try await board(5, ground)
        let key = BoardKeys.commit(5)
        let good = try #require(backend.snapshot[key])
        for position in [0, 3, 9, 17, 40, good.count / 2, good.count - 1] {
            var bytes = good
            bytes[position] ^= 0x10
            backend.replace(key, with: bytes)
            let store = try await ground.open(on: backend)
            let read = await failure { () throws(EngineError) in try await store.read("p") }
            #expect(read == .corrupt || read == .needsNewer, "byte \(position)")
            let written = await failure { () throws(EngineError) in
                try await store.write([7], to: "q")
            }
            #expect(written == .corrupt || written == .needsNewer, "byte \(position)")
        }
        for bytes in [[], Array(good.dropLast()), good + [0]] {
            backend.replace(key, with: bytes)
            let store = try await ground.open(on: backend)
            let code1 = await failure { () throws(EngineError) in try await store.pins() }
            #expect(code1 == .corrupt)
        }
        backend.replace(key, with: backend.snapshot[BoardKeys.commit(4)])
        let store = try await ground.open(on: backend)
        let code2 = await failure { () throws(EngineError) in try await store.pins() }
        #expect(code2 == .corrupt)
        backend.replace(key, with: good)
        #expect(try await ground.open(on: backend).read("p") == [5, 1])
    }

    @Test func aBoardWhoseLogIsGoneIsNotAnEmptyBoard() async throws {
        let ground = Ground(seed: 4)
        let (_, backend) = try await board(5, ground)
        for key in backend.keys("commits/") { backend.replace(key, with: nil) }
        let store = try await ground.open(on: backend)
        let code3 = await failure { () throws(EngineError) in try await store.pins() }
        #expect(code3 == .corrupt)
        let written = await failure { () throws(EngineError) in try await store.write([7], to: "q")
        }
        #expect(written == .corrupt)
    }

    @Test func foreignAndExtremeNumbersDoNotTrap() async throws {
        let ground = Ground(seed: 5)
        let (_, backend) = try await board(3, ground)
        for number in [UInt64.max, .max - 1, 1 << 63, 1 << 62] as [UInt64] {
            for hasLatest in [true, false] {
                let copy = MemoryBackend()
                for (key, bytes) in backend.snapshot { copy.replace(key, with: bytes) }
                copy.replace(BoardKeys.commit(number), with: [1, 2, 3])
                if !hasLatest {
                    copy.replace("latest", with: nil)
                } else {
                    copy.replace(
                        "latest",
                        with: LatestRecord(sequence: number, digest: Digest(0, 0, 0, 0))
                            .encoded(.standard))
                }
                let store = try await ground.open(on: copy)
                let code = await failure { () throws(EngineError) in try await store.pins() }
                #expect(code == .corrupt, "\(number)")
            }
        }
        // Names that are no commits are no commits.
        for name in ["commits/x", "commits/99999999999999999999", "commits/4", "commits/a/b"] {
            backend.replace(try ObjectKey(validating: name), with: [1])
        }
        backend.replace("latest", with: nil)
        #expect(try await ground.open(on: backend).read("p") == [3, 1])
    }

    /// Rebuilds a commit object with another number and predecessor.
    private func forged(
        _ bytes: [UInt8], sequence: UInt64, previous: Digest
    ) throws -> [UInt8] {
        var record = try CommitRecord(bytes, .standard)
        record.sequence = sequence
        record.previous = previous
        record.commitID = [UInt8](repeating: 9, count: 16)
        return record.encoded(.standard)
    }

    /// The log of `count` commits without the first ones.
    private func prunedBoard(_ count: Int, keeping: Int, _ ground: Ground) async throws
        -> MemoryBackend
    {
        let (_, backend) = try await board(count, ground)
        for number in 1...(count - keeping) {
            backend.replace(BoardKeys.commit(UInt64(number)), with: nil)
        }
        return backend
    }

    @Test func aVoidCommitIsNotTakenForTheNewest() async throws {
        let ground = Ground(seed: 6)
        let backend = try await prunedBoard(12, keeping: 4, ground)
        // A stalled writer creates number 4 again, which was pruned.
        let sample = try #require(backend.snapshot[BoardKeys.commit(9)])
        backend.replace(
            BoardKeys.commit(4),
            with: try forged(sample, sequence: 4, previous: Digest(5, 5, 5, 5)))
        let pointers = [
            nil, LatestRecord(sequence: 4, digest: Digest(0, 0, 0, 0)).encoded(.standard),
            LatestRecord(sequence: 3, digest: Digest(0, 0, 0, 0)).encoded(.standard),
        ]
        for pointer in pointers {
            backend.replace("latest", with: pointer)
            let store = try await ground.open(on: backend)
            #expect(try await store.snapshot().sequence == 12)
            #expect(try await store.read("p") == [12, 1])
        }
        // The first number, which names no predecessor.
        backend.replace(
            BoardKeys.commit(1),
            with: try forged(sample, sequence: 1, previous: Digest(0, 0, 0, 0)))
        for pointer in [
            nil, LatestRecord(sequence: 1, digest: Digest(0, 0, 0, 0)).encoded(.standard),
        ] {
            backend.replace("latest", with: pointer)
            let store = try await ground.open(on: backend)
            #expect(try await store.snapshot().sequence == 12)
        }
    }

    @Test func aVoidCommitIsNotAcknowledged() async throws {
        let ground = Ground(seed: 7)
        let (_, backend) = try await board(3, ground)
        let hooked = HookedBackend(backend)
        let stalled = try await ground.open(on: hooked, label: 5)
        let once = Once()
        // While the writer is about to create commit 4, the log goes on to 12 and everything below
        // 9 is pruned.
        hooked.setHook { call in
            guard call.verb == .put, call.text == BoardKeys.commit(4).description, once.fires()
            else { return }
            do {
                let other = try await ground.open(on: backend, label: 6)
                for number in 4...12 {
                    try await other.write([UInt8(number), 1], to: "p", forced: true)
                }
                for number in 1...8 { backend.replace(BoardKeys.commit(UInt64(number)), with: nil) }
                // As the pruner has said it in the newest commit.
                let key = BoardKeys.commit(12)
                guard let bytes = backend.snapshot[key] else { return }
                var record = try CommitRecord(bytes, .standard)
                record.logBoundary = 8
                backend.replace(key, with: record.encoded(.standard))
            } catch {
                Issue.record(error)
            }
        }
        let result = await outcome { () throws(EngineError) in
            try await stalled.write([77], to: "lost")
        }
        #expect(result.code == .tryAgain)
        #expect(backend.snapshot[BoardKeys.commit(4)] != nil)
        let store = try await ground.open(on: backend, label: 8)
        #expect(try await store.read("p") == [12, 1])
        #expect(try await store.pins().map(\.name) == ["p"])
        // The stalled writer itself goes on with the log as it is.
        try await stalled.write([78], to: "found")
        #expect(try await store.read("found") == [78])
        #expect(try await store.snapshot().sequence == 13)
    }

    @Test func collectionPrunesTheLogAndKeepsTheNewest() async throws {
        let ground = Ground(seed: 8)
        let backend = MemoryBackend()
        let store = try await ground.create(on: backend)
        try await store.write([1], to: "p")
        for number in 0..<400 { _ = try await store.setLabel("l", of: "p", number) }
        let behind = try await ground.open(on: backend, label: 3)
        try await store.collect()
        let kept = backend.keys("commits/").compactMap { BoardKeys.sequence(of: $0) }
        #expect(kept.count >= 256)
        #expect(kept.count < 300)
        #expect(kept.last == (try await store.snapshot().sequence))
        #expect(kept == Array(kept[0]...kept[kept.count - 1]))
        for pointer in [nil, backend.snapshot["latest"]] {
            backend.replace("latest", with: pointer)
            #expect(try await ground.open(on: backend, label: 4).read("p") == [1])
        }
        #expect(try await behind.read("p") == [1])
        try await behind.write([2], to: "p")
        #expect(try await store.read("p") == [2])
    }

    @Test func aStoreThatSleptThroughAPruningWakesUp() async throws {
        let ground = Ground(seed: 9)
        let backend = MemoryBackend()
        let store = try await ground.create(on: backend)
        try await store.write([1], to: "p")
        let asleep = try await ground.open(on: backend, label: 3)
        #expect(try await asleep.read("p") == [1])
        for number in 0..<600 { _ = try await store.setLabel("l", of: "p", number) }
        try await store.write([2], to: "p")
        try await store.collect()
        #expect(!backend.keys("commits/").contains(BoardKeys.commit(1)))
        #expect(try await asleep.read("p") == [2])
        try await asleep.write([3], to: "q")
        #expect(try await store.pins().count == 2)
    }
}

extension Store {
    /// A change that is a commit and little else: the label goes on and off.
    func setLabel(_ label: String, of pin: String, _ number: Int) async throws(EngineError)
        -> String
    {
        try await setLabel("\(label)\(number / 2)", of: pin, to: number % 2 == 0 ? .latest : nil)
    }
}

/// What is missing is said: a board never goes back to an older state by itself.
@Suite struct LostCommitTests {
    @Test func aMissingNewestCommitIsDamageAndNoOlderState() async throws {
        let ground = Ground(seed: 91)
        let backend = MemoryBackend()
        let store = try await ground.create(on: backend)
        for number in 1...4 { try await store.write([UInt8(number)], to: "p\(number)") }
        let newest = try await store.snapshot().sequence
        try await backend.delete(BoardKeys.commit(newest))
        let fresh = try await ground.open(on: backend)
        let error = await failure { () throws(EngineError) in _ = try await fresh.pins() }
        #expect(error == .corrupt)
        let known = await failure { () throws(EngineError) in _ = try await store.pins() }
        #expect(known == .corrupt)
    }
}

import Foundation
import PinFormat
import PinStorage
import PinTesting
import PinTransforms
import Testing

@testable import PinEngine

/// Goal: a board of 100,000 objects, 10,000 pins and 100,000 commits is found, read and written
/// with as few requests as a small one, and nothing is listed on the way. Method: such a board is
/// put together in memory, and its calls are counted; `make test-scale` writes one commit by
/// commit.
@Suite(.serialized, .timeLimit(.minutes(60))) struct ScaleTests {
    private static let pinCount = 10_000
    private static let commitCount: UInt64 = 100_000
    /// Whether the long form was asked for.
    private static let isLong = ProcessInfo.processInfo.environment["PINS_SCALE"] == "long"
    /// How many commits that one makes.
    private static let longCount =
        ProcessInfo.processInfo.environment["PINS_SCALE_COMMITS"].flatMap { Int($0) } ?? 100_000
    private static let remote = BackendCapabilities(isRemote: true)

    private static func configuration(_ label: UInt64) -> StoreConfiguration {
        StoreConfiguration(
            clock: ManualClock(), random: SeededRandom(seed: 61).fork(label), producer: "test")
    }

    /// A commit again, under another number.
    private static func moved(
        _ record: CommitRecord, to sequence: UInt64, after previous: Digest, id: UInt8
    ) -> (bytes: [UInt8], digest: Digest) {
        var record = record
        (record.sequence, record.previous) = (sequence, previous)
        record.commitID = [UInt8](repeating: id, count: 16)
        let bytes = record.encoded(.standard)
        return (bytes, CommitLog.digest(of: bytes))
    }

    /// A board of the size in the name. Most of its commits are never read: one byte stands for
    /// each.
    private static func board() async throws -> MemoryBackend {
        let backend = MemoryBackend(capabilities: remote, pageCount: 1_000, hasLocalObjects: false)
        let store = try await Store.create(on: backend, configuration: configuration(0))
        try await store.write(SeededRandom(seed: 62).bytes(count: 10_000), to: "pin-0")
        _ = try await store.commitTogether { (snapshot) throws(EngineError) in
            let version = try snapshot.resolve(.latest, of: "pin-0")
            var change = StateChange(.write)
            for number in 1..<pinCount {
                var record = version.record
                record.pinName = "pin-\(number)"
                record.metadata.title = "Number \(number)"
                try snapshot.add(
                    record, packs: version.row.packs, replacing: false, &change)
            }
            return change
        }
        let record = try await store.snapshot().commit
        var digest = Digest(1, 2, 3, 4)
        for sequence in [commitCount - 1, commitCount] {
            let commit = moved(record, to: sequence, after: digest, id: UInt8(sequence % 251))
            backend.replace(BoardKeys.commit(sequence), with: commit.bytes)
            digest = commit.digest
        }
        for sequence in 1..<commitCount - 1 {
            backend.replace(BoardKeys.commit(sequence), with: [0])
        }
        backend.replace(
            BoardKeys.latest,
            with: LatestRecord(sequence: commitCount, digest: digest).encoded(.standard))
        // Orphans that a collection has not come to yet: the board has 200,000 objects.
        for number in 0..<Int(commitCount) {
            let random = (0..<16).map { UInt8(truncatingIfNeeded: number >> (8 * ($0 % 4))) }
            let name = ObjectName(base: 3, random: random)
            backend.replace(BoardKeys.pack(name), with: [1])
        }
        return backend
    }

    /// What a server would see.
    private static func requests(_ counted: CountingBackend) -> Int {
        counted.total.calls - counted[.openLocal].calls
    }

    /// Counts the calls of one operation on a store that was just opened.
    private static func calls(
        _ backend: any BoardBackend, _ body: (Store) async throws -> Void
    ) async throws -> CountingBackend {
        let counted = CountingBackend(backend)
        let store = try await Store.open(on: counted, configuration: configuration(7))
        counted.reset()
        try await body(store)
        return counted
    }

    @Test func aBoardOf100_000ObjectsCostsWhatASmallOneDoes() async throws {
        let backend = try await Self.board()
        var counted = try await Self.calls(backend) { store in
            let newest = try await store.log.newest(known: nil)
            #expect(newest?.record.sequence == Self.commitCount)
        }
        #expect(Self.requests(counted) <= 4)

        counted = try await Self.calls(backend) { store in
            let pins = try await store.pins()
            #expect(pins.count == Self.pinCount)
        }
        // The newest commit, and one segment.
        #expect(Self.requests(counted) <= 5 && counted[.list].calls == 0)

        counted = try await Self.calls(backend) { store in
            let bytes = try await store.read("pin-7654")
            #expect(bytes == SeededRandom(seed: 62).bytes(count: 10_000))
        }
        #expect(Self.requests(counted) <= 6 && counted[.list].calls == 0)

        // A write: newest commit and segment, a pack, the newest commit again, commit, the one
        // before it, `latest`.
        counted = try await Self.calls(backend) { store in
            try await store.write([1, 2, 3], to: "pin-77")
        }
        #expect(Self.requests(counted) <= 11 && counted[.list].calls == 0)
        counted = try await Self.calls(backend) { store in
            _ = try await store.setLabel("prod", of: "pin-9999", to: .latest)
        }
        #expect(Self.requests(counted) <= 8 && counted[.list].calls == 0)
        counted = try await Self.calls(backend) { store in
            _ = try await store.delete("pin-5", nil)
        }
        #expect(Self.requests(counted) <= 8 && counted[.list].calls == 0)
        let store = try await Store.open(on: backend, configuration: Self.configuration(8))
        #expect(try await store.snapshot().sequence == Self.commitCount + 3)
        #expect(try await store.pins().count == Self.pinCount - 1)
    }

    @Test func aStaleLatestIsOvertakenInAFewSteps() async throws {
        let backend = try await Self.board()
        backend.replace(
            BoardKeys.latest,
            with: LatestRecord(sequence: 40_000, digest: Digest(0, 0, 0, 0)).encoded(.standard))
        let counted = try await Self.calls(backend) { store in
            let newest = try await store.log.newest(known: nil)
            #expect(newest?.record.sequence == Self.commitCount)
        }
        // Galloping and bisection over 60,000 commits: 2 × log₂.
        #expect(Self.requests(counted) <= 2 * 16 + 4 && counted[.list].calls == 0)
    }

    @Test func withoutLatestTheLogIsListedPageByPage() async throws {
        let small = MemoryBackend(capabilities: Self.remote, pageCount: 100, hasLocalObjects: false)
        let store = try await Store.create(on: small, configuration: Self.configuration(0))
        for number in 0..<3 { try await store.write([UInt8(number)], to: "p") }
        let record = try await store.snapshot().commit
        var digest = Digest(1, 2, 3, 4)
        for sequence: UInt64 in 4...1_999 { small.replace(BoardKeys.commit(sequence), with: [0]) }
        for sequence: UInt64 in 2_000...2_001 {
            let commit = Self.moved(record, to: sequence, after: digest, id: UInt8(sequence % 251))
            small.replace(BoardKeys.commit(sequence), with: commit.bytes)
            digest = commit.digest
        }
        small.replace(BoardKeys.latest, with: nil)
        let counted = try await Self.calls(small) { store in
            let newest = try await store.log.newest(known: nil)
            #expect(newest?.record.sequence == 2_001)
        }
        #expect(counted[.list].calls == 21)
        #expect(Self.requests(counted) <= 21 + 4)
    }

    /// 100,000 commits, one after the other: a tenth of them new pins, the others labels.
    @Test(.enabled(if: isLong)) func aBoardGrowsTo100_000Commits() async throws {
        let backend = MemoryBackend(capabilities: Self.remote, hasLocalObjects: false)
        let made = try await Store.create(on: backend, configuration: Self.configuration(0))
        let counted = CountingBackend(backend)
        let store = try await Store.open(on: counted, configuration: Self.configuration(1))
        let count = Self.longCount
        var (early, late) = (0, 0)
        for number in 0..<count {
            counted.reset()
            if number % 10 == 0 {
                try await store.write(
                    SeededRandom(seed: UInt64(number)).bytes(count: 100), to: "pin-\(number / 10)")
            } else {
                _ = try await store.setLabel(
                    "l-\(number % 10)", of: "pin-\(number / 10)", to: .latest)
            }
            // The log of a new board is looked for by listing: there is no `latest` yet.
            let lists = counted[.list].calls
            #expect(lists == 0 || number == 0, "\(lists) listings for commit \(number)")
            if number < 1_000 { early = max(early, Self.requests(counted)) }
            if number >= count - 1_000 { late = max(late, Self.requests(counted)) }
        }
        // What grows are the segments that a commit may merge, with the logarithm of their number.
        #expect(late <= early + 8, "\(early) calls at first, \(late) in the end")
        #expect(backend.snapshot.count >= count)
        let fresh = try await Self.calls(backend) { store in
            let newest = try await store.log.newest(known: nil)
            #expect(newest?.record.sequence == UInt64(count))
            let pins = try await store.pins()
            #expect(pins.count == count / 10)
            for number in [0, count / 20, count / 10 - 1] {
                let bytes = try await store.read("pin-\(number)", "l-9")
                #expect(bytes == SeededRandom(seed: UInt64(10 * number)).bytes(count: 100))
            }
        }
        #expect(fresh[.list].calls == 0)
        let report = try await made.collect(CollectionOptions())
        #expect(report.freedByteCount == 0)
        #expect(try await Store.verify(on: backend, VerifyOptions()).isSound)
    }
}

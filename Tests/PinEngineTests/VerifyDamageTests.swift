import PinFormat
import PinStorage
import PinTesting
import Testing

@testable import PinEngine

/// Goal: whatever byte of whatever object changes, verification names that object alone, and every
/// version that a reader then cannot read. Method: boards of a few kilobytes; one changed byte, a
/// cut, an addition or a missing object at a time, compared with what a reader of the damaged board
/// gets. All bytes of short objects, a sample of others.
@Suite struct VerifyDamageTests {
    typealias Version = VerifyProblem.Version

    /// Pins with shared chunks, a tree, several packs, labels, deleted versions; segments if the
    /// target is small.
    static func sample(
        seed: UInt64, inlineByteTarget: Int, parityPercent: Int? = nil
    ) async throws -> VerifyBoard {
        let board = VerifyBoard(
            seed: seed, packByteTarget: 24 << 10, inlineByteTarget: inlineByteTarget,
            parityPercent: parityPercent)
        let store = try await board.create()
        let shared = sampleBytes(12_000, board.random)
        for pin in ["alpha", "owner/beta", "gamma"] {
            for turn in 0..<2 {
                let own = sampleBytes(700, board.random)
                try await board.write(
                    pin, [("a/one.csv", shared + own), ("two.txt", [UInt8(turn)])], on: store)
            }
        }
        var large = sampleBytes(30_000, board.random)
        for _ in 0..<2 {
            try await board.write("large", [("data", large)], on: store)
            large.replaceSubrange(10_000..<10_020, with: sampleBytes(30, board.random))
        }
        _ = try await store.setLabel("prod", of: "alpha", to: .latest)
        try await board.write("gone", [("x", sampleBytes(50, board.random))], on: store)
        _ = try await store.delete("gone", nil)
        return board
    }

    @Test func theSampleHasAllKindsOfThings() async throws {
        let board = try await Self.sample(seed: 20, inlineByteTarget: 1 << 10)
        let report = try await board.verify()
        #expect(report.isSound, "\(report.summary)")
        let snapshot = try await board.open().snapshot()
        #expect(!snapshot.commit.indexSegments.isEmpty && !snapshot.commit.tableSegments.isEmpty)
        var kinds: Set<FrameKind> = []
        var depths: Set<Int> = []
        for layer in snapshot.index.layers {
            try layer.forEachEntry { (_, entry) throws(EngineError) in
                kinds.insert(entry.header.kind)
                depths.insert(entry.header.depth)
            }
        }
        #expect(kinds == [.chunk, .node] && depths.isSuperset(of: [0, 1]), "depths \(depths)")
    }

    /// What is wrong with a verification of a damaged board, or nothing.
    static func complaint(
        _ board: VerifyBoard, _ object: ObjectKey, _ versions: [Version],
        _ good: [Version: Digest]
    ) async -> String? {
        do {
            let report = try await board.verify()
            let readable = await board.readable(versions)
            let problem = report.problems.first
            let lost = versions.filter { readable[$0] != good[$0] }
            // What nothing names is told of apart, and hurts nobody.
            if report.isSound, report.damagedOrphans.map(\.object) == [object.description] {
                return lost.isEmpty ? nil : "is no orphan: \(lost) are lost"
            }
            if report.problems.count != 1 || problem?.object != object.description
                || report.isSound
            {
                return "names \(report.problems.map(\.object)): \(report.summary)"
            }
            let unnamed = lost.filter {
                problem?.versions.contains($0) != true && board.mentions($0.version)
            }
            if !unnamed.isEmpty { return "does not name \(unnamed): \(report.summary)" }
            return nil
        } catch {
            return "throws \(error)"
        }
    }

    /// The segments that the newest commit names.
    static func namedSegments(_ board: VerifyBoard) async throws -> Set<ObjectKey> {
        let commit = try await board.open().snapshot().commit
        return Set(
            commit.indexSegments.map { BoardKeys.index($0.name) }
                + commit.tableSegments.map { BoardKeys.table($0.name) }
                + commit.sketchSegments.map { BoardKeys.sketches($0.name) })
    }

    private static func expectNamed(
        _ seed: UInt64, inlineByteTarget: Int, samples: Int,
        _ change: @escaping @Sendable (inout [UInt8], Int, SeededRandom) -> Void
    ) async throws {
        let board = try await sample(seed: seed, inlineByteTarget: inlineByteTarget)
        let versions = try await board.versions()
        let good = await board.readable(versions)
        #expect(good.count == versions.count && !versions.isEmpty)
        let newest = board.backend.snapshot.keys.filter { BoardKeys.sequence(of: $0) != nil }.max()
        let named = try await namedSegments(board)
        var chosen: [(ObjectKey, Int)] = []
        for (key, bytes) in board.backend.snapshot.sorted(by: { $0.key < $1.key }) {
            let isOldCommit = BoardKeys.sequence(of: key) != nil && key != newest
            let isOldSegment = !named.contains(key) && BoardKeys.isSegment(key)
            let isPack = key.description.hasPrefix(BoardKeys.packPrefix)
            let wanted =
                isOldCommit || isOldSegment
                ? max(1, samples / 32) : isPack ? (samples + 3) / 4 : samples
            if bytes.count <= wanted {
                chosen += (0..<bytes.count).map { (key, $0) }
            } else {
                chosen += (0..<wanted).map { _ in (key, board.random.below(bytes.count)) }
            }
        }
        let cases = chosen
        let complaints = await withTaskGroup(of: [String].self) { group in
            for part in 0..<2 {
                group.addTask {
                    var found: [String] = []
                    let random = board.random.fork(UInt64(part))
                    for (index, (key, offset)) in cases.enumerated() where index % 2 == part {
                        let copy = board.damaged(key) { change(&$0, offset, random) }
                        if let what = await complaint(copy, key, versions, good) {
                            found.append("\(key) at \(offset) \(what)")
                        }
                    }
                    return found
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        let shown = complaints.prefix(5).joined(separator: "\n")
        let counts = "\(complaints.count) of \(cases.count)"
        #expect(complaints.isEmpty, "seed \(seed), \(counts): \(shown)")
    }

    @Test(arguments: [(21, 64 << 10), (22, 1 << 10)] as [(UInt64, Int)])
    func everyChangedByteIsNamed(seed: UInt64, inlineByteTarget: Int) async throws {
        try await Self.expectNamed(seed, inlineByteTarget: inlineByteTarget, samples: 120) {
            bytes, offset, random in
            bytes[offset] ^= UInt8(1 + random.below(255))
        }
    }

    @Test func everyCutIsNamed() async throws {
        try await Self.expectNamed(23, inlineByteTarget: 1 << 10, samples: 16) {
            bytes, offset, _ in bytes.removeSubrange(offset...)
        }
    }

    @Test func everyAdditionIsNamed() async throws {
        try await Self.expectNamed(24, inlineByteTarget: 1 << 10, samples: 4) {
            bytes, offset, random in bytes += random.bytes(count: 1 + offset % 70)
        }
    }

    @Test(arguments: [64 << 10, 1 << 10])
    func everyMissingObjectIsNamed(inlineByteTarget: Int) async throws {
        let board = try await Self.sample(seed: 25, inlineByteTarget: inlineByteTarget)
        let versions = try await board.versions()
        let good = await board.readable(versions)
        let report = try await board.verify()
        #expect(report.isSound, "\(report.summary)")
        let newest = try await board.open().snapshot().sequence
        let named = try await Self.namedSegments(board)
        for key in board.backend.snapshot.keys.sorted() where key != BoardKeys.latest {
            let text = key.description
            let copy = board.without(key)
            if BoardKeys.isSegment(key) && !named.contains(key) {
                let report = try await copy.verify()
                #expect(report.isSound, "an orphan may go: \(report.summary)")
                continue
            }
            if key == BoardKeys.commit(newest) {
                // The state before it is what is left; 'latest' tells that there was more.
                let report = try await copy.verify()
                #expect(report.problems.map(\.object) == [text], "\(report.summary)")
                continue
            }
            let complaint = await Self.complaint(copy, key, versions, good)
            #expect(complaint == nil, "\(key) \(complaint ?? "")")
        }
    }
}

extension BoardKeys {
    /// Whether a key is that of an index or table segment.
    fileprivate static func isSegment(_ key: ObjectKey) -> Bool {
        [indexPrefix, tablePrefix, sketchPrefix].contains { key.description.hasPrefix($0) }
    }
}

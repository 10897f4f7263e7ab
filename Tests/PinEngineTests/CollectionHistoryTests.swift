import PinFormat
import PinStorage
import PinTesting
import Testing

@testable import PinEngine

/// Goal: whatever was written and pruned, a collection loses nothing that is left (FORMAT.md §9.5).
/// Method: seeded histories of versions whose parts resemble each other, within a version and from
/// one to the next, so that chunks have bases everywhere; some versions are pruned, a collection
/// encodes frames again, and all that is left is read.
@Suite struct CollectionHistoryTests {
    /// What the files of a history are made of.
    private struct Text {
        var random: SeededRandom
        var blocks: [[UInt8]] = []

        init(seed: UInt64) {
            random = SeededRandom(seed: seed)
            let templates = (0..<4).map { _ in bytes(5_000) }
            for _ in 0..<60 {
                blocks.append(changed(templates[Int.random(in: 0..<4, using: &random)]))
            }
        }

        var content: [UInt8] { Array(blocks.joined()) }

        private mutating func bytes(_ count: Int) -> [UInt8] {
            (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
        }

        /// The same but for a few bytes.
        private mutating func changed(_ block: [UInt8]) -> [UInt8] {
            var block = block
            for _ in 0..<Int.random(in: 0...12, using: &random) {
                block[Int.random(in: block.indices, using: &random)] ^= 0x55
            }
            return block
        }

        /// Blocks change, move, come and go.
        mutating func edit() {
            for _ in 0..<Int.random(in: 1...10, using: &random) {
                let place = Int.random(in: blocks.indices, using: &random)
                let other = Int.random(in: blocks.indices, using: &random)
                switch Int.random(in: 0..<6, using: &random) {
                case 0: blocks.swapAt(place, other)
                case 1: blocks.insert(changed(blocks[other]), at: place)
                case 2 where blocks.count > 12: blocks.remove(at: place)
                case 3: blocks[place] = bytes(Int.random(in: 500...6_000, using: &random))
                default: blocks[place] = changed(blocks[place])
                }
            }
        }
    }

    /// In seed 21 a frame would stand on one that is encoded again later, and higher.
    private static let seeds: [UInt64] = isLong ? Array(1...100) : [21, 1, 2, 3]

    @Test(arguments: seeds) func aCollectionLosesNothingThatIsLeft(seed: UInt64) async throws {
        let ground = Ground(seed: seed)
        let backend = MemoryBackend()
        let store = try await ground.create(on: backend)
        var text = Text(seed: seed)
        var left: [(version: String, content: [UInt8])] = []
        for _ in 0..<3 {
            for _ in 0..<4 {
                text.edit()
                let version = try await store.write(text.content, to: "p").version.versionName
                left.append((version, text.content))
            }
            let latest = left.removeLast()
            left.removeAll { _ in Int.random(in: 0..<5, using: &text.random) < 3 }
            left.append(latest)
            let names = Set(left.map(\.version))
            _ = try await store.prune("p", isDryRun: false) {
                $0.filter { !names.contains($0.versionName) }
            }
            ground.clock.advance(seconds: 1)
            try await store.collect(exclusive: Bool.random(using: &text.random))
            let other = try await ground.open(on: backend, label: 9)
            for (version, content) in left {
                let isSame = try await other.read("p", version) == content
                #expect(isSame, "\(version), seed \(seed)")
            }
        }
        var options = VerifyOptions()
        options.readsData = true
        let report = try await Store.verify(
            on: backend, options, configuration: ground.configuration(label: 78))
        #expect(report.problems.map(\.what) == [], "seed \(seed)")
    }

    @Test func whatWouldLoseAFrameIsNoticedBeforeItIsCommitted() async throws {
        try await CollectionAuditLaw().hold()
    }
}

/// The last look of a collection: what it must find, whatever went wrong before.
struct CollectionAuditLaw {
    func hold() async throws {
        let ground = Ground(seed: 600)
        let store = try await ground.create(on: MemoryBackend())
        var bytes = ground.bytes(60_000)
        try await store.write(bytes, to: "p")
        for place in stride(from: 50, to: bytes.count, by: 900) { bytes[place] ^= 0xFF }
        try await store.write(bytes, to: "p")
        let snapshot = try await store.snapshot()
        var marker = LivenessMarker(store, snapshot)
        for version in try snapshot.versions() { try await marker.mark(version.record) }
        let packs = Set(try snapshot.index.packs.all().map(\.name))
        #expect(packs.count > 1)
        func isWhole(_ staying: Set<ObjectName>, _ places: [FramePlace]) -> Bool {
            let audit = CollectionAudit(snapshot.index, staying: staying, places: places)
            return (try? audit.requireWhole(marker.direct)) != nil
        }
        #expect(isWhole(packs, []))
        for pack in packs {
            let rest = packs.subtracting([pack])
            let moved = try places(of: pack, snapshot.index)
            #expect(!isWhole(rest, []), "without \(pack)")
            #expect(!isWhole(rest, Array(moved.dropLast())), "without a frame of \(pack)")
            #expect(isWhole(rest, moved), "moved from \(pack)")
        }
        // Copies that stand as high as what needs them are no bases (§6.1).
        let all = try packs.flatMap { try places(of: $0, snapshot.index) }
        let raised = try all.map { place in
            guard place.header.kind == .chunk, place.bases.isEmpty else { return place }
            let bases = [FrameHeader](repeating: place.header, count: 1)
            let header = try FrameHeader(deltaOf: bases, rawByteCount: place.header.rawByteCount)
            let other = try #require(all.first { $0.header.kind == .chunk && $0 != place })
            return FramePlace(
                digest: place.digest, pack: place.pack, offset: place.offset,
                storedByteCount: place.storedByteCount, header: header, bases: [other.digest])
        }
        #expect(isWhole([], all))
        #expect(!isWhole([], raised))
    }

    private func places(
        of pack: ObjectName, _ index: ChunkIndex
    ) throws(EngineError) -> [FramePlace] {
        var found: [FramePlace] = []
        for layer in index.layers {
            try layer.forEachEntry { (_, entry) throws(EngineError) in
                guard layer.tables.packs[entry.pack] == pack else { return }
                found.append(try layer.place(entry))
            }
        }
        return found
    }
}

@testable import PinEngine
import PinFormat
import PinTesting
import PinTransforms
import Testing

/// The manifest builder against the rule of FORMAT.md §7.3, written down as plainly as it stands there.
@Suite struct ManifestTests {
    /// The nodes of all levels, cut by the closing rule, from the lowest to the root.
    private func reference(_ chunks: [ManifestNode.Entry]) -> (root: Digest, nodes: Set<Digest>) {
        var (entries, level, nodes) = (chunks, 0, Set<Digest>())
        while true {
            var pages: [[ManifestNode.Entry]] = [[]]
            for entry in entries {
                pages[pages.count - 1].append(entry)
                if entry.closesNode(ofEntryCount: pages[pages.count - 1].count) { pages.append([]) }
            }
            if pages.last?.isEmpty == true { pages.removeLast() }
            entries = pages.map { page in
                let node = ManifestNode(level: level, entries: page)
                let digest = SHA256.digest(domain: .node, node.encoded)
                nodes.insert(digest)
                return ManifestNode.Entry(
                    digest: digest, byteCount: node.byteCount, chunkCount: node.chunkCount)
            }
            if entries.count == 1 { return (entries[0].digest, nodes) }
            level += 1
        }
    }

    private func chunks(_ count: Int, _ random: SeededRandom, closing: Int) -> [ManifestNode.Entry]
    {
        (0..<count).map { index in
            var bytes = random.bytes(count: 32)
            // `closing` of 32 digests end a node: 0 makes full pages, 32 the smallest ones.
            if random.below(32) < closing { bytes[31] &= 0xE0 } else { bytes[31] |= 1 }
            return ManifestNode.Entry(
                digest: Digest(bytes: bytes), byteCount: UInt64(index % 9 + 1))
        }
    }

    @Test(
        arguments: [0, 1, 32],
        [
            2, 3, 15, 16, 17, 31, 32, 33, 255, 256, 257, 511, 512, 513, 4_097, 9_000,
        ])
    func theBuilderMakesTheNodesOfTheRule(closing: Int, count: Int) throws {
        let random = SeededRandom(seed: UInt64(closing * 100_000 + count))
        let entries = chunks(count, random, closing: closing)
        var builder = ManifestBuilder()
        var emitted: [Digest] = []
        let emit: ManifestBuilder.Emit = { bytes in
            let digest = SHA256.digest(domain: .node, bytes)
            emitted.append(digest)
            return digest
        }
        for entry in entries {
            try builder.add(entry.digest, byteCount: Int(entry.byteCount), emit: emit)
        }
        let content = try builder.finish(emit)
        let expected = reference(entries)
        #expect(content == .tree(expected.root), "seed \(random.seed)")
        #expect(Set(emitted) == expected.nodes, "seed \(random.seed)")
        #expect(emitted.count == expected.nodes.count)
        #expect(builder.byteCount == entries.reduce(0) { $0 + $1.byteCount })
    }

    @Test func noChunkAndOneChunkNeedNoNode() throws {
        let emit: ManifestBuilder.Emit = { _ in Digest(0, 0, 0, 0) }
        var empty = ManifestBuilder()
        #expect(try empty.finish(emit) == .empty)
        var single = ManifestBuilder()
        try single.add(Digest(1, 2, 3, 4), byteCount: 5, emit: emit)
        #expect(try single.finish(emit) == .chunk(Digest(1, 2, 3, 4)))
    }
}

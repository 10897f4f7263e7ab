import BenchmarkSupport
import PinEngine
import PinFormat
import PinStorage
import PinTesting
import PinTransforms

/// A board that has an index and no data: deterministic, and made without holding it in memory.
///
/// Digests of a segment are spread evenly with a random part, so that they ascend as they are made.
struct SimulatedIndex: Sendable {
    /// How many entries each segment has, the largest first.
    let layers: [Int]
    var entryCount: Int { layers.reduce(0, +) }
    var isMerged: Bool { layers.count == 1 }

    /// As many segments as commits leave at most, without any collection: seven large ones, and
    /// small ones that are each a quarter of the one before.
    static func crowded(_ entryCount: Int) -> SimulatedIndex {
        var (layers, left, small): ([Int], Int, [Int]) = ([], entryCount, [])
        var size = min(74_000, entryCount / 20)
        while size >= 150 {
            small.append(size)
            left -= size
            size /= 4
        }
        for _ in 0..<6 {
            layers.append(left / 2)
            left -= left / 2
        }
        return SimulatedIndex(layers: layers + [left] + small)
    }

    /// As a collection leaves it.
    static func merged(_ entryCount: Int) -> SimulatedIndex { SimulatedIndex(layers: [entryCount]) }

    // MARK: - Entries

    /// The digest of an entry.
    func digest(_ entry: Int, of layer: Int) -> Digest {
        let step = UInt64.max / UInt64(layers[layer])
        let random = Self.mix(UInt64(layer) << 48 ^ UInt64(entry))
        return Digest(
            step * UInt64(entry) + random % step, Self.mix(random), Self.mix(random ^ 1),
            Self.mix(random ^ 2))
    }

    /// The finaliser of SplitMix64.
    private static func mix(_ value: UInt64) -> UInt64 {
        var value = value &+ 0x9E37_79B9_7F4A_7C15
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }

    /// Digests to look up.
    struct Digests {
        private let index: SimulatedIndex
        private let isPresent: Bool
        private var state: UInt64

        init(_ index: SimulatedIndex, seed: UInt64, present: Bool) {
            (self.index, isPresent, state) = (index, present, seed << 32)
        }

        mutating func next() -> Digest {
            state += 1
            let random = SimulatedIndex.mix(state)
            guard isPresent else {
                return Digest(random, SimulatedIndex.mix(random), 1, 2)
            }
            var (layer, entry) = (0, Int(random % UInt64(index.entryCount)))
            while entry >= index.layers[layer] {
                entry -= index.layers[layer]
                layer += 1
            }
            return index.digest(entry, of: layer)
        }
    }

    // MARK: - The board

    /// How many chunks a pack of 32 MiB has, about.
    private static let packEntryCount = 512

    private func packs(of layer: Int) -> [ObjectName] {
        (0..<max(1, layers[layer] / Self.packEntryCount)).map { number in
            let random = Self.mix(UInt64(layer) << 40 | UInt64(number))
            return ObjectName(
                base: UInt64(layer),
                random: (0..<16).map { UInt8(truncatingIfNeeded: random >> (4 * $0)) })
        }.sorted()
    }

    /// Writes the board.
    func write(to folder: String) throws {
        try Program.wait {
            let backend = FolderBackend(folder)
            let config = BoardConfig(
                boardID: Array(repeating: 1, count: 16), producer: "benchmark")
            var commit = CommitRecord(
                sequence: 1, previous: Digest(0, 0, 0, 0),
                commitID: Array(repeating: 2, count: 16), kind: .write, timeSeconds: nil,
                boardID: config.boardID, producer: "benchmark")
            for layer in layers.indices {
                commit.indexSegments.append(try await writeSegment(layer, to: backend))
            }
            commit.tableSegments = [try await writeRows(to: backend)]
            _ = try await backend.put(
                BoardKeys.config, config.encoded(.standard), mode: .overwrite)
            _ = try await backend.put(
                BoardKeys.commit(1), commit.encoded(.standard), mode: .overwrite)
        }
    }

    private func writeRows(to backend: FolderBackend) async throws -> SegmentReference {
        let row = PackRow(
            status: .live, byteCount: 1 << 25, footerByteCount: 1 << 16,
            footerDigest: Digest(0, 0, 0, 0), frameCount: Self.packEntryCount, rawByteCount: 1 << 25
        ).encoded
        let names = Set(layers.indices.flatMap(packs(of:))).sorted()
        let bytes = TableSegment.encode(
            names.map { TableRow(key: RowKey.pack($0), value: row) }, .standard)
        let name = ObjectName(base: 0, random: Array(repeating: 9, count: 16))
        _ = try await backend.put(BoardKeys.table(name), bytes, mode: .overwrite)
        return SegmentReference(
            name: name, byteCount: bytes.count, entryCount: names.count,
            digest: Checksums.standard.sha256(bytes, 0..<bytes.count))
    }

    private func writeSegment(
        _ layer: Int, to backend: FolderBackend
    ) async throws -> SegmentReference {
        let packs = Set(packs(of: layer)).sorted()
        var builder = IndexSegmentBuilder(
            packs: packs, expectedEntryCount: layers[layer], .standard)
        var scratch = Scratch()
        for number in 0..<layers[layer] {
            try builder.measure(
                scratch.entry(digest(number, of: layer), number, packCount: packs.count))
        }
        let layout = builder.layout
        let name = ObjectName(base: UInt64(layer), random: Array(repeating: 8, count: 16))
        let writer = try await backend.writer(
            BoardKeys.index(name), byteCount: layout.byteCount, mode: .overwrite)
        var seal = SHA256()
        var object = SHA256()
        var piece = builder.finishTables()
        for number in 0..<layers[layer] {
            IndexSegmentBuilder.append(
                scratch.entry(digest(number, of: layer), number, packCount: packs.count),
                firstBase: 0, to: &piece)
            guard piece.count >= 1 << 20 || number == layers[layer] - 1 else { continue }
            seal.update(piece.span.bytes)
            object.update(piece.span.bytes)
            try await writer.append(piece)
            piece.removeAll(keepingCapacity: true)
        }
        let end = seal.finish().bytes
        object.update(end.span.bytes)
        try await writer.append(end)
        _ = try await writer.publish()
        return SegmentReference(
            name: name, byteCount: layout.byteCount, entryCount: layers[layer],
            digest: object.finish())
    }

    /// The 56 bytes of an entry (FORMAT.md §7.4), made in one place again and again.
    private struct Scratch {
        private var bytes = [UInt8](repeating: 0, count: IndexSegmentLayout.entryByteCount)

        mutating func entry(
            _ digest: Digest, _ number: Int, packCount: Int
        ) -> IndexSegmentBuilder.Entry {
            bytes.replaceSubrange(0..<32, with: digest.bytes)
            set(64 + number / packCount * 20_000 % (1 << 25), at: 36)
            set(20_000, at: 40)
            set(65_536, at: 44)
            (bytes[48], bytes[50]) = (1 << 2, 1)
            return IndexSegmentBuilder.Entry(
                bytes, at: 0, digest: digest, baseCount: 0, pack: number % packCount)
        }

        private mutating func set(_ value: Int, at place: Int) {
            for step in 0..<4 {
                bytes[place + step] = UInt8(truncatingIfNeeded: value >> (8 * step))
            }
        }
    }
}

internal import PinFormat
internal import PinStorage

/// Which version each frame of the index belongs to, if it belongs to one only.
private struct Ownership {
    private static let shared = UInt32.max
    private var owners: [[UInt32]]

    init(_ index: ChunkIndex) {
        owners = index.layers.map { Array(repeating: 0, count: $0.entryCount) }
    }

    /// Notes that `version` needs a frame; returns whether that was not known.
    mutating func add(_ copy: ChunkIndex.Copy, _ version: Int) -> Bool {
        let mark = UInt32(version + 1)
        let current = owners[copy.layer][copy.ordinal]
        guard current != mark, current != Self.shared else { return false }
        owners[copy.layer][copy.ordinal] = current == 0 ? mark : Self.shared
        return true
    }

    /// The version that alone needs a frame; -1 if several do, `nil` if none does.
    func owner(layer: Int, ordinal: Int) -> Int? {
        let mark = owners[layer][ordinal]
        return mark == 0 ? nil : mark == Self.shared ? -1 : Int(mark) - 1
    }
}

/// Sizes and sharing.
extension Store {
    /// Sizes of the board, or of one pin, and what deleting each version would free.
    ///
    /// - Throws: ``EngineError/Code/notFound`` if there is no such pin.
    /// - Complexity: O(*n*) in the nodes that versions have of their own; four bytes for each entry
    ///   of the index.
    public func statistics(of pin: String? = nil) async throws(EngineError) -> BoardStatistics {
        try await runBlocking { () async throws(EngineError) in
            try await self.reading { (snapshot) throws(EngineError) in
                try await self.statistics(of: pin, in: snapshot)
            }
        }
    }

    private func statistics(
        of pin: String?, in snapshot: Snapshot
    ) async throws(EngineError) -> BoardStatistics {
        let versions = try snapshot.versions()
        // Names are compared by their bytes, as everywhere: equivalent strings can be two pins.
        let wanted = versions.filter { version in
            pin.map { version.record.pinName.utf8.elementsEqual($0.utf8) } ?? true
        }
        guard pin == nil || !wanted.isEmpty else { throw Self.noPin(pin ?? "") }
        var ownership = Ownership(snapshot.index)
        for (number, version) in versions.enumerated() {
            try self.checkCancellation()
            try await self.claim(version.record, number, snapshot, &ownership)
        }
        var statistics = try Self.shares(snapshot, versions, ownership, pin)
        var marker = LivenessMarker(self, snapshot)
        for version in wanted { try await marker.mark(version.record) }
        try Self.count(marker.marked, snapshot.index, &statistics)
        if pin == nil { statistics.packCount = try snapshot.index.packs.all().count }
        statistics.indexByteCount =
            UInt64(snapshot.byteCount)
            + snapshot.commit.segments.reduce(0) { $0 + UInt64($1.byteCount) }
        statistics.parityPercent = config.parityPercent
        guard backend.capabilities.list else {
            // What the commit names: leftovers of others cannot be seen.
            statistics.storedByteCount =
                try snapshot.index.packs.all().reduce(statistics.indexByteCount) {
                    $0 &+ UInt64(clamping: $1.row.byteCount)
                }
            return statistics
        }
        do throws(BackendError) {
            for object in try await self.backend.listAll(prefix: "") {
                let byteCount = UInt64(clamping: object.byteCount)
                statistics.storedByteCount &+= byteCount
                guard object.key.text.hasPrefix(BoardKeys.parityPrefix) else { continue }
                statistics.parityByteCount &+= byteCount
            }
        } catch {
            throw EngineError(error)
        }
        return statistics
    }

    /// Walks a version, except below what is known to be its own already or shared.
    private func claim(
        _ version: VersionRecord, _ number: Int, _ snapshot: Snapshot,
        _ ownership: inout Ownership
    ) async throws(EngineError) {
        var files = try await files(of: version, snapshot)
        if case .stored(let list, _) = version.files { files.append(list) }
        for file in files {
            var pending: [(digest: Digest, isNode: Bool)] =
                switch file.content {
                case .empty: []
                case .chunk(let digest): [(digest, false)]
                case .tree(let root): [(root, true)]
                }
            while let (digest, isNode) = pending.popLast() {
                guard let closure = try snapshot.index.closure(digest, isNode ? .node : .chunk),
                    let top = closure.last
                else {
                    throw EngineError(
                        .corrupt,
                        "the frame \(digest.hex.prefix(16))… is in no pack; run 'pins verify'")
                }
                for base in closure.dropLast() { _ = ownership.add(base, number) }
                guard ownership.add(top, number), isNode else { continue }
                let node = try await node(digest, snapshot.index)
                pending += node.entries.map { ($0.digest, node.level > 0) }
            }
        }
    }

    /// What each version has of its own.
    private static func shares(
        _ snapshot: Snapshot, _ versions: [SnapshotVersion], _ ownership: Ownership, _ pin: String?
    ) throws(EngineError) -> BoardStatistics {
        var statistics = BoardStatistics()
        var exclusive = [UInt64](repeating: 0, count: versions.count)
        for (number, layer) in snapshot.index.layers.enumerated() {
            try layer.forEachEntry { (ordinal, entry) throws(EngineError) in
                guard let owner = ownership.owner(layer: number, ordinal: ordinal), owner >= 0
                else { return }
                exclusive[owner] += UInt64(entry.storedByteCount)
            }
        }
        var pins: Set<[UInt8]> = []
        for (number, version) in versions.enumerated() {
            let record = version.record
            guard pin.map({ record.pinName.utf8.elementsEqual($0.utf8) }) ?? true else { continue }
            pins.insert(Array(record.pinName.utf8))
            statistics.versionCount += 1
            statistics.logicalByteCount &+= record.byteCount
            statistics.exclusiveByteCounts.append(
                BoardStatistics.VersionShare(
                    pin: record.pinName, version: record.versionName, byteCount: record.byteCount,
                    exclusiveStoredByteCount: exclusive[number]))
        }
        statistics.pinCount = pins.count
        return statistics
    }

    /// Chunks, their bytes, and the packs that hold what is marked.
    private static func count(
        _ marked: FrameSet, _ index: ChunkIndex, _ statistics: inout BoardStatistics
    ) throws(EngineError) {
        var packs: Set<ObjectName> = []
        var plain = (raw: 0.0, stored: 0.0)
        for (number, layer) in index.layers.enumerated() {
            try layer.forEachEntry { (ordinal, entry) throws(EngineError) in
                guard marked.contains(layer: number, ordinal: ordinal) else { return }
                packs.insert(layer.tables.packs[entry.pack])
                let header = entry.header
                guard header.kind == .chunk else { return }
                statistics.chunkCount += 1
                statistics.uniqueByteCount += UInt64(header.rawByteCount)
                if header.codec == .zstdDelta {
                    statistics.deltaFrameCount += 1
                    statistics.deltaStoredByteCount += UInt64(entry.storedByteCount)
                    statistics.deltaRawByteCount += UInt64(header.rawByteCount)
                } else {
                    plain.raw += Double(header.rawByteCount)
                    plain.stored += Double(entry.storedByteCount)
                }
            }
        }
        statistics.packCount = packs.count
        let ratio = plain.raw > 0 ? plain.stored / plain.raw : 1
        let saved =
            Double(statistics.deltaRawByteCount) * ratio - Double(statistics.deltaStoredByteCount)
        statistics.deltaSavedByteCount = UInt64(max(0, saved))
    }
}

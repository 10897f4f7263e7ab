internal import PinFormat
internal import PinStorage
internal import PinTransforms

/// Finds the frames of a pack that has lost its footer, by a scan from its beginning (FORMAT.md
/// §7.2).
///
/// What a frame is, is the digest of its decoded bytes. Delta frames are decoded when their bases
/// are known.
struct PackScanner {
    private let store: Store
    private let name: ObjectName

    init(_ store: Store, _ name: ObjectName) {
        self.store = store
        self.name = name
    }

    /// A delta frame that waits for its bases.
    struct Delta {
        let pack: ObjectName
        let offset: Int
        let storedByteCount: Int
        let record: FrameRecord
    }

    /// The frames whose records and CRCs hold and that can be decoded, in order; and delta frames.
    ///
    /// - Complexity: O(*n*) in the bytes of the pack, all of which are in memory: at most 256 MiB.
    func scan() async throws(EngineError) -> (places: [FramePlace], deltas: [Delta]) {
        let bytes: [UInt8]
        do throws(BackendError) {
            bytes = try await store.backend.get(BoardKeys.pack(name), limit: Limits.packByteCount)
        } catch {
            throw EngineError(error)
        }
        var places: [FramePlace] = []
        var deltas: [Delta] = []
        var offset = PackHeader.byteCount
        while offset < bytes.count {
            guard let (record, end) = try? FrameRecord.decode(bytes, at: offset, .standard) else {
                offset = Self.nextMagic(bytes, after: offset)
                continue
            }
            if record.header.baseCount > 0 {
                deltas.append(
                    Delta(
                        pack: name, offset: offset, storedByteCount: end - offset, record: record))
            } else if let digest = Self.digest(of: record, bytes, [], store) {
                places.append(
                    FramePlace(
                        digest: digest, pack: name, offset: offset, storedByteCount: end - offset,
                        header: record.header, bases: record.bases))
            }
            offset = end
        }
        return (places, deltas)
    }

    /// Decodes delta frames with bases among `places` and adds them there.
    ///
    /// - Complexity: one closure for each frame; memory O(*n*) in `places`.
    static func resolve(
        _ deltas: [Delta], into places: inout [FramePlace], _ store: Store
    ) async throws(EngineError) {
        guard !deltas.isEmpty else { return }
        var table: [Digest: [FramePlace]] = [:]
        for place in places { table[place.digest, default: []].append(place) }
        // Bases have a smaller depth, so that they come first.
        for delta in deltas.sorted(by: { $0.record.header.depth < $1.record.header.depth }) {
            try store.checkCancellation()
            var prefix: [UInt8] = []
            var isWhole = true
            for base in delta.record.bases where isWhole {
                if let plain = await plain(base, table, store) {
                    prefix += plain
                } else {
                    isWhole = false
                }
            }
            let range = delta.offset..<delta.offset + delta.storedByteCount
            guard isWhole,
                let bytes = try? await store.backend.get(BoardKeys.pack(delta.pack), range: range),
                let record = try? FrameRecord.decode(bytes, at: 0, .standard).record,
                let digest = digest(of: record, bytes, prefix, store)
            else { continue }
            let place = FramePlace(
                digest: digest, pack: delta.pack, offset: delta.offset,
                storedByteCount: delta.storedByteCount, header: record.header, bases: record.bases)
            places.append(place)
            table[digest, default: []].append(place)
        }
    }

    /// The plain bytes of a chunk and its closure among places.
    private static func plain(
        _ digest: Digest, _ table: [Digest: [FramePlace]], _ store: Store
    ) async -> [UInt8]? {
        guard let closure = FrameLocator.closure(digest, .chunk, table) else { return nil }
        var decoded: [Digest: [UInt8]] = [:]
        for place in closure {
            let range = place.offset..<place.offset + place.storedByteCount
            guard
                let bytes = try? await store.backend.get(BoardKeys.pack(place.pack), range: range),
                let plain = try? store.decode(bytes, at: 0, place, decoded)
            else { return nil }
            decoded[place.digest] = plain
        }
        return decoded[digest]
    }

    private static func digest(
        of record: FrameRecord, _ bytes: [UInt8], _ prefix: [UInt8], _ store: Store
    ) -> Digest? {
        store.workers.use { worker in
            guard let plain = try? worker.decode(bytes, record, prefix, nil, "a pack") else {
                return nil
            }
            return worker.digest(plain, record.header.kind)
        }
    }

    /// Where the next record may begin: the four bytes `51 2A 4D 18`.
    private static func nextMagic(_ bytes: [UInt8], after offset: Int) -> Int {
        var place = offset + 1
        while place + 4 <= bytes.count {
            if bytes[place] == 0x51, bytes[place + 1] == 0x2A, bytes[place + 2] == 0x4D,
                bytes[place + 3] == 0x18
            {
                return place
            }
            place += 1
        }
        return bytes.count
    }
}

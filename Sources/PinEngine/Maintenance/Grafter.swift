internal import PinFormat
internal import PinStorage
internal import PinTransforms

/// Stores again what a board has lost, from where it is still to be had: other boards, and files.
///
/// A frame is known by its digest: whatever has those bytes will do. Chunks of files are found by
/// cutting them as the versions were cut; nodes by building their manifests.
struct Grafter {
    private let verifier: Verifier
    private let store: Store
    private let state: VerifiedState

    init(_ verifier: Verifier, _ store: Store, _ state: VerifiedState) {
        self.verifier = verifier
        self.store = store
        self.state = state
    }

    /// - Returns: Whether anything was stored: then the board has one more commit.
    func graft() async throws(EngineError) -> Bool {
        let options = verifier.options
        guard !options.donorBoards.isEmpty || !options.donorFiles.isEmpty, state.tablesAreWhole
        else { return false }
        var lost = try lostFrames()
        guard !lost.isEmpty else { return false }
        var repacker = Repacker(store, base: state.snapshot.sequence)
        for donor in options.donorBoards { try await take(from: donor, &lost, &repacker) }
        for file in options.donorFiles where !lost.isEmpty {
            for chunker in chunkers { try await take(from: file, chunker, &lost, &repacker) }
        }
        try await repacker.finish()
        return try await commit(repacker)
    }

    /// Frames of damaged packs of which no good copy is left.
    private func lostFrames() throws(EngineError) -> Set<FrameKey> {
        let frames = VerifierFrames(state.snapshot, verifier.damagedPacks)
        var lost: Set<FrameKey> = []
        for (name, pack) in verifier.damagedPacks where state.packs[name] != nil {
            for place in pack.places where !pack.isGood(place) {
                let copies = try state.snapshot.index.copies(place.digest, place.header.kind)
                var isLost = true
                for copy in copies where frames.isGood(try state.snapshot.index.place(copy)) {
                    isLost = false
                }
                if isLost {
                    lost.insert(FrameKey(digest: place.digest, kind: place.header.kind))
                }
            }
        }
        return lost
    }

    // MARK: - Donors

    private func take(
        from donor: Store, _ lost: inout Set<FrameKey>, _ repacker: inout Repacker
    ) async throws(EngineError) {
        let snapshot = try await donor.snapshot()
        let reader = FrameReader(donor, snapshot, pin: "", version: "", packs: [])
        for frame in lost.sorted(by: { $0.digest < $1.digest }) {
            try verifier.checkCancellation()
            do throws(EngineError) {
                let bytes = try await reader.frames([frame.digest], frame.kind)
                try await add(frame, bytes[0], &lost, &repacker)
            } catch  where error.code == .corrupt || error.code == .notFound {
                // It does not have it either, or not whole.
                continue
            }
        }
    }

    /// What versions were cut with: most often one.
    private var chunkers: [ChunkerParameters] {
        var found = [store.config.chunker]
        for version in state.versions where !found.contains(version.record.chunker) {
            found.append(version.record.chunker)
        }
        return found
    }

    private func take(
        from file: any ByteSource, _ chunker: ChunkerParameters, _ lost: inout Set<FrameKey>,
        _ repacker: inout Repacker
    ) async throws(EngineError) {
        let reader = FileReader([InputFile(path: "", source: file)], chunker, nil)
        let cutter = BatchCutter(chunker)
        var manifest = ManifestBuilder()
        var nodes: [(FrameKey, [UInt8])] = []
        func emit(_ bytes: [UInt8]) -> Digest {
            let digest = SHA256.digest(domain: .node, bytes)
            nodes.append((FrameKey(digest: digest, kind: .node), bytes))
            return digest
        }
        while true {
            let pieces = try await reader.load()
            if pieces.isEmpty { break }
            try verifier.checkCancellation()
            for batch in cutter.cut(pieces) {
                var start = batch.start
                for end in batch.ends.map({ batch.start + $0 }) {
                    let bytes = Array(batch.buffer.bytes[start..<end])
                    start = end
                    let digest = Checksums.standard.sha256(bytes, 0..<bytes.count)
                    let frame = FrameKey(digest: digest, kind: .chunk)
                    try manifest.add(digest, byteCount: bytes.count) { emit($0) }
                    if lost.contains(frame) { try await add(frame, bytes, &lost, &repacker) }
                }
            }
            for (frame, bytes) in nodes where lost.contains(frame) {
                try await add(frame, bytes, &lost, &repacker)
            }
            nodes = []
        }
        _ = try manifest.finish { emit($0) }
        for (frame, bytes) in nodes where lost.contains(frame) {
            try await add(frame, bytes, &lost, &repacker)
        }
    }

    private func add(
        _ frame: FrameKey, _ bytes: [UInt8], _ lost: inout Set<FrameKey>,
        _ repacker: inout Repacker
    ) async throws(EngineError) {
        let encoded = try store.workers.use { (worker) throws(EngineError) in
            try unsafe worker.encode(bytes.span.bytes)
        }
        let header = FrameHeader(
            kind: frame.kind, codec: encoded.codec, filter: encoded.filter,
            rawByteCount: bytes.count)
        try await repacker.append(frame.digest, header, [], encoded.bytes)
        lost.remove(frame)
    }

    // MARK: - Commit

    /// Names the new packs, also in every version that names a damaged one.
    private func commit(_ repacker: Repacker) async throws(EngineError) -> Bool {
        guard !repacker.rows.isEmpty else { return false }
        var change = StateChange(.administer)
        for (name, row) in repacker.rows { change.set(RowKey.pack(name), row.encoded) }
        change.places = repacker.places
        let damaged = Set(verifier.damagedPacks.keys)
        for version in state.versions where !damaged.isDisjoint(with: version.row.packs) {
            var row = version.row
            row.packs = Set(row.packs).union(repacker.rows.map(\.name)).sorted()
            change.set(RowKey.version(version.name.version, of: version.name.pin), row.encoded)
        }
        let planned = change
        let outcome = try await store.commit { (snapshot) throws(EngineError) in
            snapshot.sequence == state.snapshot.sequence || Check.graftedState.isOff
                ? planned : nil
        }
        return outcome.storedByteCount > 0
    }
}

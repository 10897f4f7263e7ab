internal import PinFormat
internal import PinStorage
internal import PinTransforms

/// Parity of packs (FORMAT.md §7.10): that it is there, and is what it must be.
extension Verifier {
    /// Parity objects of at most so many bytes are read whole.
    private static let wholeByteCountMax = 256 << 10
    /// No description is longer, in bytes.
    private static let headByteCountMax = 40 << 10

    /// Checks the parity of the packs that the state names, and counts that of others.
    func checkParity(_ store: Store, _ state: VerifiedState?) async throws(EngineError) {
        guard store.config.parityPercent != nil, let state else { return }
        let listed = try await list(BoardKeys.parityPrefix)
        var sizes: [ObjectName: Int] = [:]
        for object in listed {
            guard let name = BoardKeys.name(of: object.key, prefix: BoardKeys.parityPrefix) else {
                continue
            }
            sizes[name] = object.byteCount
            guard state.tablesAreWhole, state.packs[name] == nil else { continue }
            orphanCount += 1
            if options.readsData { try await checkOrphan(object) }
        }
        for (name, row) in state.packs.sorted(by: { $0.key < $1.key }) {
            try checkCancellation()
            objectCount += 1
            let what: String?
            do throws(BackendError) {
                let size =
                    backend.capabilities.list
                    ? sizes[name] : try await backend.stat(BoardKeys.parity(name))?.byteCount
                what = try await damage(ofParityOf: name, row, size)
            } catch {
                what = try Self.damage(error)
            }
            guard let what else { continue }
            damagedParity.insert(name)
            note(BoardKeys.parity(name).description, what, .parity)
        }
    }

    /// Checks parity whose pack nothing names.
    private func checkOrphan(_ object: ObjectStat) async throws(EngineError) {
        try checkCancellation()
        let key = object.key
        let most = ParityLayout.byteCountMax(packByteCount: Limits.packByteCount) ?? 0
        do throws(BackendError) {
            let bytes = try await backend.get(key, limit: min(object.byteCount, most))
            advance(bytes.count)
            do throws(FormatError) {
                _ = try PackParity(bytes, .standard)
            } catch {
                noteOrphan(key.description, "it is damaged: \(error)")
            }
        } catch  where error.code == .notFound {
            // It was collected meanwhile.
        } catch {
            noteOrphan(key.description, try Self.damage(error))
        }
    }

    /// What is wrong with the parity of a pack, or `nil`.
    private func damage(
        ofParityOf name: ObjectName, _ row: PackRow, _ size: Int?
    ) async throws(BackendError) -> String? {
        guard let size else {
            if Check.verifyParityMissing.isOff { return nil }
            return "it is missing: nothing protects its pack"
        }
        guard let most = ParityLayout.byteCountMax(packByteCount: row.byteCount), size <= most
        else { return "it is not of the size it must be" }
        let key = BoardKeys.parity(name)
        let isWhole = options.readsData || size <= Self.wholeByteCountMax
        let head = try await backend.get(
            key, range: 0..<(isWhole ? size : min(size, Self.headByteCountMax)))
        advance(head.count)
        let found: ParityDescription
        do throws(FormatError) {
            found =
                isWhole
                ? try PackParity(head, .standard).description
                : try ParityDescription(head, at: Prologue.byteCount, .standard)
        } catch {
            return "it is damaged: \(error)"
        }
        guard found.name == name || Check.verifyParityName.isOff else {
            return "it is that of another pack"
        }
        guard
            found.layout.packByteCount == row.byteCount && found.layout.byteCount == size
                || Check.verifyParitySize.isOff
        else { return "it is not of the size it must be" }
        if isWhole { return nil }
        let tail = try await backend.get(key, range: found.layout.copyOffset..<size)
        advance(tail.count)
        let again = try? ParityDescription(tail, at: 0, .standard)
        return again == found || Check.verifyParityCopies.isOff
            ? nil : "its two descriptions differ"
    }

    // MARK: - Mending

    /// Makes parity again that is missing or damaged, of packs in which every byte is right.
    ///
    /// It is written over what stands there: no commit names it, and if a collection deletes the
    /// pack at the same moment, it is an orphan.
    func restoreParity(
        _ store: Store, _ state: VerifiedState
    ) async throws(EngineError) {
        guard let percent = store.config.parityPercent else { return }
        for name in damagedParity.sorted() {
            guard let row = state.packs[name], damagedPacks[name] == nil else { continue }
            try checkCancellation()
            // Rot that is not known yet must not be made permanent.
            let examiner = PackExaminer(store: store, name: name, row: row, readsData: true)
            let found = try await examiner.examine(expected: { () throws(EngineError) in [] })
            guard found.isSound || Check.paritySound.isOff else { continue }
            do throws(BackendError) {
                var encoder = ParityEncoder(
                    ParityLayout(packByteCount: row.byteCount, percent: percent))
                for start in stride(from: 0, to: row.byteCount, by: Self.pieceByteCount) {
                    let end = min(start + Self.pieceByteCount, row.byteCount)
                    let piece = try await backend.get(BoardKeys.pack(name), range: start..<end)
                    unsafe encoder.update(piece.span.bytes)
                }
                let bytes = encoder.finish(name: name)
                let key = BoardKeys.parity(name)
                guard try await backend.put(key, bytes, mode: .overwrite) != .unknown else {
                    continue
                }
                findings[key.description]?.mended.insert(.parity)
            } catch {
                throw EngineError(error)
            }
        }
    }
}

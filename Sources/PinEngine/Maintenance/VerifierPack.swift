internal import PinFormat
internal import PinStorage
internal import PinTransforms

/// What the examination of one pack found.
struct PackExamination: Sendable {
    /// Sentences; none if the pack is sound.
    var what: [String] = []
    var isMissing = false
    /// Whether header, footer, trailer, size or digest are not as they must be: frames may be good
    /// all the same.
    var isDamagedOutsideFrames = false
    /// The frames it holds or should hold, ascending by offset.
    var places: [FramePlace] = []
    /// Whether `places` is what its own footer says.
    var hasFooter = false
    /// Offsets of frames that cannot be decoded.
    var bad: Set<Int> = []
    /// Delta frames: they can be decoded only with their bases, which may stand elsewhere.
    var deltas: [FramePlace] = []
    var byteCount = 0
    var checkedByteCount = 0

    var isSound: Bool { what.isEmpty }

    /// Whether a frame that should stand in the pack does, as far as was looked.
    func isGood(_ place: FramePlace) -> Bool {
        !isMissing && !bad.contains(place.offset)
            && place.offset + place.storedByteCount <= byteCount
    }

    mutating func outside(_ sentence: String) {
        isDamagedOutsideFrames = true
        what.append(sentence)
    }
}

/// Examines one pack: its size, header, trailer and footer, and if asked for every byte (FORMAT.md
/// §7.2).
///
/// A pack is read in pieces that begin and end with frames; each is checked by a task of its own
/// while the next is read. Every byte is covered: the row names the digest of the footer, the
/// footer those of the frames, records and frames have a CRC, and all else has one form.
struct PackExaminer: Sendable {
    /// How much is read at once, unless one frame is larger, in bytes.
    private static let runByteCount = 4 << 20

    let store: Store
    let name: ObjectName
    let row: PackRow?
    let readsData: Bool
    /// Where the pack is, if it is not where the store has its objects.
    var elsewhere: (any BoardBackend)?

    private typealias Run = (range: Range<Int>, places: [FramePlace])
    private var key: ObjectKey { BoardKeys.pack(name) }
    private var backend: any BoardBackend { elsewhere ?? store.backend }

    /// - Parameter expected: What the index says stands in the pack; asked if the footer is lost.
    func examine(
        expected: () throws(EngineError) -> [FramePlace]
    ) async throws(EngineError) -> PackExamination {
        var found = PackExamination()
        do throws(BackendError) {
            guard let stat = try await backend.stat(key) else {
                found.isMissing = true
                found.what.append("it is missing")
                found.places = Self.inOrder(expecting(expected))
                return found
            }
            found.byteCount = stat.byteCount
            if let row, row.byteCount != stat.byteCount, !Check.verifyPackSize.isOff {
                found.outside("it has \(stat.byteCount) bytes, not \(row.byteCount)")
            }
            try await checkEnds(&found)
            if !found.hasFooter { found.places = Self.inOrder(expecting(expected)) }
            if readsData { try await checkBytes(&found) }
        } catch {
            found.isMissing = error.code == .notFound
            found.what.append(try Verifier.damage(error))
            if error.code != .notFound { found.bad.formUnion(found.places.map(\.offset)) }
        }
        return found
    }

    private static func inOrder(_ places: [FramePlace]) -> [FramePlace] {
        places.sorted { $0.offset < $1.offset }
    }

    /// An engine error of the index as "nothing is expected": the index has a problem of its own
    /// then.
    private func expecting(_ expected: () throws(EngineError) -> [FramePlace]) -> [FramePlace] {
        (try? expected()) ?? []
    }

    // MARK: - Header, trailer, footer

    private func checkEnds(_ found: inout PackExamination) async throws(BackendError) {
        let size = found.byteCount
        guard size >= PackHeader.byteCount + PackTrailer.byteCount else {
            return found.outside("it is too short for a pack")
        }
        let head = try await backend.get(key, range: 0..<PackHeader.byteCount)
        var content: PackHeader.Content?
        do throws(FormatError) {
            let header = try PackHeader(head)
            if header.name != name, !Check.verifyPackName.isOff {
                found.outside("it has the name of another pack")
            }
            content = header.content
        } catch {
            found.outside("its header is damaged: \(error)")
        }
        let tail = try await backend.get(key, range: size - PackTrailer.byteCount..<size)
        found.checkedByteCount += head.count + tail.count
        guard let trailer = Self.trailer(tail, size, &found) else { return }
        let footer = try await backend.get(
            key, range: trailer.footerOffset..<trailer.footerOffset + trailer.footerByteCount)
        found.checkedByteCount += footer.count
        do throws(FormatError) {
            found.places = try PackFooter(footer, trailer, .standard).entries
                .map { FramePlace($0, in: name) }
            found.hasFooter = true
        } catch {
            return found.outside("its footer is damaged: \(error)")
        }
        let kinds = found.places.map(\.header.kind)
        if let content, content != PackHeader.Content(of: kinds), !Check.verifyPackContent.isOff {
            found.outside("it holds other kinds of frames than its header says")
        }
        guard let row, !Check.verifyPackRow.isOff else { return }
        let rawByteCount = found.places.reduce(UInt64(0)) { $0 + UInt64($1.header.rawByteCount) }
        if row.footerByteCount != trailer.footerByteCount || row.frameCount != trailer.frameCount
            || row.rawByteCount != rawByteCount || row.footerDigest != trailer.footerDigest
        {
            found.outside("it does not hold what its row says")
        }
    }

    private static func trailer(
        _ tail: [UInt8], _ size: Int, _ found: inout PackExamination
    ) -> PackTrailer? {
        do throws(FormatError) {
            return try PackTrailer(tail, at: 0, packByteCount: size)
        } catch {
            found.outside("its trailer is damaged: \(error)")
            return nil
        }
    }

    // MARK: - Every byte

    private func checkBytes(_ found: inout PackExamination) async throws(BackendError) {
        let places = found.places.filter { place in
            let fits = place.offset + place.storedByteCount <= found.byteCount
            if !fits { found.bad.insert(place.offset) }
            return fits
        }
        var bad = found.bad
        let runs = Self.runs(places, found.byteCount, &bad)
        let failure: BackendError? = await withTaskGroup(of: Set<Int>.self) { group in
            var running = 0
            for run in runs {
                if Task.isCancelled { break }
                let bytes: [UInt8]
                do throws(BackendError) {
                    bytes = try await backend.get(key, range: run.range)
                } catch {
                    return error
                }
                if run.places.isEmpty { continue }
                if running > store.workers.count, let more = await group.next() {
                    bad.formUnion(more)
                    running -= 1
                }
                running += 1
                group.addTask { self.badFrames(bytes, run) }
            }
            while let more = await group.next() { bad.formUnion(more) }
            return nil
        }
        found.bad = bad
        if let failure { throw failure }
        if Task.isCancelled { throw BackendError(.cancelled, "the operation was interrupted") }
        found.checkedByteCount = found.byteCount
        found.deltas = places.filter { $0.header.baseCount > 0 && !found.bad.contains($0.offset) }
        if !found.bad.isEmpty {
            found.what.append("\(found.bad.count) of its \(found.places.count) frames are damaged")
        }
    }

    /// Cuts a pack into ranges that follow each other; frames stand whole in one of them.
    private static func runs(
        _ places: [FramePlace], _ byteCount: Int, _ bad: inout Set<Int>
    ) -> [Run] {
        var runs: [Run] = []
        var (start, end, inside) = (0, 0, [FramePlace]())
        func close(at end: Int) {
            // A stretch without frames, if it is long, in pieces.
            if inside.isEmpty {
                for piece in stride(from: start, to: end, by: runByteCount) {
                    runs.append((piece..<min(piece + runByteCount, end), []))
                }
            } else if start < end {
                runs.append((start..<end, inside))
            }
            (start, inside) = (end, [])
        }
        for place in places {
            // Footers have no overlaps; an index that says so is wrong about the second frame.
            guard place.offset >= end else {
                bad.insert(place.offset)
                continue
            }
            let next = place.offset + place.storedByteCount
            if next - start > runByteCount {
                if !inside.isEmpty { close(at: end) }
                close(at: place.offset)
            }
            inside.append(place)
            end = next
        }
        if !inside.isEmpty { close(at: end) }
        close(at: byteCount)
        return runs
    }

    /// Frames whose record, CRC, bytes or digest are wrong; of a delta only record and CRC are
    /// looked at.
    private func badFrames(_ bytes: [UInt8], _ run: Run) -> Set<Int> {
        var bad: Set<Int> = []
        for place in run.places where !Check.verifyFrames.isOff {
            let offset = place.offset - run.range.lowerBound
            if place.header.baseCount == 0 {
                if (try? store.decode(bytes, at: offset, place, [:])) == nil {
                    bad.insert(place.offset)
                }
            } else {
                let end = offset + place.storedByteCount
                let record = try? FrameRecord.decode(bytes, at: offset, end: end, .standard).record
                if record?.header != place.header || record?.bases != place.bases {
                    bad.insert(place.offset)
                }
            }
        }
        return bad
    }
}

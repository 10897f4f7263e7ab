internal import PinFormat
internal import PinStorage
internal import PinTransforms
internal import Synchronization

/// Opened segments by name. They are immutable, so one that is open stays right for ever.
final class SegmentCache: Sendable {
    private struct State {
        var tables: [ObjectName: SegmentTableLayer] = [:]
        var indexes: [ObjectName: IndexLayer] = [:]
        var sketches: [ObjectName: SketchLayer] = [:]
    }

    private let backend: any BoardBackend
    private let state = Mutex(State())

    init(_ backend: any BoardBackend) { self.backend = backend }

    /// Opens a table segment: reads its trailer and block index.
    func table(_ reference: SegmentReference) async throws(EngineError) -> SegmentTableLayer {
        if let layer = state.withLock({ $0.tables[reference.name] }) { return layer }
        let key = BoardKeys.table(reference.name)
        let object = try await open(key, reference)
        let layer = try SegmentTableLayer(object, key: key, reference)
        state.withLock { $0.tables[reference.name] = layer }
        return layer
    }

    /// Opens an index segment: reads its header, pack table and fan-out.
    func index(_ reference: SegmentReference) async throws(EngineError) -> IndexLayer {
        if let layer = state.withLock({ $0.indexes[reference.name] }) { return layer }
        let key = BoardKeys.index(reference.name)
        let object = try await open(key, reference)
        let layer = try IndexLayer(object, object: key.description)
        state.withLock { $0.indexes[reference.name] = layer }
        return layer
    }

    /// Opens a sketch segment: reads its trailer and block index.
    func sketches(_ reference: SegmentReference) async throws(EngineError) -> SketchLayer {
        if let layer = state.withLock({ $0.sketches[reference.name] }) { return layer }
        let key = BoardKeys.sketches(reference.name)
        let layer = try SketchLayer(try await open(key, reference), object: key.description)
        state.withLock { $0.sketches[reference.name] = layer }
        return layer
    }

    /// Whether a sketch segment can be opened without a request.
    func hasSketchesAtHand(_ reference: SegmentReference) async -> Bool {
        guard backend.capabilities.isRemote else { return true }
        if state.withLock({ $0.sketches[reference.name] }) != nil { return true }
        return await backend.isAtHand(
            BoardKeys.sketches(reference.name), range: 0..<reference.byteCount)
    }

    /// Forgets segments that a state no longer names.
    func retain(tables: [ObjectName], indexes: [ObjectName], sketches: [ObjectName]) {
        let (tables, indexes, sketches) = (Set(tables), Set(indexes), Set(sketches))
        state.withLock { state in
            state.tables = state.tables.filter { tables.contains($0.key) }
            state.indexes = state.indexes.filter { indexes.contains($0.key) }
            state.sketches = state.sketches.filter { sketches.contains($0.key) }
        }
    }

    /// The object in place where it is local, else its bytes, compared with the reference's digest.
    private func open(
        _ key: ObjectKey, _ reference: SegmentReference
    ) async throws(EngineError) -> any LocalObject {
        let object: any LocalObject
        do throws(BackendError) {
            if let local = try await backend.openLocal(key) {
                object = local
            } else {
                let bytes = try await backend.get(key, limit: reference.byteCount)
                // Whether it was damaged on its way or lies there damaged: what was damaged is a
                // segment.
                guard
                    Check.segmentDigest.isOff
                        || Checksums.standard.sha256(bytes, 0..<bytes.count) == reference.digest
                else {
                    await backend.distrust(key)
                    throw BackendError(
                        .rangeNotSatisfiable, key: key,
                        "the object '\(key)' arrived with other bytes; try again, or run 'pins "
                            + "verify'"
                    )
                }
                object = BytesObject(bytes)
            }
        } catch  where error.code == .notFound {
            throw EngineError(
                .corrupt, "the segment '\(key)' is missing; run 'pins verify'",
                object: key.description)
        } catch {
            throw EngineError(error)
        }
        guard object.byteCount == reference.byteCount || Check.segmentSize.isOff else {
            throw EngineError(
                .corrupt,
                "'\(key)' has \(object.byteCount) bytes, not \(reference.byteCount); run 'pins "
                    + "verify'",
                object: key.description)
        }
        return object
    }
}

/// Bytes in memory as an object that is read in place.
final class BytesObject: LocalObject {
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var byteCount: Int { bytes.count }

    func read(
        at offset: Int, into buffer: UnsafeMutableRawBufferPointer
    ) throws(BackendError) {
        guard offset >= 0, buffer.count <= bytes.count - offset else {
            throw BackendError(.rangeNotSatisfiable, key: nil, "a read past the end of a segment")
        }
        unsafe bytes.withUnsafeBytes { source in
            unsafe buffer.copyMemory(
                from: UnsafeRawBufferPointer(rebasing: source[offset..<offset + buffer.count]))
        }
    }
}

extension LocalObject {
    /// A part of a segment. A read that fails is not damage: only one that goes past the end is.
    ///
    /// - Parameters:
    ///   - name: The segment's key, for messages.
    ///   - section: Of FORMAT.md, which the segment would break.
    func segmentBytes(
        in range: Range<Int>, of name: String, section: String
    ) throws(EngineError) -> [UInt8] {
        do throws(BackendError) {
            return try bytes(in: range)
        } catch  where error.code == .rangeNotSatisfiable {
            throw EngineError(
                FormatError(.truncated, section: section, error.message), object: name)
        } catch {
            throw EngineError(error)
        }
    }
}

internal import PinStorage
internal import PinEngine
internal import Synchronization

/// A board of the engine that is being made for a bundle: its objects lie here as they go into the
/// archive, in memory up to a budget, then in a file without a name. They are compressed, so that
/// this is as much as is sent and no more.
final class BundleStage: BoardBackend {
    /// How much of an object stands in one run of blocks.
    static let pieceByteCount = 1 << 20

    /// An object as it goes into the archive.
    struct Object: Sendable {
        /// A run of blocks; only the last one has less than ``pieceByteCount`` plain bytes.
        struct Piece: Sendable {
            let segment: PackedBundle.Segment
            let crc: UInt
            let byteCount: Int
        }

        var pieces: [Piece] = []
        var byteCount: Int { pieces.reduce(0) { $0 + $1.byteCount } }
    }

    private struct State {
        var objects: [ObjectKey: Object] = [:]
        var keptByteCount = 0
        var spool: SpoolFile?
    }

    let capabilities = BackendCapabilities()
    let description = "the bundle that is being made"
    private let memoryByteCountMax: Int
    private let state = Mutex(State())

    init(memoryByteCountMax: Int) { self.memoryByteCountMax = memoryByteCountMax }

    /// What there is, ascending by key.
    var objects: [(key: ObjectKey, object: Object)] {
        state.withLock { $0.objects }.map { (key: $0.key, object: $0.value) }
            .sorted { $0.key < $1.key }
    }

    // MARK: - Writing

    /// Takes a piece of an object.
    fileprivate func piece(_ bytes: [UInt8]) throws(BackendError) -> Object.Piece {
        let block = DeflatedBlock(storing: bytes)
        let isKept = state.withLock { state in
            let isKept = state.keptByteCount + block.bytes.count <= memoryByteCountMax
            if isKept { state.keptByteCount += block.bytes.count }
            return isKept
        }
        let segment: PackedBundle.Segment
        if isKept {
            segment = .bytes(block.bytes)
        } else {
            do throws(EngineError) {
                let file = try spool()
                segment = .spooled(try file.append(block.bytes), file)
            } catch {
                throw BackendError(.ioError, error.message)
            }
        }
        return Object.Piece(segment: segment, crc: block.crc, byteCount: bytes.count)
    }

    private func spool() throws(EngineError) -> SpoolFile {
        if let file = state.withLock({ $0.spool }) { return file }
        let made = try SpoolFile()
        return state.withLock { state in
            let file = state.spool ?? made
            state.spool = file
            return file
        }
    }

    fileprivate func place(_ key: ObjectKey, _ object: Object, _ mode: PutMode) -> PutOutcome {
        state.withLock { state in
            if mode == .ifAbsent, state.objects[key] != nil { return .exists }
            state.objects[key] = object
            return .created
        }
    }

    func put(
        _ key: ObjectKey, _ bytes: [UInt8], mode: PutMode, durable: Bool
    ) async throws(BackendError) -> PutOutcome {
        let writer = Writer(self, key, mode)
        try await writer.append(bytes)
        return try await writer.publish()
    }

    func writer(
        _ key: ObjectKey, byteCount: Int, mode: PutMode
    ) async throws(BackendError) -> any ObjectWriter { Writer(self, key, mode) }

    private final class Writer: ObjectWriter {
        private let stage: BundleStage
        private let key: ObjectKey
        private let mode: PutMode
        private var object = Object()
        private var waiting: [UInt8] = []

        init(_ stage: BundleStage, _ key: ObjectKey, _ mode: PutMode) {
            (self.stage, self.key, self.mode) = (stage, key, mode)
        }

        func append(_ bytes: [UInt8]) async throws(BackendError) { try await append(bytes[...]) }

        func append(_ bytes: ArraySlice<UInt8>) async throws(BackendError) {
            var rest = bytes
            while !rest.isEmpty {
                let room = BundleStage.pieceByteCount - waiting.count
                waiting += rest.prefix(room)
                rest = rest.dropFirst(room)
                guard waiting.count == BundleStage.pieceByteCount else { continue }
                object.pieces.append(try stage.piece(waiting))
                waiting.removeAll(keepingCapacity: true)
            }
        }

        func publish() async throws(BackendError) -> PutOutcome {
            if !waiting.isEmpty { object.pieces.append(try stage.piece(waiting)) }
            waiting = []
            return stage.place(key, object, mode)
        }
    }

    // MARK: - Reading

    private func object(_ key: ObjectKey) throws(BackendError) -> Object {
        guard let object = state.withLock({ $0.objects[key] }) else {
            throw BackendError(.notFound, key: key, "there is no object \(key) in \(description)")
        }
        return object
    }

    func get(
        _ key: ObjectKey, range: Range<Int>?, limit: Int
    ) async throws(BackendError) -> [UInt8] {
        let object = try object(key)
        let byteCount = object.byteCount
        let wanted = range ?? 0..<byteCount
        guard wanted.lowerBound >= 0, wanted.upperBound <= byteCount else {
            throw BackendError(
                .rangeNotSatisfiable, key: key, "\(key) has \(byteCount) bytes, not \(wanted)")
        }
        guard range != nil || byteCount <= limit else {
            throw BackendError(.tooLarge, key: key, "\(key) has \(byteCount) bytes")
        }
        guard !wanted.isEmpty else { return [] }
        var out: [UInt8] = []
        out.reserveCapacity(wanted.count)
        let size = Self.pieceByteCount
        for index in wanted.lowerBound / size...(wanted.upperBound - 1) / size {
            let plain = StoredBlocks.plain(try bytes(of: object.pieces[index], key))
            let part = wanted.clamped(to: index * size..<index * size + plain.count)
            out += plain[part.lowerBound - index * size..<part.upperBound - index * size]
        }
        return out
    }

    private func bytes(
        of piece: Object.Piece, _ key: ObjectKey
    ) throws(BackendError) -> [UInt8] {
        switch piece.segment {
        case .bytes(let bytes): return bytes
        case .spooled(let range, let file):
            do throws(EngineError) { return try file.bytes(range) } catch {
                throw BackendError(.ioError, key: key, error.message)
            }
        case .again: preconditionFailure("what is staged is kept")
        }
    }

    func list(prefix: String, after: ObjectKey?) async throws(BackendError) -> ListPage {
        let found = objects.filter { $0.key.text.hasPrefix(prefix) }
            .filter { entry in after.map { entry.key > $0 } ?? true }
        return ListPage(
            objects: found.map {
                ObjectStat(key: $0.key, byteCount: $0.object.byteCount, modified: nil)
            },
            isLast: true)
    }

    func stat(_ key: ObjectKey) async throws(BackendError) -> ObjectStat? {
        state.withLock { $0.objects[key] }.map {
            ObjectStat(key: key, byteCount: $0.byteCount, modified: nil)
        }
    }

    func delete(_ key: ObjectKey) async throws(BackendError) {
        _ = state.withLock { $0.objects.removeValue(forKey: key) }
    }

    func openLocal(_ key: ObjectKey) async throws(BackendError) -> (any LocalObject)? { nil }
}

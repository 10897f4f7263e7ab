import PinFormat
import PinStorage
import PinTesting
import PinTransforms
import Testing

@testable import PinEngine

/// One thing that a verification compares: a board on which it is wrong, and the words that say so.
struct VerifyLaw: Sendable, CustomTestStringConvertible {
    let check: Check
    /// What the report must say.
    let words: String
    /// Whether what is wrong is no more than an orphan.
    var isHarmless = false
    var readsData = true
    /// Gives the board that is wrong.
    let spoil: @Sendable (VerifyBoard) async throws -> VerifyBoard

    var testDescription: String { check.rawValue }

    /// Packs of several kinds, deltas, segments, a long file list, parity if asked for.
    static func board(_ check: Check) async throws -> VerifyBoard {
        let hasParity = check.rawValue.hasPrefix("verify.parity")
        let board = try await VerifyDamageTests.sample(
            seed: 120, inlineByteTarget: 1 << 10, parityPercent: hasParity ? 20 : nil)
        if check == .verifyFileList {
            let files = (0..<150).map { ("folder/file number \($0).txt", Array("\($0)".utf8)) }
            try await board.write("tree", files, on: try await board.open())
        }
        if check == .verifyParityCopies {
            var other = board
            other.configuration.packByteTarget = 8 << 20
            try await other.write(
                "heavy", [("f", board.random.bytes(count: 1_500_000))], on: try await other.open())
        }
        return board
    }

    // MARK: - Ways to spoil a board

    /// A copy whose state has other rows and entries.
    static func changed(
        _ board: VerifyBoard,
        _ change: @escaping @Sendable (Snapshot, inout StateChange) throws(EngineError) -> Void
    ) async throws -> VerifyBoard {
        let copy = VerifyBoard(copying: board.backend.snapshot, of: board)
        _ = try await copy.open().commit { (snapshot) throws(EngineError) in
            var planned = StateChange(.administer)
            try change(snapshot, &planned)
            return planned
        }
        return copy
    }

    /// A copy in which the record of the newest version of a pin is another one.
    static func rewritten(
        _ board: VerifyBoard, _ pin: String,
        _ change: @escaping @Sendable (inout VersionRecord, inout VersionRow) -> Void
    ) async throws -> VerifyBoard {
        try await changed(board) { (snapshot, planned) throws(EngineError) in
            guard let version = try snapshot.latestVersion(of: pin) else { return }
            var (record, row) = (version.record, version.row)
            change(&record, &row)
            row.recordBytes = record.encoded
            planned.set(RowKey.version(record.versionName, of: pin), row.encoded)
        }
    }

    /// A copy whose newest commit says something else; `latest` names it.
    static func resealed(
        _ board: VerifyBoard, _ change: (inout CommitRecord) -> Void
    ) throws -> VerifyBoard {
        let key = try #require(board.backend.keys("commits/").last)
        var objects = board.backend.snapshot
        var record = try CommitRecord(try #require(objects[key]), .standard)
        change(&record)
        let bytes = record.encoded(.standard)
        objects[key] = bytes
        objects[BoardKeys.latest] = LatestRecord(
            sequence: record.sequence, digest: CommitLog.digest(of: bytes)
        ).encoded(.standard)
        return VerifyBoard(copying: objects, of: board)
    }

    /// A copy with one more pack, which the state names or not.
    static func added(
        _ board: VerifyBoard, isNamed: Bool = true,
        _ fill: (PackAssembler, Store) throws -> Void
    ) async throws -> VerifyBoard {
        let copy = VerifyBoard(copying: board.backend.snapshot, of: board)
        let store = try await copy.open()
        let pack = PackAssembler(name: store.freshName(base: try await store.snapshot().sequence))
        try fill(pack, store)
        let finished = pack.finish(producer: "test")
        try await store.upload(finished)
        guard isNamed else { return copy }
        return try await changed(copy) { (_, planned) throws(EngineError) in
            planned.set(RowKey.pack(finished.name), finished.row.encoded)
            planned.places = finished.places
        }
    }

    /// Appends a frame that holds some bytes, under any digest.
    static func append(
        _ bytes: [UInt8], _ kind: FrameKind, as digest: Digest, to pack: PackAssembler,
        _ store: Store
    ) throws {
        let frame = try store.workers.use { (worker) throws(EngineError) in
            let span = bytes.span.bytes
            return try worker.encode(span)
        }
        let header = FrameHeader(
            kind: kind, codec: frame.codec, filter: frame.filter, rawByteCount: bytes.count)
        pack.append(digest, header, frame: frame.bytes)
    }

    /// All packs that the state names, ascending.
    static func packs(_ board: VerifyBoard) async throws -> [(name: ObjectName, row: PackRow)] {
        try await board.open().snapshot().index.packs.all()
    }

    /// All entries of the index.
    static func places(_ snapshot: Snapshot) throws(EngineError) -> [FramePlace] {
        var places: [FramePlace] = []
        for (name, _) in try snapshot.index.packs.all() {
            places += try snapshot.index.places(in: name)
        }
        return places
    }
}

internal import PinFormat
internal import PinStorage
internal import PinTransforms

/// Looks through a shared folder for what of the newest state has not arrived, and for the newest
/// state that has (FORMAT.md §9.3).
///
/// An object that is missing or there in part (shorter than it must be, or blank where its seal
/// stands) may still arrive. Anything else that is wrong is damage, and ends the search.
struct ArrivalSearch {
    typealias Object = UnsettledState.Object

    /// How many missing objects are told of at the most.
    static let objectCountMax = 1_000

    private let store: Store
    /// Commits up to this one have been read before: they cannot be on their way.
    private let known: UInt64
    /// Numbers of commits that are still to be looked at, ascending.
    private var numbers: [UInt64] = []
    /// Commits up to here may be gone.
    private var boundary: UInt64 = 0
    /// The greatest number of a commit that is known to have been made.
    private(set) var newest: UInt64 = 0
    private(set) var missing: Set<Object> = []
    /// Whether something is wrong that no arrival mends.
    private(set) var isDamaged = false

    /// - Parameter known: The newest commit that was read before.
    init(_ store: Store, known: UInt64) async throws(EngineError) {
        self.store = store
        self.known = known
        let latest = try await store.log.latest()?.sequence ?? 0
        numbers = try await store.log.all().filter { $0 > 0 }
        let top = numbers.last ?? 0
        newest = max(latest, top)
        if latest > top { expect(top + 1...latest) }
    }

    /// Adds commits that were made and are not there.
    private mutating func expect(_ range: ClosedRange<UInt64>) {
        if range.upperBound <= known, !Check.readBefore.isOff { isDamaged = true }
        for number in range.prefix(Self.objectCountMax) {
            add(BoardKeys.commit(number), "it is missing")
        }
    }

    mutating func add(_ key: ObjectKey, _ what: String) {
        guard missing.count < Self.objectCountMax else { return }
        missing.insert(Object(key: key.description, what: what))
    }

    /// Leaves out what is not older than a commit.
    mutating func skip(from number: UInt64) { numbers.removeAll { $0 >= number } }

    /// The next older commit whose tables are there, or `nil` if there is none or the board is
    /// damaged; what is missing of those above is noted.
    mutating func next() async throws(EngineError) -> CommitLog.Found? {
        while !isDamaged, let number = numbers.popLast(), number > boundary {
            try store.checkCancellation()
            let key = BoardKeys.commit(number)
            let bytes: [UInt8]
            do throws(BackendError) {
                bytes = try await store.backend.get(key, limit: Limits.commitByteCount)
            } catch  where error.code == .notFound {
                continue
            } catch {
                throw EngineError(error)
            }
            guard let record = try? CommitRecord(bytes, .standard) else {
                note(key, bytes, number)
                continue
            }
            guard record.sequence == number, record.boardID == store.config.boardID,
                record.features.read.isEmpty
            else {
                isDamaged = true
                return nil
            }
            boundary = max(boundary, record.logBoundary)
            let found = CommitLog.Found(
                record: record, digest: CommitLog.digest(of: bytes), byteCount: bytes.count)
            if try await hasArrived(record.tableSegments, BoardKeys.table) { return found }
        }
        return nil
    }

    private mutating func note(_ key: ObjectKey, _ bytes: [UInt8], _ number: UInt64) {
        guard Self.isPart(bytes, of: .commit) || Check.partShape.isOff,
            number > known || Check.readBefore.isOff
        else {
            isDamaged = true
            return
        }
        add(key, "only a part of it is there")
    }

    /// Whether segments are there; what is missing is noted.
    mutating func hasArrived(
        _ references: [SegmentReference], _ key: (ObjectName) -> ObjectKey
    ) async throws(EngineError) -> Bool {
        var isWhole = true
        for reference in references {
            let key = key(reference.name)
            guard
                let lack = try await store.lack(
                    of: key, byteCount: reference.byteCount,
                    blankAt: reference.byteCount - Prologue.sealByteCount)
            else { continue }
            guard lack != .damaged else {
                isDamaged = true
                return false
            }
            isWhole = false
            add(key, lack.description)
        }
        return isWhole
    }

    /// Notes which packs are missing.
    mutating func note(packs: [(name: ObjectName, row: PackRow)]) async throws(EngineError) {
        for (name, row) in packs {
            let key = BoardKeys.pack(name)
            let lack = try await store.lack(
                of: key, byteCount: row.byteCount, blankAt: row.byteCount - PackTrailer.byteCount)
            if let lack, lack != .damaged { add(key, lack.description) }
        }
    }

    /// Whether bytes can be the beginning of a sealed record that is still arriving: they end
    /// before its fields do, or where its seal should be they are blank.
    static func isPart(_ bytes: [UInt8], of kind: ObjectKind) -> Bool {
        let written = bytes.lastIndex { $0 != 0 }.map { bytes[...$0] } ?? []
        guard zip(written, kind.magic).allSatisfy({ $0 == $1 }) else { return false }
        let end = bytes.count - Prologue.sealByteCount
        guard end >= Prologue.byteCount else { return true }
        if bytes[end...].allSatisfy({ $0 == 0 }) { return true }
        func field(at offset: Int) -> (number: Int, byteCount: Int) {
            let tag = Int(bytes[offset]) | Int(bytes[offset + 1] & 0x7F) << 8
            let length = (0..<4).reduce(0) { $0 | Int(bytes[offset + 2 + $1]) << (8 * $1) }
            return (tag, length)
        }
        var (offset, last) = (Prologue.byteCount, 0)
        while offset < end {
            guard offset + 6 <= end else { return true }
            let (number, byteCount) = field(at: offset)
            last = number
            offset += 6 + byteCount
        }
        guard offset == end else { return true }
        // It ends with a field, and where its seal should be the next one goes on: a digest would
        // have a small number and a small length there once in a hundred thousand times.
        let next = field(at: end)
        return next.number > last && next.number <= 64 && next.byteCount <= Limits.commitByteCount
    }

    /// What was found.
    ///
    /// - Parameter opened: The commit that is read instead.
    func state(opened: UInt64?) -> UnsettledState {
        UnsettledState(
            place: store.backend.description, newest: newest, opened: opened,
            missing: missing.sorted(), conflicts: [])
    }
}

/// What is not there of an object that must be.
enum ObjectLack: Equatable, CustomStringConvertible {
    case missing
    case part(of: Int, Int)
    case blank
    /// It is not of the size it must be.
    case damaged

    var description: String {
        switch self {
        case .missing: "it is missing"
        case .part(let whole, let part): "\(part) of its \(whole) bytes are there"
        case .blank: "parts of it are blank"
        case .damaged: "it is damaged"
        }
    }
}

extension Store {
    /// What is not there of an object; `nil` if it is there as far as sizes tell, and its end.
    ///
    /// - Parameter offset: Where its end begins, which is never blank.
    func lack(
        of key: ObjectKey, byteCount: Int, blankAt offset: Int
    ) async throws(EngineError) -> ObjectLack? {
        do throws(BackendError) {
            guard let size = try await backend.stat(key)?.byteCount else { return .missing }
            if size < byteCount, !Check.partSize.isOff { return .part(of: byteCount, size) }
            if size > byteCount { return .damaged }
            let end = try await backend.get(key, range: max(0, offset)..<byteCount)
            return end.allSatisfy { $0 == 0 } && !Check.partBlank.isOff ? .blank : nil
        } catch  where error.code == .notFound {
            return .missing
        } catch {
            throw EngineError(error)
        }
    }
}

internal import PinFormat
internal import PinStorage
internal import Synchronization

/// The rows of packs of one commit, looked up when they are first needed and then remembered.
final class PackDirectory: Sendable {
    private let table: StateTable
    private let known = Mutex<[ObjectName: PackRow?]>([:])

    init(_ table: StateTable) { self.table = table }

    /// What the commit knows about a pack, or `nil` if it does not name it.
    func row(_ name: ObjectName) throws(EngineError) -> PackRow? {
        if let hit = known.withLock({ $0[name] }) { return hit }
        let row = try table.value(RowKey.pack(name)).map { (value) throws(EngineError) in
            try Self.decode(value, name)
        }
        known.withLock { $0[name] = .some(row) }
        return row
    }

    /// All packs that the commit names, ascending.
    func all() throws(EngineError) -> [(name: ObjectName, row: PackRow)] {
        var out: [(name: ObjectName, row: PackRow)] = []
        try forEach { name, row in out.append((name, row)) }
        return out
    }

    /// Hands out all packs that the commit names, ascending.
    func forEach(_ body: (_ name: ObjectName, _ row: PackRow) -> Void) throws(EngineError) {
        try table.forEach(prefix: [RowKey.packPrefix]) { (key, value) throws(EngineError) in
            do throws(FormatError) {
                body(try RowKey.packName(key), try PackRow(value))
            } catch {
                throw EngineError(error, object: "pack row")
            }
            return true
        }
    }

    private static func decode(
        _ value: [UInt8], _ name: ObjectName
    ) throws(EngineError) -> PackRow {
        do throws(FormatError) {
            return try PackRow(value)
        } catch {
            throw EngineError(error, object: BoardKeys.pack(name).description)
        }
    }
}

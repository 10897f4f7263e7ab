internal import PinFormat

/// Which packs the state after a change names.
final class NamedPacks {
    private let packs: PackDirectory
    private var known: [ObjectName: Bool] = [:]

    init(_ change: StateChange, _ snapshot: Snapshot) {
        packs = snapshot.index.packs
        for row in change.rows where row.key.first == RowKey.packPrefix {
            if let name = try? RowKey.packName(row.key) { known[name] = row.value != nil }
        }
    }

    /// Whether there is a row of a pack.
    func contains(_ pack: ObjectName) throws(EngineError) -> Bool {
        if let hit = known[pack] { return hit }
        let isNamed = try packs.row(pack) != nil
        known[pack] = isNamed
        return isNamed
    }

    /// Whether more than nine in ten packs of an index segment are there.
    func isClean(_ layer: IndexLayer) throws(EngineError) -> Bool {
        var gone = 0
        for pack in layer.tables.packs where try !contains(pack) { gone += 1 }
        return gone * 10 < layer.tables.packs.count
    }
}

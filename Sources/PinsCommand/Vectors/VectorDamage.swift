import PinFormat
import PinTransforms
import PinsDocuments

/// A board that is hurt in one named way, and what a reader must make of it.
struct VectorDamage {
    let name: String
    let what: String
    /// The object that was changed.
    let object: String
    /// The first changed byte, where one was.
    let offset: Int?
    /// The exit status of `pins verify --data`: 0 where the damage is none.
    let status: Int
    /// Whether every byte of every version can still be read.
    var isReadable = false
    let objects: [String: [UInt8]]

    /// The damages of a board that has deltas and several commits.
    static func all(_ board: VectorBoard) -> [VectorDamage] {
        let hurt = Hurt(board.objects)
        let (pack, commit) = (hurt.largest("packs/"), hurt.last("commits/"))
        let footer = hurt.footerOffset(pack)
        var latest = hurt.flip(
            "bit-in-latest", "the seal of 'latest' is wrong: it is advice, and not needed",
            "latest", 20)
        latest.isReadable = true
        var damages = [
            latest,
            hurt.flip(
                "bit-in-a-frame", "one bit of the compressed bytes of the first frame", pack, 130),
            hurt.flip("bit-in-a-record", "one bit of a record's raw length", pack, 76),
            hurt.flip("bit-in-a-footer", "one bit of a digest in a footer", pack, footer + 20),
            hurt.cut("pack-without-its-end", "the last 64 bytes of a pack are gone", pack, 64),
            hurt.cut("empty-pack", "a pack has no bytes", pack, .max),
            hurt.remove("missing-pack", "a pack that versions need is gone", pack, 65),
            hurt.flip("bit-in-the-newest-commit", "one bit of the newest commit", commit, 60),
            hurt.remove(
                "missing-newest-commit", "'latest' names a commit that is gone", commit, 65),
            hurt.flip("bit-in-the-config", "one bit of the config", "config", 30),
            hurt.config("another-epoch", "the config is of epoch 2", 76) { $0[8] = 2 },
            hurt.config(
                "unknown-critical-field", "the config has field 4096, marked critical", 76
            ) { $0 += [0x00, 0x90, 1, 0, 0, 0, 7] },
            hurt.config(
                "unknown-field", "the config has field 4096, not critical: it is kept", 0
            ) { $0 += [0x00, 0x10, 1, 0, 0, 0, 7] },
            hurt.remove(
                "missing-latest", "'latest' is advice: probing finds the commit", "latest", 0),
        ]
        damages += hurt.swappedPacks()
        return damages
    }

    var document: JSONDocument {
        [
            "damage": .string(name), "what": .string(what), "object": .string(object),
            "offset": offset.map { JSONDocument($0) } ?? .null,
            "verify_status": JSONDocument(status),
            "readable": .bool(isReadable || status == 0),
        ]
    }
}

/// Ways to hurt the objects of a board.
private struct Hurt {
    let objects: [String: [UInt8]]

    init(_ objects: [String: [UInt8]]) { self.objects = objects }

    private func keys(_ prefix: String) -> [String] {
        objects.keys.filter { $0.hasPrefix(prefix) }.sorted()
    }

    func largest(_ prefix: String) -> String {
        keys(prefix).max { (objects[$0] ?? []).count < (objects[$1] ?? []).count } ?? prefix
    }

    func last(_ prefix: String) -> String { keys(prefix).last ?? prefix }

    /// Where a pack's footer stands: its trailer says so (FORMAT.md §7.2).
    func footerOffset(_ key: String) -> Int {
        let end = (objects[key] ?? []).suffix(56).prefix(4)
        return end.reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    private func damage(
        _ name: String, _ what: String, _ key: String, at offset: Int?, _ status: Int,
        _ change: (inout [UInt8]?) -> Void
    ) -> VectorDamage {
        var objects = objects
        change(&objects[key])
        return VectorDamage(
            name: name, what: what, object: key, offset: offset, status: status, objects: objects)
    }

    func flip(
        _ name: String, _ what: String, _ key: String, _ offset: Int
    ) -> VectorDamage {
        damage(name, what, key, at: offset, 65) { bytes in
            guard let count = bytes?.count, offset < count else { return }
            bytes?[offset] ^= 1
        }
    }

    func cut(_ name: String, _ what: String, _ key: String, _ count: Int) -> VectorDamage {
        let byteCount = objects[key]?.count ?? 0
        return damage(name, what, key, at: max(0, byteCount - min(count, byteCount)), 65) { bytes in
            bytes?.removeLast(min(count, byteCount))
        }
    }

    func remove(_ name: String, _ what: String, _ key: String, _ status: Int) -> VectorDamage {
        damage(name, what, key, at: nil, status) { $0 = nil }
    }

    /// Changes the config and seals it again.
    func config(
        _ name: String, _ what: String, _ status: Int, _ change: (inout [UInt8]) -> Void
    ) -> VectorDamage {
        damage(name, what, "config", at: nil, status) { bytes in
            guard var body = bytes.map({ Array($0.dropLast(Digest.byteCount)) }) else { return }
            change(&body)
            var hash = SHA256()
            bytes = body + hash.digest(body.span.bytes).bytes
        }
    }

    /// Two packs under each other's names; none where there is only one.
    func swappedPacks() -> [VectorDamage] {
        let packs = keys("packs/")
        guard packs.count >= 2, let first = objects[packs[0]], let second = objects[packs[1]] else {
            return []
        }
        var objects = objects
        (objects[packs[0]], objects[packs[1]]) = (second, first)
        return [
            VectorDamage(
                name: "swapped-packs", what: "two packs under each other's names",
                object: packs[0], offset: nil, status: 65, objects: objects)
        ]
    }
}

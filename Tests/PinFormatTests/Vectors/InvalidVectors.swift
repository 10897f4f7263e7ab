import PinTransforms

@testable import PinFormat

/// Every vector that must be refused: a valid one with one thing wrong, and its checksums right.
enum InvalidVectors {
    static func all() throws -> [InvalidVector] {
        let valid = Dictionary(
            uniqueKeysWithValues: try ValidVectors.all().filter(\.isReproducible).map {
                ($0.name, $0)
            })
        var out: [InvalidVector] = []
        /// Changes a copy of a valid vector and, unless told otherwise, makes its checksums right
        /// again.
        func bad(
            _ source: String, _ suffix: String, _ why: String, _ isRepaired: Bool = true,
            _ change: (inout [UInt8]) -> Void
        ) throws {
            guard let vector = valid[source] else { preconditionFailure("no vector \(source)") }
            var bytes = vector.bytes
            change(&bytes)
            if isRepaired { bytes = vector.kind.repaired(bytes) }
            out.append(
                InvalidVector(
                    name: "\(source)-\(suffix)", kind: vector.kind, bytes: bytes, why: why))
        }
        for name in ["config", "latest", "commit", "table", "index", "pack", "parity"] {
            let at = name == "pack" ? 8 : 0
            try bad(name, "magic", "another magic") { $0[at + 4] = 0x58 }
            try bad(name, "epoch", "epoch 2") { $0[at + 8] = 2 }
            try bad(name, "reserved", "a reserved byte is set") { $0[at + 14] = 1 }
            try bad(name, "truncated", "the last byte is missing", false) {
                $0.removeLast()
            }
            try bad(name, "trailing", "a byte stands after the end", false) { $0.append(0) }
            try bad(name, "short", "only the magic is there", false) {
                $0 = Array($0.prefix(at + 8))
            }
        }
        for name in ["config", "latest", "commit", "table", "index", "parity"] {
            try bad(name, "seal", "the seal is wrong", false) { $0[$0.count - 1] ^= 1 }
        }
        try packs(bad)
        try parity(bad)
        try segments(bad)
        out += records()
        out += try nodesAndLists(bad: { try bad($0, $1, $2, true, $3) })
        return out
    }

    typealias Change = (inout [UInt8]) -> Void
    typealias Bad = (String, String, String, Bool, Change) throws -> Void

    private static func parity(_ bad: Bad) throws {
        let copy = 16 + 96 + 128
        try bad("parity", "length-zero", "a pack of 0 bytes", true) {
            $0.replaceSubrange(40..<48, with: repeatElement(0, count: 8))
        }
        try bad("parity", "length-over", "a pack of more than 256 MiB", true) {
            $0.replaceSubrange(40..<48, with: [1, 0, 0, 16, 0, 0, 0, 0])
        }
        try bad("parity", "rows-zero", "no parity blocks", true) { $0[48] = 0 }
        try bad("parity", "rows-over", "129 parity blocks of a group", true) { $0[48] = 129 }
        try bad("parity", "rows", "fewer parity blocks than it has room for", true) { $0[48] = 1 }
        try bad("parity", "checksum", "the description's checksum is wrong", false) {
            for at in [16 + 92, copy + 92] { $0[at] ^= 1 }
            $0 = Repair.seal($0)
        }
        try bad("parity", "block", "a parity block's checksum is wrong", true) { $0[16 + 96] ^= 1 }
        try bad("parity", "copy", "the two descriptions differ", true) { $0[copy + 40] ^= 1 }
        try bad("parity", "copy-length", "the description's length is wrong", true) {
            $0[copy + 96] ^= 1
        }
    }

    private static func packs(_ bad: Bad) throws {
        try bad("pack", "header-length", "the header's length is not 56", true) { $0[4] = 57 }
        try bad("pack", "content", "content 3", true) { $0[18] = 3 }
        try bad("pack", "suite", "an encryption suite", true) { $0[19] = 1 }
        try bad("pack", "key", "a key id", true) { $0[50] = 1 }
        try bad("pack", "record-magic", "no record where the footer says", true) { $0[64] = 0x50 }
        try bad("pack", "record-length", "the record's length has room for a base", true) {
            $0[68] = 48
        }
        try bad("pack", "crc", "the CRC of a frame is wrong", false) { $0[84] ^= 1 }
        try bad("pack", "frame", "a byte of a frame is wrong", false) { $0[$0.count - 139] ^= 1 }
        try bad("pack", "kind", "a frame of kind 2", true) { $0[72] = 2 }
        try bad("pack", "codec", "a frame of codec 3", true) { $0[72] = 3 << 2 }
        try bad("pack", "filter", "a raw frame with a filter", true) { $0[72] = 1 << 5 }
        try bad("pack", "depth", "a raw frame of depth 1", true) { $0[73] = 1 }
        try bad("pack", "closure", "a closure of 17 frames", true) { $0[74] = 17 }
        try bad("pack", "bases", "a raw frame with a base", true) { $0[75] = 1 }
        try bad("pack", "raw-length", "a frame of no bytes", true) { $0[76] = 0 }
        try bad("pack", "raw-limit", "a frame of more than 16 MiB", true) { $0[79] = 2 }
        try bad("pack", "differs", "record and footer differ", true) { $0[76] = 2 }
        // The footer begins at 101: magic, length, counts; its only entry at 117.
        try bad("pack", "footer-digest", "the footer's digest is wrong", false) { $0[117] ^= 1 }
        try bad("pack", "footer-magic", "no footer where the trailer says", true) { $0[101] = 0x53 }
        try bad("pack", "footer-length", "the footer's length is wrong", true) { $0[105] ^= 1 }
        try bad("pack", "footer-count", "one entry too many", true) { $0[109] = 2 }
        try bad("pack", "footer-bases", "a base that no entry has", true) { $0[113] = 1 }
        try bad("pack", "entry-offset", "a gap before the frame", true) { $0[149] = 65 }
        try bad("pack", "entry-length", "the frame ends before the footer", true) { $0[153] -= 1 }
        try bad("pack", "entry-base", "a first base without bases", true) { $0[165] = 1 }
        try bad("pack", "entry-digest", "a frame under another name", true) { $0[117] ^= 1 }
        try bad("pack", "producer", "a producer longer than the footer", true) { $0[169] = 1 }
        try bad("pack", "trailer-magic", "no trailer", true) { $0[173] = 0 }
        try bad("pack", "trailer-end", "the last magic is wrong", true) { $0[$0.count - 1] = 0 }
        try bad("pack", "trailer-offset", "the footer is not where it must be", true) {
            $0[$0.count - 56] = 63
        }
        try bad("pack", "trailer-count", "too many frames for a pack", true) {
            $0[$0.count - 42] = 0x20
        }
        try bad("pack-raw", "node", "a node that is not what the footer calls it", true) { bytes in
            bytes[bytes.count - 64 - 8 - 10 - 4 - 52 * 3 - 44] = 9
        }
    }

    private static func segments(_ bad: Bad) throws {
        try bad("index", "header-crc", "the header's CRC is wrong", false) { $0[60] ^= 1 }
        try bad("index", "table-crc", "the tables' CRC is wrong", false) { bytes in
            bytes[64] ^= 1
            bytes = Repair.seal(bytes)
        }
        try bad("index", "bucket-crc", "a bucket's CRC is wrong", false) { bytes in
            bytes[96] ^= 1
            bytes = Repair.seal(bytes)
        }
        try bad("index", "padding", "a reserved byte of the header is set", true) { $0[40] = 1 }
        try bad("index", "count", "an entry too many", true) { $0[16] = 2 }
        try bad("index", "huge", "more entries than 32 bits count", true) { $0[20] = 1 }
        try bad("index", "packs", "more packs than entries", true) { $0[24] = 2 }
        try bad("index", "bits", "more fan-out bits than the entries need", true) { $0[32] = 1 }
        try bad("index", "fanout", "the fan-out does not cover the entries", true) { $0[88] = 0 }
        try bad("index", "pack", "an entry in a pack that is not in the table", true) {
            $0[128] = 1
        }
        try bad("index", "offset", "an entry inside the pack's header", true) { $0[132] = 63 }
        try bad("index", "stored", "an entry too short for its record", true) { $0[136] = 24 }
        try bad("index", "beyond", "an entry beyond the largest pack", true) { $0[139] = 0x10 }
        try bad("index", "base", "a first base without bases", true) { $0[148] = 1 }
        // index-bases: two packs, fan-out of 8 bytes, entries from 120, bases from 288.
        try bad("index-bases", "order", "entries out of order", true) { bytes in
            let (first, second) = (Array(bytes[120..<176]), Array(bytes[232..<288]))
            bytes.replaceSubrange(120..<152, with: second[..<32])
            bytes.replaceSubrange(232..<264, with: first[..<32])
        }
        try bad("index-bases", "pack-order", "the pack table is not ascending", true) { bytes in
            let (first, second) = (Array(bytes[64..<88]), Array(bytes[88..<112]))
            bytes.replaceSubrange(64..<112, with: second + first)
        }
        try bad("index-bases", "pack-unused", "a pack of the table that no entry names", true) {
            bytes in
            bytes[120 + 32] = 1
        }
        try bad("index-bases", "bases", "bases not in the order of the entries", true) {
            $0[284] = 0
        }
        try bad("index-bases", "closure", "a closure smaller than the depth", true) {
            $0[232 + 50] = 1
        }
        try bad("index-buckets", "bucket", "an entry in the wrong bucket", true) { bytes in
            bytes[64 + 72 + 32] |= 0xC0
        }
        try bad("table", "trailer-crc", "the trailer's CRC is wrong", false) { bytes in
            bytes[bytes.count - 36] ^= 1
            bytes = Repair.seal(bytes)
        }
        try bad("table", "index-crc", "the block index's CRC is wrong", false) { bytes in
            bytes[bytes.count - 64 - 1] ^= 1
            bytes = Repair.seal(bytes)
        }
        try bad("table", "block-crc", "a block's CRC is wrong", false) { bytes in
            bytes[30] ^= 1
            bytes = Repair.seal(bytes)
        }
        try bad("table", "rows", "the count of entries is wrong", true) {
            $0[$0.count - 64 + 16] = 2
        }
        try bad("table", "place", "the block index is not where it must be", true) {
            $0[$0.count - 64] ^= 1
        }
        try bad("table", "key", "a key of no bytes", true) { $0[16] = 0 }
        try bad("table", "value", "a value longer than the block", true) { $0[18] += 1 }
        try bad("table", "first-key", "the block index names another first key", true) {
            $0[$0.count - 65] ^= 1
        }
        try bad("table-deleted", "order", "keys out of order", true) { $0[22] = 2 }
        try bad("table-blocks", "block-offset", "a gap before the second block", true) { bytes in
            let index = Int(bytes[bytes.count - 64]) | Int(bytes[bytes.count - 63]) << 8
            bytes[index + 25] ^= 1
        }
    }
}

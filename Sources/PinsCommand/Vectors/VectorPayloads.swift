import PinFormat
import PinTransforms
import PinsDocuments

/// Payloads of a seed, each with what an implementation must find in it.
struct VectorPayload {
    let name: String
    let bytes: [UInt8]

    /// All payloads of a seed.
    static func all(_ seed: String) -> [VectorPayload] {
        var noise = VectorStream("\(seed)/noise")
        var period = VectorStream("\(seed)/period")
        let piece = period.bytes(48)
        return [
            VectorPayload(name: "empty", bytes: []),
            VectorPayload(name: "one-byte", bytes: [0x70]),
            VectorPayload(name: "zeros", bytes: Array(repeating: 0, count: 300_000)),
            VectorPayload(
                name: "period-48",
                bytes: Array((0..<6_000).map { _ in piece }.joined().prefix(250_001))),
            VectorPayload(name: "noise", bytes: noise.bytes(1_200_000)),
            VectorPayload(name: "table", bytes: table(seed, edits: 0)),
            VectorPayload(name: "numbers", bytes: numbers(seed)),
        ]
    }

    /// A table of text; each edit changes a few lines of the one before.
    static func table(_ seed: String, edits: Int) -> [UInt8] {
        var stream = VectorStream("\(seed)/table")
        var lines = (0..<9_000).map { "\($0),\(stream.below(1_000_000)),row \($0 * 7 % 1_000)\n" }
        for edit in 0..<edits {
            for _ in 0..<60 {
                let line = stream.below(lines.count)
                lines[line] = "\(line),\(stream.below(1_000_000)),edit \(edit)\n"
            }
        }
        return Array(lines.joined().utf8)
    }

    /// Doubles that differ little: what a byte shuffle is for.
    private static func numbers(_ seed: String) -> [UInt8] {
        var stream = VectorStream("\(seed)/numbers")
        return (0..<30_000).flatMap { _ -> [UInt8] in
            let value = 1_000 + Double(stream.below(1_000_000)) / 1_000_000
            return (0..<8).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) }
        }
    }

    var sha256: Digest {
        var hash = SHA256()
        return hash.digest(bytes.span.bytes)
    }

    /// Its size, its digest, and where it is cut.
    var document: JSONDocument {
        let cuts = [12, 14, 18].map { exponent -> (String, JSONDocument) in
            let parameters = try? ChunkerParameters(
                averageExponent: exponent, normalization: 2)
            var ends: [Int] = []
            if !bytes.isEmpty, let parameters {
                GearChunker(parameters).appendBoundaries(
                    of: bytes.span.bytes, isFinal: true, to: &ends)
            }
            return ("\(1 << exponent)", .array(ends.map { JSONDocument($0) }))
        }
        return [
            "name": .string(name), "size": JSONDocument(bytes.count), "sha256": .string(sha256.hex),
            "cuts": .object(cuts),
        ]
    }
}

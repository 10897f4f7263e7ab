import PinTransforms
import Testing

@testable import PinFormat

/// Goal: whatever the bytes, decoding ends in a typed error or in a value whose encoding is those
/// bytes.
@Suite struct HostileInputTests {
    /// Decodes; a value must encode to the same bytes, an error must be one of the format's or
    /// codec's.
    private func check(
        _ kind: VectorKind, _ bytes: [UInt8], _ what: @autoclosure () -> String
    ) -> Bool {
        do {
            let again = try kind.reencoded(bytes)
            if again != bytes { Issue.record("\(what()): accepted, but not canonical") }
            return true
        } catch is FormatError {
            return false
        } catch is TransformError {
            return false
        } catch {
            Issue.record("\(what()): \(error)")
            return false
        }
    }

    static func all() throws -> [(String, VectorKind, [UInt8])] {
        try ValidVectors.all().map { vector in
            (vector.name, vector.kind, try VectorFiles.read("valid/\(vector.name).bin"))
        }
    }

    /// How each byte is changed: large vectors once, to keep the time in bounds.
    private static func masks(_ byteCount: Int) -> [UInt8] {
        byteCount <= 1_500 ? [0x01, 0x80, 0xFF] : [0x01]
    }

    @Test func noTruncationIsAccepted() throws {
        for (name, kind, bytes) in try Self.all() {
            for count in 0..<bytes.count {
                let cut = Array(bytes[..<count])
                for candidate in [cut, kind.repaired(cut)] {
                    let isAccepted = check(kind, candidate, "\(name) cut to \(count)")
                    // A record ends wherever a field does: only what its fields say can miss.
                    let isRecord =
                        [.packRow, .versionRow, .pinRow, .labelRow, .versionRecord]
                        .contains(kind) || (candidate != cut && [.config, .commit].contains(kind))
                    #expect(!isAccepted || isRecord, "\(name) cut to \(count) is accepted")
                }
            }
        }
    }

    @Test func everyChangedByteIsRefusedOrCanonical() throws {
        for (name, kind, bytes) in try Self.all() {
            for offset in bytes.indices {
                for mask in Self.masks(bytes.count) {
                    var changed = bytes
                    changed[offset] ^= mask
                    let isAccepted = check(kind, changed, "\(name) byte \(offset) ^ \(mask)")
                    let isSealed = [.config, .pack, .indexSegment, .tableSegment, .latest, .commit]
                        .contains(kind)
                    // A pack's own name is compared with its key, and its content is advice.
                    let isFree = kind == .pack && (offset == 18 || (24..<48).contains(offset))
                    #expect(!isAccepted || !isSealed || isFree, "\(name) byte \(offset) ^ \(mask)")
                }
            }
        }
    }

    @Test func everyChangedByteBehindGoodChecksumsIsRefusedOrCanonical() throws {
        for (name, kind, bytes) in try Self.all() {
            for offset in bytes.indices {
                for mask in Self.masks(bytes.count) {
                    var changed = bytes
                    changed[offset] ^= mask
                    changed = kind.repaired(changed)
                    _ = check(kind, changed, "\(name) byte \(offset) ^ \(mask), repaired")
                }
            }
        }
    }

    @Test(arguments: [UInt64(1), 2, 3, 4]) func randomDamageIsRefusedOrCanonical(seed: UInt64)
        throws
    {
        var random = SplitMix(seed: seed)
        let vectors = try Self.all()
        for step in 0..<4_000 {
            let (name, kind, bytes) = vectors[random.below(vectors.count)]
            guard !bytes.isEmpty else { continue }
            var changed = bytes
            for _ in 0...random.below(4) {
                let offset = random.below(changed.count)
                switch random.below(4) {
                case 0: changed[offset] = UInt8(truncatingIfNeeded: random.next())
                case 1: changed[offset] = [0, 1, 0x7F, 0x80, 0xFF][random.below(5)]
                case 2:
                    let end = min(changed.count, offset + 1 + random.below(8))
                    changed.removeSubrange(offset..<end)
                default: changed.insert(contentsOf: random.bytes(1 + random.below(8)), at: offset)
                }
                if changed.isEmpty { break }
            }
            if random.below(4) > 0 { changed = kind.repaired(changed) }
            _ = check(kind, changed, "\(name), seed \(seed), step \(step)")
        }
    }
}

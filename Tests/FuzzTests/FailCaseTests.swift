import Foundation
import PinFormat
import PinTesting
import PinTransforms
import Testing

/// What the fuzzers attack, for ever: the vectors, every input that once broke a decoder, and a
/// little damage of each run's own.
@Suite struct FailCaseTests {
    private static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent()

    private static func files(_ folder: String) -> [(name: String, bytes: [UInt8])] {
        let folder = tests.appendingPathComponent(folder)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.sorted().compactMap { name in
            (try? Data(contentsOf: folder.appendingPathComponent(name))).map { (name, [UInt8]($0)) }
        }
    }

    /// Inputs that a target accepts, with checksums of zero.
    private static func seeds(_ target: FuzzTarget) -> [[UInt8]] {
        let kinds: [[UInt8]] = target == .rows ? [[0], [1], [2], [3]] : [[]]
        let vectors = files("Vectors/valid").filter { file in
            file.name.hasSuffix(".bin")
                && target.seedPrefixes.contains { file.name.hasPrefix($0) }
        }.flatMap { file in kinds.map { $0 + file.bytes } }
        let seeds = vectors.compactMap {
            try? target.reencoded($0, .standard, encoding: FuzzTarget.zero)
        }
        return seeds + ForeignBytes.samples(target).map { Array($0.utf8) }
    }

    @Test(arguments: FuzzTarget.allCases) func whatOnceBrokeADecoderDoesNot(_ target: FuzzTarget) {
        for (name, bytes) in Self.files("Fuzz/FailCases")
        where name.hasPrefix(target.rawValue + "-") {
            print("  \(name)")
            target.attack(bytes)
        }
    }

    @Test(arguments: FuzzTarget.allCases) func damageIsRefusedOrCanonical(_ target: FuzzTarget) {
        let seed = SeededRandom.fresh
        let random = SeededRandom(seed: seed)
        let seeds = Self.seeds(target) + [random.bytes(count: 100), []]
        print("  \(target): seed \(seed), \(seeds.count) inputs")
        for bytes in seeds where bytes.count <= 20_000 {
            target.attack(bytes)
            for _ in 0..<40 { target.attack(Self.damaged(bytes, random)) }
        }
    }

    /// A few changes: bits, numbers at their limits, cuts, repetitions.
    private static func damaged(_ bytes: [UInt8], _ random: SeededRandom) -> [UInt8] {
        var bytes = bytes
        for _ in 0...random.below(4) {
            let place = random.below(bytes.count + 1)
            switch random.below(6) {
            case 0 where place < bytes.count: bytes[place] ^= 1 << UInt8(random.below(8))
            case 1 where place < bytes.count: bytes[place] = [0, 1, 0x7F, 0xFF][random.below(4)]
            case 2 where place + 8 <= bytes.count:
                bytes.replaceSubrange(
                    place..<place + 8, with: repeatElement(random.oneIn(2) ? 0xFF : 0, count: 8))
            case 3: bytes.removeSubrange(place..<min(bytes.count, place + random.below(9)))
            case 4: bytes.insert(contentsOf: bytes.prefix(random.below(40)), at: place)
            default: bytes.insert(contentsOf: random.bytes(count: 1 + random.below(3)), at: place)
            }
        }
        return bytes
    }
}

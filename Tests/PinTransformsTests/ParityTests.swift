import CPinKernels
import PinFormat
import PinTesting
import Testing

@testable import PinTransforms

/// Goal: parity mends what it promises to, byte for byte, and never gives wrong bytes.
/// Method: kernels against the definition; random packs, layouts and damage by printed seeds.
@Suite struct ParityTests {
    static let kernels = [PINS_PARITY_PORTABLE, PINS_PARITY_SSSE3, PINS_PARITY_AVX2].filter {
        pins_parity_can_run($0)
    }
    private static let name = ObjectName(base: 3, random: [UInt8](repeating: 7, count: 16))

    static func parity(
        of pack: [UInt8], _ layout: ParityLayout, _ kernel: pins_parity_kernel? = nil,
        pieces: [Int] = []
    ) -> [UInt8] {
        var encoder = ParityEncoder(layout, kernel: kernel ?? pins_parity_best_kernel())
        var start = 0
        for end in pieces.sorted() + [pack.count] {
            encoder.update(pack.span.bytes.extracting(start..<end))
            start = end
        }
        return encoder.finish(name: name)
    }

    // MARK: - The field

    /// FORMAT.md §7.10 a second time, as it is worded: products of polynomials, then the remainder.
    private static func productAsWorded(_ one: UInt8, _ other: UInt8) -> UInt8 {
        var product: UInt16 = 0
        for bit in 0..<8 as Range<UInt16> where UInt16(other) >> bit & 1 == 1 {
            product ^= UInt16(one) << bit
        }
        for bit in stride(from: 14, through: 8, by: -1) as StrideThrough<UInt16>
        where product >> bit & 1 == 1 {
            product ^= 0x11D << (bit - 8)
        }
        return UInt8(product)
    }

    @Test func theDefinitionIsTheFieldOfTheFormat() {
        for one in UInt8.min...UInt8.max {
            for other in UInt8.min...UInt8.max {
                let product = pins_field_multiply(one, other)
                if product != Self.productAsWorded(one, other) {
                    Issue.record("\(one) times \(other) is \(product)")
                }
            }
        }
        // The examples of FORMAT.md.
        #expect(ParityField.coefficient(row: 0, column: 0) == 0x1B)
        #expect(ParityField.coefficient(row: 1, column: 2) == 0x1D)
        for row in 0..<128 {
            for column in 0..<128 {
                let factor = ParityField.coefficient(row: row, column: column)
                let sum = UInt8(column ^ (128 + row))
                if pins_field_multiply(factor, sum) != 1 { Issue.record("\(row), \(column)") }
            }
        }
    }

    @Test(arguments: kernels.map(\.rawValue)) func kernelsGiveTheSumsOfTheDefinition(
        kernel: UInt32
    ) {
        let seed = SeededRandom.fresh
        let random = SeededRandom(seed: seed)
        print("  kernel \(kernel): seed \(seed)")
        for _ in 0..<400 {
            let (count, rows) = (random.below(300), 1 + random.below(11))
            let (shift, gap) = (random.below(40), random.below(40))
            let input = random.bytes(count: count + shift)
            let factors = random.bytes(count: rows)
            let memory = random.bytes(count: rows * (count + gap) + shift)
            func sums(_ kernel: pins_parity_kernel) -> [UInt8] {
                var memory = memory
                ParityField.add(
                    input.span.bytes.extracting(shift...), times: factors, to: &memory,
                    at: shift, stride: count + gap, kernel)
                return memory
            }
            let isEqual =
                sums(pins_parity_kernel(rawValue: kernel)) == sums(PINS_PARITY_DEFINITION)
            if !isEqual { Issue.record("\(count) bytes, \(rows) rows, seed \(seed)") }
        }
    }

    // MARK: - Layouts

    /// Lengths at which something changes, and others.
    static let byteCounts = [
        1, 63, 64, 65, 148, 8_191, 8_192, 8_193, 100_000, 1 << 20, (8 << 20) - 1, 8 << 20,
        (8 << 20) + 1, 16 << 20, 32 << 20, 33_000_000, 256 << 20,
    ]

    /// A run of damage of the promised length reaches no more blocks of a group than it has rows.
    @Test func aRunOfThePromisedLengthIsWithinTheParity() {
        for byteCount in Self.byteCounts {
            for percent in ParityLayout.percents {
                let layout = ParityLayout(packByteCount: byteCount, percent: percent)
                let run = byteCount * percent / 100
                guard run > 0 else { continue }
                let most = min(layout.blockCount, (run - 2) / layout.blockByteCount + 2)
                let inGroup = min(
                    layout.columnCount, (most + layout.groupCount - 1) / layout.groupCount)
                #expect(inGroup <= layout.rowCount, "\(byteCount) bytes, \(percent) %")
                #expect(layout.columnCount <= 128 && layout.rowCount <= 128)
            }
        }
    }

    /// How pieces come has no influence, nor has the kernel.
    @Test func parityIsAFunctionOfTheBytes() {
        let random = SeededRandom(seed: 11)
        for byteCount in [1, 64, 237, 5_000, 100_001] {
            let pack = random.bytes(count: byteCount)
            let layout = ParityLayout(packByteCount: byteCount, percent: 7)
            let whole = Self.parity(of: pack, layout, PINS_PARITY_DEFINITION)
            for kernel in Self.kernels {
                let pieces = (0..<random.below(20)).map { _ in random.below(byteCount + 1) }
                #expect(Self.parity(of: pack, layout, kernel, pieces: pieces) == whole)
            }
        }
    }

    // MARK: - Damage

    private struct Case {
        let pack: [UInt8]
        let layout: ParityLayout
        let object: [UInt8]

        init(_ random: SeededRandom) {
            let byteCount = [1 + random.below(200), 1 + random.below(9_000), 60_000][
                random.below(3)]
            // Bytes that repeat, so that blocks may be equal.
            pack = random.bytes(count: byteCount).map { random.oneIn(2) ? $0 : 0 }
            layout = ParityLayout(packByteCount: byteCount, percent: 1 + random.below(100))
            object = ParityTests.parity(of: pack, layout)
        }
    }

    @Test func damageWithinThePercentageIsMendedByteForByte() throws {
        let seed = SeededRandom.fresh
        let random = SeededRandom(seed: seed)
        print("  seed \(seed)")
        for number in 0..<300 {
            let one = Case(random)
            var found = one.pack
            let percent = one.layout.rowCount
            Self.damage(&found, blocks: percent, one.layout, random)
            // The object has a hole in its first description, its second, or its seal.
            var object = one.object
            switch random.below(4) {
            case 0: object[random.below(one.layout.blocksOffset)] ^= 0x40
            case 1:
                object[one.layout.copyOffset + random.below(one.layout.descriptionByteCount)] ^= 2
            case 2: object.removeLast(1 + random.below(30))
            default: object += random.bytes(count: 9)
            }
            let outcome = try ParityRepair(object).repair(found)
            guard case .whole(let mended, _) = outcome, mended == one.pack else {
                Issue.record("case \(number) of seed \(seed) is not mended: \(one.layout)")
                continue
            }
        }
    }

    /// Damages at most so many blocks, in one of the ways in which media and people do.
    private static func damage(
        _ pack: inout [UInt8], blocks: Int, _ layout: ParityLayout, _ random: SeededRandom
    ) {
        let size = layout.blockByteCount
        let run = max(1, min(pack.count, (blocks - 1) * size))
        let start = random.below(pack.count - run + 1)
        switch random.below(6) {
        case 0:
            for _ in 0..<blocks {
                pack[random.below(pack.count)] ^= 1 << UInt8(random.below(8))
            }
        case 1: pack.replaceSubrange(start..<start + run, with: repeatElement(0, count: run))
        case 2: pack.removeLast(run)
        case 3: pack += random.bytes(count: random.below(5_000))
        case 4 where blocks > 1 && layout.blockCount > 2 && pack.count >= layout.packByteCount:
            let a = layout.range(ofBlock: random.below(layout.blockCount - 1))
            let b = layout.range(ofBlock: random.below(layout.blockCount - 1))
            let bytes = Array(pack[a])
            pack.replaceSubrange(a, with: Array(pack[b]))
            pack.replaceSubrange(b, with: bytes)
        default: pack.replaceSubrange(start..<start + run, with: random.bytes(count: run))
        }
    }

    @Test func moreDamageIsReportedAndNeverWrongBytes() throws {
        let seed = SeededRandom.fresh
        let random = SeededRandom(seed: seed)
        print("  seed \(seed)")
        var (beyond, whole) = (0, 0)
        for number in 0..<300 {
            let one = Case(random)
            var (found, object) = (one.pack, one.object)
            for _ in 0..<1 + random.below(2 * one.layout.rowCount) {
                Self.damage(&found, blocks: 1 + random.below(20), one.layout, random)
                if found.isEmpty { break }
            }
            let block = one.layout.range(ofParityBlock: random.below(one.layout.parityBlockCount))
            object[block.lowerBound] ^= 1
            switch try ParityRepair(object).repair(found) {
            case .whole(let mended, _):
                whole += 1
                if mended != one.pack { Issue.record("wrong bytes: case \(number), seed \(seed)") }
            case .beyond(let damage):
                beyond += 1
                #expect(damage.damagedParityBlockCount == 1)
                #expect(damage.lostBlockCount > 0 && damage.lostBlockCount <= damage.blockCount)
            case .wrong: Issue.record("case \(number), seed \(seed): the parity is right")
            }
        }
        #expect(beyond > 50 && whole > 10, "seed \(seed)")
    }

    /// Parity of 100 percent has all of the pack.
    @Test func aPackThatIsGoneIsMadeOfItsParity() throws {
        let random = SeededRandom(seed: 12)
        for byteCount in [1, 64, 65, 237, 8_192, 8_193, 100_000] {
            let pack = random.bytes(count: byteCount)
            let layout = ParityLayout(packByteCount: byteCount, percent: 100)
            let repair = try ParityRepair(Self.parity(of: pack, layout))
            #expect(repair.repair([]) == .whole(pack, mendedBlockCount: layout.blockCount))
        }
    }

    /// Packs of several groups: a bad region of the promised length, wherever it begins; and every
    /// group alone at its limit.
    @Test func aRegionOfALargePackIsMended() throws {
        let seed = SeededRandom.fresh
        let random = SeededRandom(seed: seed)
        print("  seed \(seed)")
        let pack = Self.stream(21_000_001)
        let layout = ParityLayout(packByteCount: pack.count, percent: 5)
        #expect(layout.groupCount == 3)
        let repair = try ParityRepair(Self.parity(of: pack, layout))
        let run = pack.count / 20
        for start in [0, pack.count - run, random.below(pack.count - run)] {
            var found = pack
            found.replaceSubrange(start..<start + run, with: repeatElement(0xEE, count: run))
            guard case .whole(let mended, _) = repair.repair(found) else {
                Issue.record("the region at \(start) is not mended")
                continue
            }
            #expect(mended == pack)
        }
        var found = pack
        for row in 0..<layout.rowCount { found[row * 3 * 65_536 + 5] ^= 1 }
        guard case .whole(let mended, layout.rowCount) = repair.repair(found) else {
            Issue.record("what one group can bear is not mended")
            return
        }
        #expect(mended == pack)
        found[layout.rowCount * 3 * 65_536 + 5] ^= 1
        guard case .beyond(let damage) = repair.repair(found) else {
            Issue.record("more than a group can bear is not reported")
            return
        }
        #expect(damage.lostBlockCount == layout.rowCount + 1)
    }

    private static func stream(_ count: Int) -> [UInt8] {
        var state: UInt64 = 1
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 56)
        }
    }

    /// Every checksum of it is right, and the parity is that of other bytes: no pack comes of it.
    @Test func parityOfOtherBytesMakesNoPack() throws {
        let pack = SeededRandom(seed: 13).bytes(count: 5_000)
        let layout = ParityLayout(packByteCount: pack.count, percent: 10)
        var object = Self.parity(of: pack, layout)
        let good = try PackParity(object, .standard).description
        for index in 0..<layout.parityBlockCount {
            object[layout.range(ofParityBlock: index).lowerBound] ^= 1
        }
        let sums = (0..<layout.parityBlockCount).map {
            Checksums.standard.crc32c(object, layout.range(ofParityBlock: $0), 0)
        }
        PackParity.complete(
            &object,
            ParityDescription(
                name: good.name, layout: layout, packDigest: good.packDigest,
                blockChecksums: good.blockChecksums, parityChecksums: sums),
            .standard)
        _ = try PackParity(object, .standard)
        var found = pack
        found[0] ^= 1
        #expect(try ParityRepair(object).repair(found) == .wrong)
        #expect(try ParityRepair(object).repair(pack) == .whole(pack, mendedBlockCount: 0))
    }

    /// Nothing that says it is parity takes memory before its bytes are there.
    @Test func bytesThatAreNoParityAreRefused() throws {
        let seed = SeededRandom.fresh
        let random = SeededRandom(seed: seed)
        print("  seed \(seed)")
        let one = Case(random)
        for count in [0, 1, 15, 16, 47, 48, 87, 88, one.layout.blocksOffset - 1] {
            #expect(throws: FormatError.self) {
                _ = try ParityRepair(Array(one.object.prefix(count)))
            }
        }
        for _ in 0..<200 {
            let bytes = random.bytes(count: random.below(400))
            #expect(throws: FormatError.self) { _ = try ParityRepair(bytes) }
        }
    }
}

/// Writes the binary kind: a header, then one column after another, as an uncompressed Arrow or
/// Feather file has them. All numbers are little-endian.
extension CorpusTable {
    /// The magic, the numbers of columns and of rows, and the names, padded to 64 bytes.
    func appendBinaryHeader(to out: inout [UInt8]) {
        CorpusText.append("COLUMNS1", to: &out)
        appendLittle(UInt64(columnCount), byteCount: 8, to: &out)
        appendLittle(UInt64(liveRowCount()), byteCount: 8, to: &out)
        for column in 0..<columnCount {
            CorpusText.append(columnName(column), to: &out)
            out.append(0)
        }
        appendPadding(from: 0, to: &out)
    }

    /// Zeros up to the next multiple of 64 bytes after `offset` + what stands in `out`.
    func appendPadding(from offset: Int, to out: inout [UInt8]) {
        let excess = (offset + out.count) % 64
        if excess > 0 { out += repeatElement(0, count: 64 - excess) }
    }

    /// One cell, 8 bytes wide.
    func appendBinaryCell(_ row: Int, _ column: Int, to out: inout [UInt8]) {
        appendLittle(binaryCell(row, column), byteCount: 8, to: &out)
    }

    private func binaryCell(_ row: Int, _ column: Int) -> UInt64 {
        let bits = cell(row, column)
        switch column {
        case 0: return UInt64(row) + 1
        // Microseconds since 1970, about 140 ms apart.
        case 1: return 1_735_689_600_000_000 + UInt64(row) * 137_000 + bits % 90_000
        // A price in cents, as the nearest binary number.
        case 2: return Self.binary64(199 + bits % 25_000, over: 100)
        // Full-precision noise in 1..<2.
        case 3: return 0x3FF0_0000_0000_0000 | bits >> 12
        // A slow wave with noise: a sensor's reading in thousandths.
        case 4: return Self.binary64(20_000 + wave(row) + bits % 64, over: 1000)
        case 5: return UInt64(kind.classIndex(column, bits))
        case 6: return UInt64(kind.classIndex(column, bits)) * 10
        default: return Self.binary64(bits % 100_000 + 1, over: 1000)
        }
    }

    /// A triangle wave of period 4096 rows and height 2048.
    private func wave(_ row: Int) -> UInt64 {
        let phase = UInt64(row % 4096)
        return phase < 2048 ? phase : 4096 - phase
    }

    /// The bits of the IEEE 754 double nearest to `numerator` / `denominator`, by integer
    /// division, rounding half to even.
    ///
    /// - Parameters:
    ///   - numerator: 1…2³².
    ///   - denominator: 1…2³².
    static func binary64(_ numerator: UInt64, over denominator: UInt64) -> UInt64 {
        precondition(numerator > 0 && denominator > 0, "positive numbers only")
        var exponent = 0
        var low = denominator
        var high = numerator
        // Scale until 1 ≤ high / low < 2, then take 53 bits of the quotient; the first is 1.
        while high >= 2 * low {
            low *= 2
            exponent += 1
        }
        while high < low {
            high *= 2
            exponent -= 1
        }
        var quotient: UInt64 = 1
        var rest = high - low
        for _ in 0..<52 {
            rest *= 2
            quotient *= 2
            if rest >= low {
                rest -= low
                quotient += 1
            }
        }
        if 2 * rest > low || (2 * rest == low && quotient & 1 == 1) { quotient += 1 }
        if quotient == 1 << 53 {
            quotient >>= 1
            exponent += 1
        }
        return UInt64(exponent + 1023) << 52 | quotient & 0xF_FFFF_FFFF_FFFF
    }
}

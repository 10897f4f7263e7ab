import PinFormat

@testable import PinTransforms

/// Bytes that are the same for the same seed: the tests print the seed.
struct SampleBytes {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

    mutating func random(_ count: Int) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(count + 8)
        while out.count < count {
            let word = next()
            for shift in stride(from: 0, to: 64, by: 8) {
                out.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
            }
        }
        out.removeLast(out.count - count)
        return out
    }

    /// Lines of digits and commas.
    mutating func text(_ count: Int) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(count + 32)
        var row = 0
        while out.count < count {
            out += "\(row),\(next() & 0xFFF),north,\(next() & 0xF)\n".utf8
            row += 1
        }
        out.removeLast(out.count - count)
        return out
    }

    /// Eight-byte numbers that rise slowly: what the filters are for.
    mutating func numbers(_ count: Int) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(count + 8)
        var value: UInt64 = 1_700_000_000_000
        while out.count < count {
            value += next() & 0xFFFF
            for shift in stride(from: 0, to: 64, by: 8) {
                out.append(UInt8(truncatingIfNeeded: value >> UInt64(shift)))
            }
        }
        out.removeLast(out.count - count)
        return out
    }
}

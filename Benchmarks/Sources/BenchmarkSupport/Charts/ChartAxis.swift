#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What a direction of a chart measures.
public struct ChartAxis: Sendable {
    /// How values become places.
    public enum Scale: String, Sendable {
        /// From zero on.
        case linear
        /// Equal ratios are equally far apart; values must be positive.
        case logarithmic
    }

    /// The quantity and its unit, such as `MiB stored`.
    public let label: String
    public let scale: Scale
    /// Where values are written, and what; chosen by the chart where it is empty.
    public let marks: [(value: Double, text: String)]

    public init(
        _ label: String, _ scale: Scale = .linear, marks: [(value: Double, text: String)] = []
    ) {
        self.label = label
        self.scale = scale
        self.marks = marks
    }

    /// The values at both ends and those that are written, for data from `least` to `most`.
    func laidOut(
        _ least: Double, _ most: Double, startsAtZero: Bool
    ) -> (ends: ClosedRange<Double>, marks: [(value: Double, text: String)]) {
        guard least <= most, most.isFinite else { return (0...1, []) }
        if scale == .logarithmic {
            let chosen = marks.isEmpty ? Self.decades(least, most) : marks
            let values = chosen.map(\.value)
            return (min(least, values.min() ?? least)...max(most, values.max() ?? most), chosen)
        }
        let from = startsAtZero ? min(0, least) : least
        guard marks.isEmpty else {
            let values = marks.map(\.value)
            return (min(from, values.min() ?? from)...max(most, values.max() ?? most), marks)
        }
        let step = Self.step(most - from)
        let last = (most / step).rounded(startsAtZero ? .up : .down) * step
        var value = (from / step).rounded(.up) * step
        var chosen: [(value: Double, text: String)] = []
        while value <= last + step / 2 {
            chosen.append((value, Self.text(value, step)))
            value += step
        }
        let top = max(most, last)
        return (from...(top > from ? top : from + 1), chosen)
    }

    /// 0…1 from one end to the other.
    func place(_ value: Double, in ends: ClosedRange<Double>) -> Double {
        let (low, high) = (ends.lowerBound, ends.upperBound)
        guard high > low else { return 0.5 }
        if scale == .linear { return (value - low) / (high - low) }
        return log(value / low) / log(high / low)
    }

    /// 1, 2 or 5 times a power of ten: about four steps over a span.
    private static func step(_ span: Double) -> Double {
        guard span > 0 else { return 1 }
        let power = pow(10, floor(log10(span / 4)))
        let ratio = span / 4 / power
        return power * (ratio > 5 ? 10 : ratio > 2 ? 5 : ratio > 1 ? 2 : 1)
    }

    private static func decades(
        _ least: Double, _ most: Double
    ) -> [(value: Double, text: String)] {
        guard least > 0 else { return [] }
        var chosen: [(value: Double, text: String)] = []
        var value = pow(10, floor(log10(least)))
        while value <= most * 10 {
            chosen.append((value, text(value, value)))
            if value >= most { break }
            value *= 10
        }
        return chosen
    }

    private static func text(_ value: Double, _ step: Double) -> String {
        let places = step >= 1 ? 0 : step >= 0.1 ? 1 : step >= 0.01 ? 2 : 3
        let digits = Decimals.text(value, places)
        guard places == 0, digits.count > 4 else { return digits }
        // Thousands apart: 12 000.
        var out = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { out += "\u{202F}" }
            out.append(digit)
        }
        return out
    }
}

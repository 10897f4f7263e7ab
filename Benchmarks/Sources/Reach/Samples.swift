import BenchmarkSupport

/// Seconds by what took them, one for each round.
struct Samples {
    private(set) var byName: [String: [Double]] = [:]
    /// In the order in which they first came.
    private(set) var names: [String] = []

    mutating func append(_ name: String, _ seconds: Double) {
        if byName[name] == nil { names.append(name) }
        byName[name, default: []].append(seconds)
    }

    /// The shortest, or `nil` if there is none.
    func best(_ name: String) -> Double? { byName[name]?.min() }

    func median(_ name: String) -> Double? { byName[name].map(Decimals.median) }
}

/// The two figures of every measurement.
struct Figure {
    let best: Double
    let median: Double

    static func / (left: Figure, right: Figure) -> Figure {
        Figure(best: left.best / right.best, median: left.median / right.median)
    }

    static func * (left: Figure, factor: Double) -> Figure {
        Figure(best: left.best * factor, median: left.median * factor)
    }

    static func + (left: Figure, right: Figure) -> Figure {
        Figure(best: left.best + right.best, median: left.median + right.median)
    }
}

extension Samples {
    subscript(_ name: String) -> Figure? {
        guard let best = best(name), let median = median(name) else { return nil }
        return Figure(best: best, median: median)
    }
}

/// A ratio of sizes that this tool wants to reach.
struct Goal: Sendable {
    /// How a series fared.
    struct Verdict {
        let ratio: Double
        let isMet: Bool
    }

    /// A word for the table.
    let name: String
    /// A sentence for the list.
    let title: String
    let limit: Double
    /// The ratio, or `nil` where the goal says nothing about the series.
    let ratio: @Sendable (SeriesResult) -> Double?

    static let all = [
        Goal(name: "restic", title: "JSON and CSV ≤ 0.4 × restic", limit: 0.4) { result in
            result.series.isText ? over(result, result["restic"]?.final) : nil
        },
        Goal(
            name: "best", title: "JSON and CSV ≤ 0.5 × the best of restic, borg, casync",
            limit: 0.5
        ) { result in
            result.series.isText ? over(result, result.bestRival?.final) : nil
        },
        Goal(
            name: "never", title: "never > 1.01 × the best of restic, borg, casync", limit: 1.01
        ) { result in over(result, result.bestRival?.final) },
        Goal(
            name: "patch", title: "≤ 1.6 × patch-from where that is the smallest other",
            limit: 1.6
        ) { result in
            guard let patch = result["patch-from"]?.final else { return nil }
            let others = result.tools.filter { !$0.tool.hasPrefix("pins") }.map(\.final)
            return others.allSatisfy { $0 >= patch } ? over(result, patch) : nil
        },
        Goal(name: "gc", title: "after prune and gc ≤ 1.1 × a fresh board", limit: 1.1) { result in
            result.pruned.map { Double($0.after) / Double($0.fresh) }
        },
    ]

    /// What the goals say about a series, by their names.
    static func verdicts(_ result: SeriesResult) -> [String: Verdict] {
        var out: [String: Verdict] = [:]
        for goal in all {
            guard let ratio = goal.ratio(result) else { continue }
            out[goal.name] = Verdict(ratio: ratio, isMet: ratio <= goal.limit)
        }
        return out
    }

    private static func over(_ result: SeriesResult, _ other: Int?) -> Double? {
        guard let ours = result["pins"]?.final, let other, other > 0 else { return nil }
        return Double(ours) / Double(other)
    }
}

/// A ratio of sizes that this tool wants to reach.
struct Goal: Sendable {
    /// How a series fared.
    struct Verdict {
        let ratio: Double
        let isMet: Bool
        /// The same ratio for a chain of patches: where it is over the limit too, the data has not
        /// enough in common with what the others store again.
        let ratioOfPatches: Double?
    }

    /// A word for the table.
    let name: String
    /// A sentence for the list.
    let title: String
    let limit: Double
    /// What the goal compares with, or `nil` where it says nothing about the series.
    let other: @Sendable (SeriesResult) -> Int?

    static let all = [
        Goal(name: "restic", title: "JSON and CSV ≤ 0.4 × restic", limit: 0.4) {
            $0.isText ? $0["restic"]?.final : nil
        },
        Goal(
            name: "best", title: "JSON and CSV ≤ 0.5 × the best of restic, borg, casync",
            limit: 0.5
        ) { $0.isText ? $0.bestRival?.final : nil },
        Goal(
            name: "never", title: "never > 1.01 × the best of restic, borg, casync", limit: 1.01
        ) { $0.bestRival?.final },
        Goal(
            name: "patch", title: "≤ 1.6 × patch-from where that is the smallest other",
            limit: 1.6
        ) { result in
            guard let patch = result["patch-from"]?.final else { return nil }
            let others = result.tools.filter { $0.tool != "pins" }
            return others.allSatisfy { $0.final >= patch } ? patch : nil
        },
    ]

    /// After prune and gc, against a board that is made anew.
    static let prunedLimit = 1.1

    /// What the goal says about a series; `nil` where nothing.
    func verdict(_ result: SeriesResult) -> Verdict? {
        guard let ours = result["pins"]?.final, let other = other(result), other > 0 else {
            return nil
        }
        let ratio = Double(ours) / Double(other)
        let patches = result["patch-from"].map { Double($0.final) / Double(other) }
        return Verdict(ratio: ratio, isMet: ratio <= limit, ratioOfPatches: patches)
    }
}

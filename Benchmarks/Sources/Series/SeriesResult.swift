/// What one tool made of one series.
struct ToolResult: Codable, Sendable {
    let tool: String
    /// The bytes of the store after each version.
    let storedBytes: [Int]
    /// Processor seconds, user and kernel, of all writes and of all restores.
    let writeProcessorSeconds: Double
    let restoreProcessorSeconds: Double

    var final: Int { storedBytes.last ?? 0 }
}

/// A board after its old versions were pruned and collected, beside a new one.
struct PruneResult: Codable, Sendable {
    let keptVersions: Int
    let beforeBytes: Int
    let afterBytes: Int
    /// A new board with the same versions.
    let freshBytes: Int

    var ratio: Double { Double(afterBytes) / Double(max(1, freshBytes)) }
}

/// What all tools made of one series.
struct SeriesResult: Codable, Sendable {
    /// A tool that ended with an error, and what it said.
    struct Fault: Codable, Sendable {
        let tool: String
        let message: String
    }

    /// The series' name.
    let series: String
    /// Whether it is versioned JSON or CSV, which has goals of its own.
    let isText: Bool
    let versionBytes: [Int]
    var tools: [ToolResult] = []
    var failures: [Fault] = []
    var pruned: PruneResult?

    subscript(_ tool: String) -> ToolResult? { tools.first { $0.tool == tool } }

    /// The smallest of the stores that deduplicate.
    var bestRival: ToolResult? {
        StudyTools.rivals.compactMap { self[$0] }.min { $0.final < $1.final }
    }
}

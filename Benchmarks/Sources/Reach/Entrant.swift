import BenchmarkSupport

/// What is timed, and named in tables and pictures.
enum Job: String, CaseIterable {
    case new = "write new CSV"
    case random = "write new random bytes"
    case again = "write the same again"
    case edited = "write, 0.1 % edited in a block"
    case scattered = "write, 0.1 % of the cells edited"
    case restore = "restore"
}

/// A tool with its settings, and the jobs that it is timed in.
struct Entrant {
    let tool: Tool
    /// `nil` is the tool's own default.
    let level: Int?
    let jobs: Set<Job>

    var name: String { tool.name }

    init(_ tool: Tool, level: Int? = nil, _ jobs: Set<Job>) {
        self.tool = tool
        self.level = level
        self.jobs = jobs
    }

    /// The same without the jobs that are not in the table, after a number of rounds.
    func inRound(_ round: Int, of count: Int) -> Entrant {
        guard round > count, !name.hasPrefix("pins") else { return self }
        return Entrant(
            tool, level: level, jobs.intersection(isReference ? [.new, .restore] : [.new]))
    }

    /// Whether its restore is a limit in the table.
    private var isReference: Bool { name.hasPrefix("zstd") }

    /// Neighbours in this order are compared, so that they run close together.
    static func all(pins: Tool, defaultLevel: Int) -> [Entrant] {
        let cycle: Set<Job> = [.new, .again, .edited, .restore, .random]
        var all = [Entrant(Tools.zstd.named("zstd -3"), level: 3, [.new, .restore, .random])]
        if defaultLevel != 3 { all.append(Entrant(pins.named("pins -3"), level: 3, [.new])) }
        all += [
            Entrant(pins, cycle.union([.scattered])),
            Entrant(Tools.zstd.named("zstd -1"), level: 1, [.new]),
            Entrant(pins.named("pins -1"), level: 1, [.new]),
            Entrant(
                pins.named(flatless, adding: ["--no-flat-digest"]),
                [.again, .edited, .scattered]),
            Entrant(Tools.restic, cycle), Entrant(Tools.borg, cycle),
            Entrant(Tools.casync, cycle), Entrant(Tools.hfXet, cycle),
        ]
        return all
    }

    static let flatless = "pins, no flat digest"
}

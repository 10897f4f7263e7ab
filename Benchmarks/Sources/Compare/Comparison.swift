import BenchmarkSupport
import PinTesting

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What one tool took in one case; times and memory are medians over the runs.
struct Outcome {
    let tool: String
    let ingest: Child.Usage
    let reingest: Child.Usage
    let restore: Child.Usage
    /// The bytes of the store after version 1 and after both.
    let storedFirst: Int
    let storedBoth: Int
}

/// The outcomes of one case, and how large its two versions are.
struct CaseResult {
    let name: String
    let firstByteCount: Int
    let secondByteCount: Int
    let outcomes: [Outcome]
}

/// Makes the data, runs the tools one after another, and checks what they give back.
final class Comparison {
    private let settings: Settings
    private let tools: [Tool]
    /// The tools that are not here.
    let skipped: [String]

    init(_ settings: Settings) {
        self.settings = settings
        tools = settings.tools.filter(\.isHere)
        skipped = settings.tools.filter { !$0.isHere }.map(\.name)
        for name in skipped { Program.note("\(name) is not here: skipped") }
    }

    func run() throws -> [CaseResult] {
        let root = "\(settings.folder)/pins-compare-\(getpid())"
        try Files.makeFolder(root)
        defer {
            if settings.keepsStores {
                Program.note("the stores are in \(root)")
            } else {
                try? Folders.remove(root)
            }
        }
        return try settings.cases.map { try run($0, in: root) }
    }

    private func run(_ one: Settings.Case, in root: String) throws -> CaseResult {
        Program.note("\(one.name): making the data")
        let base = Corpus(one.kind, byteCount: settings.byteCount, seed: settings.seed)
        let versions = ["\(root)/version1", "\(root)/version2"]
        let sizes = [
            try Files.write(base, to: versions[0]),
            try Files.write(base.version(2, edit: one.edit), to: versions[1]),
        ]
        let outcomes = try tools.map { tool in
            let runs = try (1...settings.runCount).map { number in
                Program.note("\(one.name): \(tool.name), run \(number)")
                return try run(tool, versions, in: root)
            }
            return Self.median(runs)
        }
        for version in versions { try Folders.remove(version) }
        return CaseResult(
            name: one.name, firstByteCount: sizes[0], secondByteCount: sizes[1],
            outcomes: outcomes)
    }

    /// One run of one tool, in folders of its own.
    private func run(_ tool: Tool, _ versions: [String], in root: String) throws -> Outcome {
        let run = try ToolRun(tool, in: "\(root)/\(tool.name)", level: settings.level)
        var usages: [Child.Usage] = []
        var stored: [Int] = []
        for version in 1...2 {
            usages.append(try run.write(versions[version - 1], version: version))
            stored.append(try run.storedByteCount())
        }
        for version in [2, 1] {
            usages.append(try run.restore(version, equalTo: versions[version - 1]))
        }
        if !settings.keepsStores { try run.remove() }
        return Outcome(
            tool: tool.name, ingest: usages[0], reingest: usages[1], restore: usages[2],
            storedFirst: stored[0], storedBoth: stored[1])
    }

    private static func median(_ runs: [Outcome]) -> Outcome {
        func usage(_ part: KeyPath<Outcome, Child.Usage>) -> Child.Usage {
            let all = runs.map { $0[keyPath: part] }
            return Child.Usage(
                wallSeconds: Decimals.median(all.map(\.wallSeconds)),
                processorSeconds: Decimals.median(all.map(\.processorSeconds)),
                peakByteCount: Int(Decimals.median(all.map { Double($0.peakByteCount) })))
        }
        func count(_ part: KeyPath<Outcome, Int>) -> Int {
            Int(Decimals.median(runs.map { Double($0[keyPath: part]) }))
        }
        return Outcome(
            tool: runs[0].tool, ingest: usage(\.ingest), reingest: usage(\.reingest),
            restore: usage(\.restore), storedFirst: count(\.storedFirst),
            storedBoth: count(\.storedBoth))
    }
}

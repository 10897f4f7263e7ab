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
        tools = settings.tools.filter { Child.find($0.program) != nil }
        skipped = settings.tools.filter { Child.find($0.program) == nil }.map(\.name)
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
        let work = "\(root)/\(tool.name)"
        try Folders.remove(work)
        let place = Tool.Place(
            payload: "\(work)/source/payload", source: "\(work)/source", store: "\(work)/store",
            home: "\(work)/home", target: "\(work)/target", level: settings.level)
        for folder in [work, place.source, place.home] { try Files.makeFolder(folder) }
        let messages = "\(work)/messages"
        if let initialize = tool.initialize {
            try at(tool, initialize(place)).run(messages: messages)
        }
        var written = place
        var usages: [Child.Usage] = []
        var stored: [Int] = []
        for version in 1...2 {
            try Files.replace(place.payload, with: versions[version - 1])
            var child = at(tool, tool.write(place, version))
            child.output = "\(work)/printed"
            usages.append(try child.run(messages: messages))
            written.printed[version] = try Files.text(of: "\(work)/printed")
            stored.append(try Folders.byteCount(place.store))
        }
        for version in [2, 1] {
            try Folders.remove(place.target)
            try Files.makeFolder(place.target)
            let child = at(tool, try tool.restore(written, version))
            usages.append(try child.run(messages: messages))
            try Files.requireEqual(versions[version - 1], tool.restored(place))
        }
        if !settings.keepsStores { try Folders.remove(work) }
        return Outcome(
            tool: tool.name, ingest: usages[0], reingest: usages[1], restore: usages[2],
            storedFirst: stored[0], storedBoth: stored[1])
    }

    /// The command with the tool's own path; helpers such as `mkdir` stay as they are.
    private func at(_ tool: Tool, _ child: Child) -> Child {
        guard child.program == tool.name else { return child }
        var copy = Child(tool.program, child.arguments)
        copy.environment = child.environment
        copy.folder = child.folder
        copy.output = child.output
        return copy
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

import BenchmarkSupport

/// What to measure, from the command line.
struct StudySettings {
    let maker: SeriesMaker
    let series: [Series]
    let tools: [Tool]
    /// What is not here, and why.
    let skipped: [String]
    let level: Int
    /// This package's command.
    let pins: String
    /// A folder for data and stores that is made and removed.
    let folder: String
    let results: String?

    init(_ options: Options) throws {
        level = try options.integer("--level", default: 3, in: 1...19)
        let path = options["--pins"] ?? "\(Self.package)/.build/release/pins"
        guard Files.exists(path) else { throw Failure("there is no \(path): make build it") }
        pins = try Files.absolute(path)
        let python = try options["--python"].map(Self.interpreter)
        let scripts = try Files.absolute("\(Self.package)/Benchmarks")
        maker = SeriesMaker(
            byteCount: try options.byteCount("--size", default: 64 << 20),
            versionCount: try options.integer("--versions", default: 5, in: 2...100),
            releaseCount: try options.integer("--releases", default: 99, in: 2...99),
            seed: UInt64(try options.integer("--seed", default: 1, in: 0...Int.max)),
            python: python, helper: "\(scripts)/corpus.py",
            cache: options["--cache"] ?? "/tmp/swift-pins-releases")
        let wanted = (options["--series"] ?? "").split(separator: ",").map(String.init)
        let chosen = Series.all.filter { one in
            wanted.isEmpty || wanted.contains { one.name.hasPrefix($0) }
        }
        // `--series none` measures nothing: it writes the report of the record again.
        guard !chosen.isEmpty || wanted == ["none"] else {
            throw Failure("there is no such series; --list shows them")
        }
        series = chosen.filter { python != nil || !$0.needsPython }
        var missing = chosen.count == series.count ? [] : ["series that need --python"]
        let ours = StudyTools.pins(pins, settings: ["--level", "\(level)"])
        var known = [ours, Tools.restic, Tools.borg, Tools.casync]
        if let python {
            let xet = StudyTools.xet(python: python)
            if (try? Child(python, xet.versionArguments).run(messages: "/dev/null")) != nil {
                known.append(xet)
            } else {
                missing.append("hf-xet, not installed")
            }
        }
        known += [StudyTools.zstd, StudyTools.patchFrom]
        tools = known.filter(\.isHere)
        missing += known.filter { !$0.isHere }.map {
            "\($0.name), not installed"
        }
        skipped = missing
        let shared = "/dev/shm"
        let parent = options["--tmp"] ?? (Files.isMemoryFolder(shared) ? shared : "/tmp")
        folder = "\(try Files.absolute(parent))/pins-series-\(Program.identifier)"
        results = options["--results"]
    }

    /// Makes the folder, and removes it with all that is in it.
    func withFolder(_ body: (String) throws -> Void) throws {
        try Files.makeFolder(folder)
        defer { try? Folders.remove(folder) }
        try body(folder)
    }

    /// The folder of the package around this one: …/Benchmarks/.build/release/pins-series.
    private static var package: String {
        let own = CommandLine.arguments.first ?? ""
        guard let range = own.firstRange(of: "Benchmarks/.build") else { return ".." }
        let path = own[..<range.lowerBound]
        return path.isEmpty ? "." : String(path.dropLast())
    }

    /// An interpreter's path is not resolved: that of a virtual environment is a link.
    private static func interpreter(_ path: String) throws -> String {
        guard let found = Child.find(path) else { throw Failure("there is no \(path)") }
        guard let slash = found.lastIndex(of: "/") else { return found }
        return try Files.absolute(String(found[..<slash])) + found[slash...]
    }

    /// What every tool says about itself: the first line.
    func versions(in folder: String) -> [String] {
        tools.filter { $0.name != "patch-from" }.map { tool in
            var child = Child(tool.program, tool.versionArguments)
            child.output = "\(folder)/version"
            guard (try? child.run(messages: "/dev/null")) != nil,
                let line = try? Files.text(of: child.output).split(separator: "\n").first
            else { return tool.name }
            let text = line.split { $0 == " " || $0 == "*" }.joined(separator: " ")
            return text.hasPrefix(tool.name) ? text : "\(tool.name) \(text)"
        }
    }
}

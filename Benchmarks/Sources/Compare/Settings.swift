import BenchmarkSupport
import PinTesting

/// What to compare, from the command line.
struct Settings {
    /// Data, and what happens to it between the two versions.
    struct Case {
        let kind: Corpus.Kind
        let edit: Corpus.Edit
        let name: String
    }

    static let defaultCases =
        "csv/append:0.01,csv/block:0.01,csv/rewrite-column,columns/block:0.01"
        + ",random/block:0.01"

    let byteCount: Int
    let seed: UInt64
    let runCount: Int
    let level: Int
    let cases: [Case]
    let tools: [Tool]
    /// An existing folder for data and stores.
    let folder: String
    let isInMemory: Bool
    let keepsStores: Bool

    init(_ options: Options) throws {
        byteCount = try options.byteCount("--size", default: 256 << 20)
        seed = UInt64(try options.integer("--seed", default: 1, in: 0...Int.max))
        runCount = try options.integer("--runs", default: 1, in: 1...100)
        level = try options.integer("--level", default: 3, in: 1...19)
        cases = try (options["--cases"] ?? Self.defaultCases).split(separator: ",").map {
            try Self.parse(String($0))
        }
        let path = options["--pins"] ?? Tools.pinsPath
        // Some tools run in other folders, so the path must not be relative.
        let pins = Files.exists(path) ? try Files.absolute(path) : path
        let known = Tools.all.map { $0.name == "pins" ? $0.at(pins) : $0 }
        if let names = options["--tools"]?.split(separator: ",").map(String.init) {
            tools = try names.map { name in
                guard let tool = known.first(where: { $0.name == name }) else {
                    throw Failure("there is no tool \(name); --help lists them")
                }
                return tool
            }
        } else {
            tools = known
        }
        folder = try Folders.workplace(options["--tmp"])
        isInMemory = Files.isMemoryFolder(folder)
        keepsStores = options.has("--keep")
    }

    private static func parse(_ text: String) throws -> Case {
        let parts = text.split(separator: "/")
        guard parts.count == 2, let kind = Corpus.Kind(rawValue: String(parts[0])),
            let edit = Corpus.Edit(String(parts[1]))
        else { throw Failure("there is no case \(text); one is csv/block:0.01") }
        return Case(kind: kind, edit: edit, name: text)
    }
}

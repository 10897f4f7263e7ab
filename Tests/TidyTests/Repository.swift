import Foundation

/// The files of this repository, as the rules for them look at them.
enum Repository {
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }

    static func lines(_ path: String) throws -> [String] {
        try text(path).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    /// The paths of the files in a folder whose names end in one of `suffixes`, from the root.
    ///
    /// Hidden folders are left out: what was built is nobody's source.
    static func files(in folder: String, suffixes: [String]) throws -> [String] {
        let base = root.appendingPathComponent(folder).resolvingSymlinksInPath()
        let found = FileManager.default.enumerator(
            at: base, includingPropertiesForKeys: nil, options: [.skipsHiddenFiles])
        var paths: [String] = []
        while let url = found?.nextObject() as? URL {
            // A link is a file of the folder where it stands.
            let path =
                url.deletingLastPathComponent().resolvingSymlinksInPath().path
                + "/" + url.lastPathComponent
            if suffixes.contains(where: { path.hasSuffix($0) }) {
                paths.append(folder + path.dropFirst(base.path.count))
            }
        }
        return paths.sorted()
    }
}

/// FORMAT.md, taken apart into its tables and examples.
struct FormatDocument {
    struct Table {
        /// The heading above the table, without its marks.
        let heading: String
        let header: [String]
        let rows: [[String]]
    }

    struct Example {
        let name: String
        let bytes: [UInt8]
        /// The offsets that stand beside the lines, and those that they should be.
        let offsets: [(written: Int, right: Int)]
    }

    private(set) var tables: [Table] = []
    private(set) var examples: [Example] = []

    init() throws {
        var heading = ""
        var table: [[String]] = []
        var fence: (name: String, lines: [String])?
        func cells(_ line: String) -> [String] {
            line.split(separator: "|", omittingEmptySubsequences: false).dropFirst().dropLast()
                .map { $0.trimmingCharacters(in: .whitespaces) }
        }
        for line in try Repository.lines("FORMAT.md") + [""] {
            if let open = fence {
                if line == "```" {
                    if open.name.hasPrefix("hex ") { try examples.append(Self.example(open)) }
                    fence = nil
                } else {
                    fence = (open.name, open.lines + [line])
                }
            } else if line.hasPrefix("```") {
                fence = (String(line.dropFirst(3)), [])
            } else if line.hasPrefix("|") {
                table.append(cells(line))
            } else {
                if table.count > 2 {
                    tables.append(
                        Table(heading: heading, header: table[0], rows: Array(table.dropFirst(2))))
                }
                table = []
                if line.hasPrefix("#") {
                    heading = line.drop { $0 == "#" }.trimmingCharacters(in: .whitespaces)
                }
            }
        }
    }

    private struct BadExample: Error { let line: String }

    private static func example(_ block: (name: String, lines: [String])) throws -> Example {
        var bytes: [UInt8] = []
        var offsets: [(written: Int, right: Int)] = []
        for line in block.lines {
            let words = line.split(separator: " ")
            let hex = words.prefix { $0.count == 2 && UInt8($0, radix: 16) != nil }
                .prefix(line.prefix(47).split(separator: " ").count)
            guard let offset = words.dropFirst(hex.count).first.flatMap({ Int($0) }) else {
                throw BadExample(line: line)
            }
            offsets.append((offset, bytes.count))
            bytes += hex.compactMap { UInt8($0, radix: 16) }
        }
        return Example(name: String(block.name.dropFirst(4)), bytes: bytes, offsets: offsets)
    }

    /// All whole numbers in a text, thousands separated by commas.
    static func numbers(in text: String) -> [Int] {
        text.split { !$0.isNumber && $0 != "," }
            .compactMap { Int($0.filter(\.isNumber)) }
    }
}

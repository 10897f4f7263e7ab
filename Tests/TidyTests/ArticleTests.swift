import Foundation
import Testing

/// Goal: who copies from the documentation gets code that compiles.
///
/// The blocks of an article stand one after the other, as a reader takes them: what one names, the
/// next ones know. A block that begins with a declaration stands by itself.
@Suite struct ArticleTests {
    @Test func everyCodeBlockOfTheArticlesCompiles() throws {
        let articles = try Repository.files(in: "Sources", suffixes: [".md"])
            .filter { $0.contains(".docc/") && !$0.contains("/Decisions/") }
        #expect(articles.count >= 7)
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("pins-articles-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var files: [String] = []
        for article in articles {
            let blocks = Self.blocks(try Repository.lines(article))
            if blocks.isEmpty { continue }
            let name = article.replacing("/", with: "-").replacing(".md", with: "")
            let file = folder.appendingPathComponent("\(name).swift").path
            try Self.program(blocks, name: name.filter(\.isLetter))
                .write(toFile: file, atomically: true, encoding: .utf8)
            files.append(file)
        }
        #expect(files.count >= 6)
        for file in files {
            let (status, output) = try Self.compile(file)
            #expect(status == 0, "\(file):\n\(output)")
        }
    }

    /// The Swift blocks of a text, without their fences.
    private static func blocks(_ lines: [String]) -> [[String]] {
        var blocks: [[String]] = []
        var block: [String]?
        for line in lines {
            if line == "```swift" {
                block = []
            } else if line == "```", let whole = block {
                blocks.append(whole)
                block = nil
            } else {
                block?.append(line)
            }
        }
        return blocks
    }

    private static func isDeclaration(_ block: [String]) -> Bool {
        let first = block.first { !$0.isEmpty && !$0.hasPrefix("//") && !$0.hasPrefix("import ") }
        let words = ["func ", "struct ", "final class ", "enum ", "extension ", "actor "]
        return words.contains { first?.hasPrefix($0) == true }
    }

    /// A file that has the declarations as they are and the statements in one function.
    private static func program(_ blocks: [[String]], name: String) -> String {
        let modules = [
            "PinEngine", "PinFormat", "PinStorage", "PinTesting", "Pins", "PinsCoding",
            "Synchronization",
        ]
        var lines = modules.map { "import \($0)" }
        let statements = blocks.filter { !isDeclaration($0) }
        for block in blocks where isDeclaration(block) {
            lines += block.filter { !$0.hasPrefix("import ") }
        }
        lines.append("func \(name)(board: Board) async throws {")
        for block in statements { lines += ["do {"] + block }
        lines += statements.map { _ in "}" } + ["}"]
        return lines.joined(separator: "\n") + "\n"
    }

    private static func compile(_ file: String) throws -> (Int32, String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            [
                "swiftc", "-typecheck", "-swift-version", "6", "-warnings-as-errors",
                "-parse-as-library", "-I", products.appendingPathComponent("Modules").path,
            ]
            + (try moduleMaps().flatMap { ["-Xcc", "-fmodule-map-file=\($0)"] }) + [file]
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }

    /// What names the C libraries below the modules.
    private static func moduleMaps() throws -> [String] {
        let written = try Repository.files(in: "Sources", suffixes: ["module.modulemap"])
            .map { Repository.root.appendingPathComponent($0).path }
        return written
            + [products.appendingPathComponent("CPinKernels.build/module.modulemap").path]
    }

    /// Where this build is: beside the program that runs.
    private static var products: URL {
        let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") }
        return bundle.map { URL(fileURLWithPath: $0).deletingLastPathComponent() }
            ?? Bundle.main.bundleURL
    }
}

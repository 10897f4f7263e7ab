import Testing

/// Goal: the layers stay layers and files stay readable. Method: every file of Sources is read as
/// text.
@Suite struct SourceTreeTests {
    /// What each module may import besides the standard library, the C library and Synchronization.
    private static let layers: [String: Set<String>] = [
        "PinFormat": [],
        "PinTransforms": ["PinFormat", "CZstd", "CCrypto", "CPinKernels"],
        "PinStorage": ["PinFormat", "Dispatch"],
        "PinEngine": ["PinFormat", "PinTransforms", "PinStorage"],
        "Pins": [
            "PinFormat", "PinTransforms", "PinStorage", "PinEngine", "CYAML", "CXXHash",
            "Foundation", "FoundationEssentials",
        ],
        "PinsHTTP": ["CCurl", "PinStorage"],
        "PinsWeb": ["PinsHTTP", "Pins", "PinEngine", "PinTransforms", "PinStorage", "PinFormat"],
        "PinsS3": [
            "CExpat", "PinsHTTP", "Pins", "PinEngine", "PinTransforms", "PinStorage", "PinFormat",
        ],
        "PinsConnect": [
            // The boards in bundles are read as those behind web servers are.
            "PinsWeb", "PinsHTTP", "Pins", "PinEngine", "PinTransforms", "PinStorage", "PinFormat",
            "CZlib", "Dispatch", "Foundation", "FoundationEssentials",
            // In the code that its page shows.
            "PinsConnect",
        ],
        "PinsCoding": ["CCSV", "Pins", "PinEngine", "Foundation", "FoundationEssentials"],
        "PinsDocuments": ["Pins", "PinEngine", "PinStorage", "PinFormat"],
        "PinsC": [
            "CPins", "PinsDocuments", "Pins", "PinsWeb", "PinsS3", "PinsConnect", "PinEngine",
            "PinStorage", "PinFormat", "Dispatch",
        ],
        "PinTesting": ["PinFormat", "PinTransforms", "PinStorage", "PinEngine"],
    ]
    private static let everywhere: Set<String> = ["Glibc", "Musl", "Darwin", "Synchronization"]
    private static let withoutFoundation = [
        "PinFormat", "PinTransforms", "PinStorage", "PinEngine", "PinTesting", "PinsS3",
        "PinsDocuments", "PinsC",
    ]

    private static func swift(_ module: String) throws -> [String] {
        try Repository.files(in: "Sources/\(module)", suffixes: [".swift"])
    }

    @Test func linesAndFilesAreShort() throws {
        let files = try Repository.files(in: "Sources", suffixes: [".swift", ".c", ".h"])
        #expect(files.count > 40)
        for file in files {
            let lines = try Repository.lines(file)
            #expect(lines.count <= 500, "\(file) has \(lines.count) lines")
            let long = lines.enumerated().filter { $0.element.count > 100 }.map { $0.offset + 1 }
            #expect(long.isEmpty, "\(file) has lines of more than 100 columns: \(long)")
        }
    }

    @Test func nothingIsPutOff() throws {
        let marks = ["TO" + "DO", "FIX" + "ME", "X" + "XX"]
        let suffixes = [".swift", ".c", ".h", ".py", ".md"]
        let files = try ["Sources", "Tests"].flatMap {
            try Repository.files(in: $0, suffixes: suffixes)
        }
        for file in files {
            let text = try Repository.text(file)
            for mark in marks { #expect(!text.contains(mark), "\(file) has a \(mark)") }
        }
    }

    /// Functions may have the documentation of the requirement that they meet; what is stored, and
    /// types, have their own.
    @Test func everyPublicTypeAndPropertyIsDocumented() throws {
        let declaration =
            /^\s*public (static |final )*(var \w+(:|\s=)[^{]*$|let|struct|class|enum|protocol|actor)\b.*/
        for file in try Repository.files(in: "Sources", suffixes: [".swift"])
        where !file.hasPrefix("Sources/PinsCommand/") {
            let lines = try Repository.lines(file)
            for (index, line) in lines.enumerated() {
                guard try declaration.wholeMatch(in: line) != nil else { continue }
                let before = lines[..<index].last {
                    !$0.trimmingPrefix(while: \.isWhitespace).hasPrefix("@")
                }
                let isDocumented = before?.trimmingPrefix(while: \.isWhitespace).hasPrefix("///")
                #expect(isDocumented == true, "\(file):\(index + 1): \(line)")
            }
        }
    }

    @Test func importsOnlyPointDownwards() throws {
        for (module, allowed) in Self.layers {
            for file in try Self.swift(module) {
                for line in try Repository.lines(file) {
                    let words = line.split(separator: " ")
                    guard let place = words.firstIndex(of: "import"),
                        words[..<place].allSatisfy({
                            ["public", "internal", "package", "private", "@preconcurrency"]
                                .contains($0)
                        })
                    else { continue }
                    let name = String(words[words.index(after: place)])
                    #expect(
                        allowed.contains(name) || Self.everywhere.contains(name),
                        "\(file) imports \(name)")
                }
            }
        }
    }

    @Test func layersBelowTheFacadeDoWithoutFoundationAndClocks() throws {
        for module in Self.withoutFoundation {
            for file in try Self.swift(module) {
                let text = try Repository.text(file)
                for word in ["import Foundation", "Date()", ".now"] {
                    #expect(!text.contains(word), "\(file) has \(word)")
                }
                // The one door through which randomness comes in, so that tests can close it.
                let isDoor = file == "Sources/PinStorage/RandomSource.swift"
                #expect(isDoor || !text.contains("SystemRandomNumberGenerator"), "\(file)")
            }
        }
    }
}

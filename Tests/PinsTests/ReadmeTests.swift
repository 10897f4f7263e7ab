import PinStorage
import PinTesting
import Pins
import Testing

/// The example that the README shows is the one that is compiled here, and it runs.
@Suite struct ReadmeTests {
    /// The repository, from where this file was compiled.
    private static var root: String {
        let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        return parts.dropLast(3).joined(separator: "/")
    }

    @Test func theReadmeShowsTheExampleThatIsCompiled() throws {
        let readme = try text(of: Self.root + "/README.md")
        let fence = "```"
        let start = try #require(readme.range(of: fence + "swift\n"))
        let rest = readme[start.upperBound...]
        let end = try #require(rest.range(of: fence))
        let compiled = try text(of: Self.root + "/Tests/PinsTests/ReadmeExample.swift")
        #expect(String(rest[..<end.lowerBound]) == compiled)
    }

    @Test func theExampleRuns() async throws {
        try await withTemporaryFolder { path in
            let bytes = try await example(folder: path)
            #expect(String(decoding: bytes, as: UTF8.self) == "city,people\nOslo,717710\n")
        }
    }
}

/// The text of a file.
func text(of path: String) throws -> String {
    String(decoding: try contents(of: path), as: UTF8.self)
}

/// The bytes of a file.
func contents(of path: String) throws -> [UInt8] {
    let system = PosixFileSystem()
    let file = try OwnedFile.openForReading(path, of: system)
    var bytes = [UInt8](repeating: 0, count: try file.status().byteCount)
    let count = try bytes.withUnsafeMutableBytes { try file.read(at: 0, into: $0) }
    bytes.removeLast(bytes.count - count)
    return bytes
}

/// Makes a file, and the folders above it.
func write(_ bytes: [UInt8], to path: String) throws {
    let system = PosixFileSystem()
    var folder = ""
    for part in path.split(separator: "/").dropLast() {
        folder += "/\(part)"
        _ = try? system.makeDirectory(folder)
    }
    let file = try OwnedFile.createExclusive(path, of: system)
    try file.write(bytes, at: 0)
    try file.close()
}

extension String {
    /// Where some text first stands.
    fileprivate func range(of other: String) -> Range<String.Index>? { self[...].range(of: other) }
}

extension Substring {
    fileprivate func range(of other: String) -> Range<String.Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(other) {
                return start..<index(start, offsetBy: other.count)
            }
            start = index(after: start)
        }
        return nil
    }
}

import BenchmarkSupport
import PinTesting

/// Makes the versions of a series, one after the other, in a folder.
struct SeriesMaker {
    /// The versions of a series on disk.
    struct Versions {
        /// A file each, or a folder each.
        let paths: [String]
        /// A file each: the same, or a tar of the folder for tools that know only files.
        let files: [String]
        let isTree: Bool
        /// The bytes of all files of each.
        let byteCounts: [Int]

        /// The last `count` of them.
        func last(_ count: Int) -> Versions {
            Versions(
                paths: paths.suffix(count), files: files.suffix(count), isTree: isTree,
                byteCounts: byteCounts.suffix(count))
        }
    }

    let byteCount: Int
    let versionCount: Int
    let releaseCount: Int
    let seed: UInt64
    /// The interpreter with pyarrow and numpy, and the helper; `nil` skips what needs them.
    let python: String?
    let helper: String
    /// Where downloaded releases are kept.
    let cache: String

    /// - Parameter folder: An existing empty folder; the versions will be in it.
    func make(_ series: Series, in folder: String) throws -> Versions {
        let versions = "\(folder)/versions"
        try Files.makeFolder(versions)
        switch series.source {
        case .corpus(let kind, let edit):
            for number in 1...versionCount {
                try Files.write(corpus(kind, edit, number), to: "\(versions)/\(number)")
            }
        case .converted(let format, let kind, let edit, let scale):
            let table = "\(folder)/table"
            for number in 1...versionCount {
                try Files.write(corpus(kind, edit, number, scale: scale), to: table)
                try help(["convert", format, table, "\(versions)/\(number)"], in: folder)
            }
            try Folders.remove(table)
        case .weights(let type, let edit):
            for number in 1...versionCount {
                let words = [
                    "weights", type, "\(versions)/\(number)", "--size", "\(byteCount)",
                    "--seed", "\(seed)", "--edit", edit, "--version", "\(number)",
                ]
                try help(words, in: folder)
            }
        case .releases(let package, let shape):
            let words = [
                "releases", package, cache, versions, "--shape", shape, "--limit",
                "\(releaseCount)",
            ]
            try help(words, in: folder)
        }
        return try describe(versions, isTree: series.isTree, in: folder)
    }

    private func corpus(
        _ kind: Corpus.Kind, _ edit: Corpus.Edit, _ version: Int, scale: Int = 100
    ) -> Corpus {
        Corpus(kind, byteCount: byteCount / 100 * scale, seed: seed, edit: edit, version: version)
    }

    private func describe(_ folder: String, isTree: Bool, in parent: String) throws -> Versions {
        var paths: [String] = []
        while Files.exists("\(folder)/\(paths.count + 1)") {
            paths.append("\(folder)/\(paths.count + 1)")
        }
        var files = paths
        if isTree {
            try Files.makeFolder("\(parent)/tars")
            files = paths.indices.map { "\(parent)/tars/\($0 + 1)" }
            for (path, file) in zip(paths, files) { try help(["tar", path, file], in: parent) }
        }
        return Versions(
            paths: paths, files: files, isTree: isTree,
            byteCounts: try paths.map(Folders.byteCount))
    }

    private func help(_ words: [String], in folder: String) throws {
        guard let python else { throw Failure("--python is needed for this series") }
        try Child(python, [helper] + words).run(messages: "\(folder)/messages")
    }
}

import BenchmarkSupport

/// The tools of the study: those of ``Tools``, as the study runs them, and patches.
enum StudyTools {
    /// The stores that deduplicate, which goals speak of.
    static let rivals = ["restic", "borg", "casync"]

    /// All of them, in the order of columns.
    static let order = ["pins"] + rivals + ["hf-xet", "zstd", "patch-from"]

    /// A board of this package.
    ///
    /// - Parameters:
    ///   - program: The command.
    ///   - settings: Words for `pins init`; the level is among them.
    static func pins(_ program: String, settings: [String]) -> Tool {
        var tool = Tools.pins.at(program)
        tool.initialize = { Child("pins", ["init", $0.store] + settings) }
        return tool
    }

    /// Hugging Face's store by an interpreter that has its module; the chunks and the shards are
    /// counted, not its look-up tables.
    static func xet(python: String) -> Tool {
        var tool = Tools.hfXet.at(python)
        tool.counted = ["xet/xorbs/xorbs", "xet/xorbs/shards"]
        return tool
    }

    /// Each version as a compressed file of its own, on one core: as small as it gets.
    static let zstd: Tool = {
        var tool = Tools.zstd
        tool.write = { place, version in
            Child("zstd", zstdWords(place, version) + [place.payload])
        }
        return tool
    }()

    /// Each version as a patch of the one before it: small, but a chain that grows with every
    /// version. Restoring takes the version before from the source, which by then has been
    /// compared with what was restored.
    static let patchFrom = Tool(
        name: "patch-from", program: "zstd", isFlat: true,
        write: { place, version in
            Child("zstd", zstdWords(place, version) + patch(place, version) + [place.payload])
        },
        restore: { place, version in
            let compressed = "\(place.store)/\(version).zst"
            let words = patch(place, version) + ["--memory=2048MB"]
            return Child("zstd", ["-q", "-d", compressed, "-o", place.restored] + words)
        })

    private static func zstdWords(_ place: Tool.Place, _ version: Int) -> [String] {
        ["-q", "-\(place.level ?? 3)", "-o", "\(place.store)/\(version).zst"]
    }

    private static func patch(_ place: Tool.Place, _ version: Int) -> [String] {
        version == 1 ? [] : ["--patch-from=\(place.files[version - 2])"]
    }
}

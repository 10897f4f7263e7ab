import ArgumentParser
import PinEngine
import Pins
import PinsDocuments

/// `pins cache`: the local cache of remote boards.
struct CacheCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cache", abstract: "Shows or empties the local cache of remote boards.",
        discussion: """
            Example: pins cache info

            The cache is in PINS_CACHE_DIR, else in the folder 'pins' of the platform's cache \
            folder. What several boards have in common lies there once. PINS_CACHE_SIZE bounds \
            it (10GiB; 0 keeps nothing). It can be deleted at any time.
            """,
        subcommands: [CacheInfoCommand.self, CachePruneCommand.self])
}

/// `pins cache info`.
struct CacheInfoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info", abstract: "Shows where the cache is and what is in it.",
        discussion: "Example: pins cache info --json")

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let info = await (try Adapters.cache()).info()
        try common.print(Documents.cache(info), text: Self.text(info))
    }

    private static func text(_ info: CacheInfo) -> String {
        var table = TextTable([("", .left), ("", .right)])
        table.add("path", info.path)
        table.add("size", ByteCount.text(info.byteCount))
        table.add("at most", ByteCount.text(info.byteCountMax))
        table.add("identities", "\(info.identityCount)")
        table.add("chunks of engine boards", "\(info.frameCount)")
        table.add("segments of engine boards", "\(info.objectCount)")
        table.add("answers of web servers", "\(info.answerCount)")
        table.add("versions of other boards", "\(info.versionCount)")
        return String(table.text.dropFirst())
    }
}

/// `pins cache prune`.
struct CachePruneCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune", abstract: "Removes what was used longest ago from the cache.",
        discussion: "Example: pins cache prune --size 1GiB")

    @Option(help: ArgumentHelp("How much may stay; nothing by default.", valueName: "SIZE"))
    var size: String = "0"
    @OptionGroup var common: CommonOptions

    func run() async throws {
        guard let size = ByteCount.parse(size) else {
            throw CommandFailure.usage(
                "'\(size)' is no size; give bytes, or a number with KiB, MiB, GiB")
        }
        let freed = try await Adapters.cache().prune(to: UInt64(size))
        try common.print(
            ["freed_bytes": JSONDocument(freed)], text: "freed \(ByteCount.text(freed))")
    }
}

extension Documents {
    static func cache(_ info: CacheInfo) -> JSONDocument {
        [
            "path": .string(info.path), "bytes": JSONDocument(info.byteCount),
            "bytes_max": JSONDocument(info.byteCountMax),
            "identities": JSONDocument(UInt64(info.identityCount)),
            "chunks": JSONDocument(UInt64(info.frameCount)),
            "objects": JSONDocument(UInt64(info.objectCount)),
            "answers": JSONDocument(UInt64(info.answerCount)),
            "versions": JSONDocument(UInt64(info.versionCount)),
        ]
    }
}

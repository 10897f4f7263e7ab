import ArgumentParser
import PinFormat
import PinsDocuments

/// The metadata that `write` and `edit` take.
struct MetadataOptions: ParsableArguments {
    @Option(help: "The type, such as csv, parquet, rds; default 'file'.")
    var type: String?
    @Option(help: "One line that says what it is.")
    var title: String?
    @Option(help: "More than one line about it.")
    var description: String?
    @Option(name: .customLong("tag"), help: ArgumentHelp("A word to find it by; may be repeated."))
    var tags: [String] = []
    @Option(name: .customLong("url"), help: ArgumentHelp("Where it comes from; may be repeated."))
    var urls: [String] = []
    @Option(help: ArgumentHelp("A JSON object of your own.", valueName: "json"))
    var metadata: String?

    /// Whether nothing is given.
    var isEmpty: Bool {
        type == nil && title == nil && description == nil && tags.isEmpty && urls.isEmpty
            && metadata == nil
    }

    /// The bytes of `--metadata`, which must be a JSON object.
    func userJSON() throws(CommandFailure) -> [UInt8]? {
        guard let metadata else { return nil }
        guard JSONSyntax.root(of: Array(metadata.utf8)) == .object else {
            throw .usage("--metadata is not a JSON object, such as '{\"rows\": 32}'")
        }
        return Array(metadata.utf8)
    }

    /// Puts what is given over `old`; an empty text takes away.
    func apply(to old: inout VersionMetadata, userJSON: [UInt8]?) {
        func given(_ text: String) -> String? { text.isEmpty ? nil : text }
        if let type { old.type = given(type) ?? "file" }
        if let title { old.title = given(title) }
        if let description { old.description = given(description) }
        if !tags.isEmpty { old.tags = tags.filter { !$0.isEmpty } }
        if !urls.isEmpty { old.urls = urls.filter { !$0.isEmpty } }
        if let userJSON { old.userJSON = userJSON }
    }

    /// Checks the limits of the format, so that a mistake is found before anything is read.
    func check(_ metadata: VersionMetadata) throws(CommandFailure) {
        do { try metadata.check() } catch { throw .usage(error.message) }
    }
}

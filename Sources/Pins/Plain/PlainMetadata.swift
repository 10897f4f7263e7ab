internal import PinFormat

/// What a version's `data.txt` says.
package struct PlainMetadata: Sendable, Hashable {
    /// The name of the file that holds it.
    package static let fileName = "data.txt"
    /// The version of the layout that is written.
    static let apiVersion = 1

    /// The data files, relative to the version's folder, in the order in which they are hashed.
    package var files: [String]
    /// Their sizes, where they are known: R records none above 2 GiB, and old files none at all.
    package var sizes: [UInt64?]
    /// What the writer computed; `nil` in very old files.
    package var pinHash: String?
    /// `csv`, …: R may write one pin in several.
    package var types: [String]
    package var title: String?
    package var description: String?
    package var tags: [String]
    package var urls: [String]
    /// Seconds since 1970 UTC.
    package var createdSeconds: Int64?
    /// 0 for files from before there were versions of the layout.
    package var apiVersion: Int
    /// What the user added.
    var user: YAMLNode?
    /// What we do not know, kept for the way back.
    var unknown: [YAMLPair]
    /// The file as it stood.
    package var text: String
    /// What could not be taken as it stood, for a person.
    package var remarks: [String]
    /// Where the data are, if they lie in a board of the engine beside the file; see
    /// ``init(readingBundle:)``.
    package var engine: PlainEngineNote?

    /// The metadata of a version that is to be written.
    init(
        files: [String], sizes: [UInt64], pinHash: String, _ metadata: VersionMetadata,
        user: JSONValue?
    ) {
        self.files = files
        self.sizes = sizes
        self.pinHash = pinHash
        types = [metadata.type]
        title = metadata.title
        description = metadata.description
        tags = metadata.tags
        urls = metadata.urls
        createdSeconds = metadata.createdSeconds
        apiVersion = Self.apiVersion
        self.user = user.map { YAMLNode($0) }
        unknown = []
        remarks = []
        text = ""
        text = YAMLEmitter.text(pairs)
    }

    // MARK: - Writing

    /// The bytes of `data.txt`.
    package var encoded: [UInt8] { Array(text.utf8) }

    /// The keys in ascending order, as `yaml.dump` writes them. `title` and `description` are
    /// always there, because pins for Python asks for them.
    var pairs: [YAMLPair] {
        func list<Item>(_ items: [Item], _ node: (Item) -> YAMLNode) -> YAMLNode {
            items.count == 1 ? node(items[0]) : .sequence(items.map(node), tag: nil)
        }
        var pairs = [
            YAMLPair("api_version", .plain(String(apiVersion))),
            YAMLPair("created", .text(PlainTime.text(createdSeconds ?? 0))),
            YAMLPair("description", description.map { .text($0) } ?? .null),
            YAMLPair("file", list(files) { .text($0) }),
            YAMLPair("file_size", list(sizes) { $0.map { .plain(String($0)) } ?? .null }),
            YAMLPair("pin_hash", .text(pinHash ?? "")),
            YAMLPair("title", title.map { .text($0) } ?? .null),
            YAMLPair("type", list(types) { .text($0) }),
            YAMLPair("user", user ?? .mapping([], tag: nil)),
        ]
        for (key, texts) in [("tags", tags), ("urls", urls)] where !texts.isEmpty {
            pairs.append(YAMLPair(key, .sequence(texts.map { .text($0) }, tag: nil)))
        }
        return (pairs + unknown).sortedByKey()
    }
}

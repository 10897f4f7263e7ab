internal import PinEngine
internal import PinFormat

/// Why a `data.txt` cannot be read.
package struct PlainMetadataError: Error, Sendable {
    package let message: String
    /// Whether a newer program could.
    package let needsNewer: Bool
}

/// Reading what pins for Python and R of any age wrote.
extension PlainMetadata {
    private static let known: Set<String> = [
        "file", "path", "file_size", "pin_hash", "type", "title", "description", "tags", "urls",
        "created", "api_version", "user",
    ]

    /// The metadata in the bytes of a `data.txt`.
    ///
    /// - Throws: If it is no YAML mapping, names no files, names files outside the version's
    ///   folder, or needs a newer program.
    /// - Complexity: O(*n*); at most 1 MiB is read.
    package init(reading bytes: [UInt8]) throws(PlainMetadataError) {
        let fields = try Self.fields(of: bytes)
        apiVersion = try Self.apiVersion(fields["api_version"])
        files = try Self.paths(fields["file"] ?? fields["path"])
        sizes = Self.sizes(fields["file_size"], count: files.count)
        pinHash = Self.text(fields["pin_hash"])
        types = Self.texts(fields["type"])
        title = Self.text(fields["title"])
        description = Self.text(fields["description"])
        tags = Self.texts(fields["tags"])
        urls = Self.texts(fields["urls"])
        createdSeconds = Self.text(fields["created"]).flatMap(PlainTime.seconds)
        user = fields["user"].flatMap { $0.isNull ? nil : $0 }
        // `path` is the old word for `file`, and a word of nobody's beside it.
        unknown = fields.filter { !Self.known.contains($0.key) }
            .map { YAMLPair($0.key, $0.value) }
        if fields["file"] != nil, let path = fields["path"] {
            unknown.append(YAMLPair("path", path))
        }
        unknown = unknown.sortedByKey()
        text = String(decoding: bytes, as: UTF8.self)
        remarks = []
        var found = YAMLNode.Remarks()
        for (_, value) in fields { value.note(in: &found) }
        for tag in found.tags.sorted() {
            remarks.append("the tag '\(Names.printable(tag))' is not evaluated: it stays text")
        }
        if found.hasComplexKeys { remarks.append("a key that is a collection is left out") }
    }

    private static func fields(
        of bytes: [UInt8]
    ) throws(PlainMetadataError) -> [String: YAMLNode] {
        let root: YAMLNode?
        do throws(YAMLError) { root = try YAMLParser.parse(bytes) } catch {
            throw PlainMetadataError(message: "it is no YAML: \(error)", needsNewer: false)
        }
        guard let pairs = root?.pairs else {
            throw PlainMetadataError(
                message: root == nil ? "it is empty" : "it is not a mapping of names to values",
                needsNewer: false)
        }
        var fields: [String: YAMLNode] = [:]
        // Of a key that comes twice the last counts, as in Python.
        for pair in pairs { if let key = pair.key.text { fields[key] = pair.value } }
        return fields
    }

    private static func apiVersion(_ node: YAMLNode?) throws(PlainMetadataError) -> Int {
        guard let node, !node.isNull else { return 0 }
        guard let text = node.text, let number = Double(text), number >= 0 else {
            throw PlainMetadataError(
                message: "its api_version is no number", needsNewer: false)
        }
        guard number < 2 else {
            throw PlainMetadataError(
                message: "its api_version is \(Names.printable(text)), this program reads 1",
                needsNewer: true)
        }
        return Int(number)
    }

    static func paths(_ node: YAMLNode?) throws(PlainMetadataError) -> [String] {
        let paths = texts(node)
        guard !paths.isEmpty else {
            throw PlainMetadataError(message: "it names no file", needsNewer: false)
        }
        do throws(FormatError) {
            for path in paths { try Names.checkPath(path) }
            if paths.count > 1 { try Names.checkDistinct(paths) }
        } catch {
            throw PlainMetadataError(message: error.message, needsNewer: false)
        }
        return paths
    }

    static func sizes(_ node: YAMLNode?, count: Int) -> [UInt64?] {
        var nodes: [YAMLNode] = []
        switch node {
        case .sequence(let items, _): nodes = items
        case .scalar?: nodes = [node].compactMap { $0 }
        default: break
        }
        // What does not fit is no size of these files.
        guard nodes.count == count else { return Array(repeating: nil, count: count) }
        return nodes.map { node in
            guard case .scalar(let scalar) = node, case .number(let digits) = scalar.meaning else {
                return nil
            }
            return UInt64(digits) ?? Double(digits).flatMap { UInt64(exactly: $0) }
        }
    }

    /// A text, whatever it would mean as YAML: `12345678e1234567` is a hash.
    private static func text(_ node: YAMLNode?) -> String? {
        node.flatMap { $0.isNull ? nil : $0.text }
    }

    static func texts(_ node: YAMLNode?) -> [String] {
        if case .sequence(let items, _)? = node { return items.compactMap { text($0) } }
        return text(node).map { [$0] } ?? []
    }
}

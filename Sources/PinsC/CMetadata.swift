internal import CPins
internal import PinEngine
internal import PinFormat
internal import PinStorage
internal import Pins

/// The metadata of pins_write_options; what is `nil` was not given.
struct CMetadata: Sendable {
    private let type: String?
    private let title: String?
    private let description: String?
    private let json: [UInt8]?
    private let tags: [String]?
    private let urls: [String]?
    private let created: Int64

    init(_ options: pins_write_options) throws(EngineError) {
        type = try optionalText(options.type, "the type")
        title = try optionalText(options.title, "the title")
        description = try optionalText(options.description, "the description")
        json = try optionalText(options.metadata, "the metadata").map { Array($0.utf8) }
        tags = try texts(options.tags, "the tags")
        urls = try texts(options.urls, "the urls")
        created = options.created
        do throws(FormatError) { try metadata.check() } catch { throw EngineError.usage(error) }
    }

    /// Of a new version.
    var metadata: VersionMetadata {
        let now = created == 0 ? SystemClock().secondsSince1970 : created
        var metadata = VersionMetadata(createdSeconds: now)
        apply(to: &metadata)
        return metadata
    }

    /// Puts what was given over what stands there; an empty text takes away.
    func apply(to metadata: inout VersionMetadata) {
        func given(_ text: String) -> String? { text.isEmpty ? nil : text }
        if let type { metadata.type = given(type) ?? "file" }
        if let title { metadata.title = given(title) }
        if let description { metadata.description = given(description) }
        if let tags { metadata.tags = tags.filter { !$0.isEmpty } }
        if let urls { metadata.urls = urls.filter { !$0.isEmpty } }
        if let json { metadata.userJSON = json.isEmpty ? nil : json }
    }
}

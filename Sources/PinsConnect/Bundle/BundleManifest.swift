internal import Pins

/// `manifest.json`: what tells Connect that a bundle is a pin.
enum BundleManifest {
    static let fileName = "manifest.json"

    /// - Parameter files: All other members of the bundle.
    static func bytes(files: [String]) -> [UInt8] {
        let metadata = JSONValue.object([
            JSONValue.Member("appmode", .string("static")),
            JSONValue.Member("primary_rmd", .null),
            JSONValue.Member("primary_html", .string(BundlePage.fileName)),
            // The list of pins asks for this category.
            JSONValue.Member("content_category", .string("pin")),
            JSONValue.Member("has_parameters", .bool(false)),
        ])
        let manifest = JSONValue.object([
            JSONValue.Member("version", .number("1")),
            JSONValue.Member("locale", .string("en_US")),
            JSONValue.Member("platform", .string("3.5.1")),
            JSONValue.Member("metadata", metadata),
            JSONValue.Member("packages", .null),
            JSONValue.Member("files", .array(files.map { .string($0) })),
            JSONValue.Member("users", .null),
        ])
        return manifest.encoded
    }
}

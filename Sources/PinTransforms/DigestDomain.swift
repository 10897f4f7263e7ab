/// What a domain-separated digest is a digest of (FORMAT.md §5).
///
/// The digest is SHA-256 of the 16 bytes of ``tag`` and the bytes themselves, so an object of one
/// kind can never pass for one of another. Chunks and whole files have plain digests, as `sha256sum`
/// prints them.
public enum DigestDomain: String, Sendable, Hashable, CaseIterable {
    /// A node of a manifest.
    case node = "pins.node"
    /// The list of a version's files, which gives its `pin_hash`.
    case content = "pins.content"
    /// A version record.
    case version = "pins.version"
    /// A commit.
    case commit = "pins.commit"

    /// The name, padded with zeros to 16 bytes.
    public var tag: [UInt8] {
        let name = Array(rawValue.utf8)
        return name + Array(repeating: 0, count: Self.tagByteCount - name.count)
    }

    /// The number of bytes of a tag.
    public static let tagByteCount = 16
}

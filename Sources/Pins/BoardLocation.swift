internal import PinEngine
internal import PinStorage

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// Where a board is: a path or a URL.
struct BoardLocation: Sendable {
    /// What kind of board the text names.
    enum Kind: Sendable, Hashable {
        /// A folder; the layout is recognised.
        case folder(String)
        /// A folder in the layout of pins for Python and R.
        case plainFolder(String)
        /// A form that this build knows of and cannot open.
        case unsupported(String)
    }

    let text: String
    let kind: Kind
    /// Whether a program keeps the folder in step with others: `shared:DIR`.
    let isShared: Bool

    /// What the location of a folder may begin with.
    static let folderSchemes = ["folder:", "plain:", "shared:"]

    /// Parses a location.
    ///
    /// - Throws: ``EngineError/Code/usage`` for an empty one.
    init(_ text: String) throws(EngineError) {
        guard !text.isEmpty, !text.utf8.contains(0) else {
            throw EngineError(.usage, "the board's location is empty; give a folder or a URL")
        }
        self.text = text
        isShared = text.hasPrefix("shared:")
        for scheme in Self.folderSchemes where text.hasPrefix(scheme) {
            let path = Self.expanded(text.dropFirst(scheme.count))
            guard !path.isEmpty else {
                throw EngineError(.usage, "'\(scheme)' needs a path behind it")
            }
            kind = scheme == "plain:" ? .plainFolder(path) : .folder(path)
            return
        }
        let schemes = [
            "plain+s3:", "s3:", "connect:", "connect+http:", "http:", "https:",
        ]
        let scheme = schemes.first { text.hasPrefix($0) } ?? Self.scheme(of: text)
        kind = scheme.map { .unsupported($0) } ?? .folder(text)
    }

    /// A path whose `~/` is the home folder: no shell looks behind a colon, and a folder of the
    /// name `~` is what nobody meant.
    private static func expanded(_ path: Substring) -> String {
        guard path.hasPrefix("~/"), let home = unsafe getenv("HOME") else { return String(path) }
        return unsafe String(cString: home) + path.dropFirst()
    }

    /// What stands before `//` in a URL: a folder of that name would hardly be meant.
    private static func scheme(of text: String) -> String? {
        guard let end = text.firstRange(of: "://") else { return nil }
        let name = text[..<end.lowerBound]
        let isScheme =
            name.first?.isLetter == true
            && name.utf8.allSatisfy {
                let lower = $0 | 0x20
                return (97...122).contains(lower) || (48...57).contains($0)
                    || $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-")
                    || $0 == UInt8(ascii: ".")
            }
        return isScheme ? name + ":" : nil
    }

    /// The backend of this location.
    ///
    /// - Parameter hasAtomicCreate: Whether the folder can give a name only if it is free.
    func backend(hasAtomicCreate: Bool = true) throws(EngineError) -> FolderBackend {
        switch kind {
        case .folder(let path), .plainFolder(let path):
            return FolderBackend(path, hasAtomicCreate: hasAtomicCreate)
        case .unsupported(let scheme):
            throw EngineError(
                .usage,
                "boards of the form '\(scheme)' are not in this version of pins; use a folder",
                object: text)
        }
    }
}

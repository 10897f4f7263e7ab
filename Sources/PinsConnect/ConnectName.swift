internal import PinEngine
internal import PinFormat
internal import Pins

/// How a pin is named: `owner/name`, `name` for one of one's own, the content's GUID, or an address
/// as it stands in a browser.
enum ConnectName: Sendable, Hashable {
    case full(owner: String, name: String)
    case own(String)
    case guid(String)
    /// `https://HOST/PATH/`, or `/PATH/` on the board's server.
    case address(String)

    /// - Throws: ``EngineError/Code/usage`` for what can be no name on Connect.
    init(_ text: String) throws(EngineError) {
        if text.hasPrefix("/") || text.contains("://") {
            self = .address(text)
            return
        }
        do throws(FormatError) { try Names.checkPin(text) } catch {
            throw EngineError.usage(error, object: text)
        }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        if parts.count == 1, Self.isGUID(text) {
            self = .guid(text.lowercased())
            return
        }
        let name = parts[parts.count - 1]
        let isName = name.utf8.allSatisfy { byte in
            let letter = byte | 0x20
            return (97...122).contains(letter) || (48...57).contains(byte)
                || "-_.".utf8.contains(byte)
        }
        guard isName, (3...64).contains(name.utf8.count) else {
            throw EngineError(
                .usage,
                "the pin name '\(Names.printable(name))' is not allowed on Connect: 3 to 64 "
                    + "letters of English, digits, '-', '_' and '.'",
                object: text)
        }
        self = parts.count == 2 ? .full(owner: parts[0], name: name) : .own(name)
    }

    static func isGUID(_ text: String) -> Bool {
        let parts = text.lowercased().split(separator: "-", omittingEmptySubsequences: false)
        return parts.map(\.utf8.count) == [8, 4, 4, 4, 12]
            && parts.joined().utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }
}

/// What is checked before anything is sent.
enum ConnectRules {
    static let titleLengths = 3...1024
    static let descriptionLengthMax = 4096

    /// Checks a version that is to be written.
    static func check(_ request: WriteRequest) throws(EngineError) {
        guard !request.files.isEmpty else {
            throw EngineError(.usage, "pin '\(request.pin)' needs at least one file")
        }
        do throws(FormatError) {
            try request.metadata.check()
            for file in request.files { try Names.checkPath(file.path) }
            // What the bundle has beside them is in the way like another file.
            try Names.checkDistinct(request.files.map(\.path))
        } catch {
            throw EngineError.usage(error, object: request.pin)
        }
        let reserved = [
            PlainMetadata.fileName, BundleManifest.fileName, BundlePage.fileName,
        ]
        for file in request.files {
            let first = Names.components(of: file.path).first.map(String.init) ?? ""
            guard !reserved.contains(first.lowercased()) else {
                throw EngineError(
                    .usage,
                    "a file called '\(Names.printable(first))' cannot be pinned on Connect: the "
                        + "bundle has one of its own; give it another name",
                    object: file.path)
            }
        }
        try check(request.metadata, of: request.pin)
    }

    /// Checks what Connect shows beside a pin.
    static func check(_ metadata: VersionMetadata, of pin: String) throws(EngineError) {
        if let title = metadata.title, !title.isEmpty,
            !titleLengths.contains(title.unicodeScalars.count)
        {
            throw EngineError(
                .usage,
                "the title has \(title.unicodeScalars.count) characters; on Connect it has "
                    + "\(titleLengths.lowerBound) to \(titleLengths.upperBound)",
                object: pin)
        }
        let length = metadata.description?.unicodeScalars.count ?? 0
        guard length <= descriptionLengthMax else {
            throw EngineError(
                .usage,
                "the description has \(length) characters; on Connect it has at most "
                    + "\(descriptionLengthMax)",
                object: pin)
        }
    }
}

public import PinEngine
internal import PinsHTTP

/// Who may see what is written.
public enum ConnectAccess: String, Sendable, Hashable, CaseIterable {
    /// The owner, and whom the owner names.
    case acl
    /// Whoever is logged in.
    case loggedIn = "logged_in"
    /// Everybody, also without an account.
    case all

    /// Reads `acl`, `logged_in` or `all`.
    ///
    /// - Throws: ``EngineError/Code/usage``.
    public init(_ text: String) throws(EngineError) {
        guard let access = ConnectAccess(rawValue: text) else {
            throw EngineError(
                .usage, "the access type '\(text)' is none; use 'acl', 'logged_in' or 'all'")
        }
        self = access
    }

    /// How many people it lets in, in comparison.
    var rank: Int {
        switch self {
        case .acl: 0
        case .loggedIn: 1
        case .all: 2
        }
    }
}

/// How the data of a version lie on Connect.
public enum ConnectBundle: String, Sendable, Hashable, CaseIterable {
    /// Files beside `data.txt`, which pins for Python and R read.
    case plain
    /// A board of the engine beside `data.txt`: deduplicated, compressed, readable by range, and by
    /// this library alone. For payloads past the server's limit, which sees the compressed size.
    case engine
}

/// How a Connect board does its work.
public struct ConnectSettings: Sendable {
    /// Who may see a pin that is written; `nil` leaves a pin as it is, and makes new ones
    /// ``ConnectAccess/acl``.
    public var access: ConnectAccess?
    /// Whether the page shows the first rows of the data.
    public var showsPreview = true
    /// The path on the server under which a pin that is written shall be found; `nil` leaves it as
    /// it is. See ``ConnectBoard/setVanityPath(_:of:)``.
    public var vanityPath: String?
    /// How the data of a version that is written lie on the server. A version of the engine that is
    /// edited, or copied here from Connect, stays one.
    public var bundle = ConnectBundle.plain
    /// The level of compression of plain bundles, 1…9. ADR-0013 has the figures.
    public var level = 4
    /// Whether versions that were read before are read from the cache while the server does not
    /// answer; each time a warning says so. Off, because the latest version may be another one.
    public var usesCacheOnFailure = false
    /// How many compressed bytes of a bundle are kept in memory. Of larger files of plain bundles
    /// only the length is kept, and they are read and compressed once more while they are sent;
    /// what an engine bundle has beyond that goes into a file without a name in `TMPDIR`.
    public var packedByteCountMax = 64 << 20
    /// How long the server may take to ask for the body of a bundle, or to refuse it, before it is
    /// sent anyway.
    public var continueMilliseconds = 10_000

    public init() {}
}

/// Where a server is, and with what key.
struct ConnectServer: Sendable {
    /// Without a slash at its end, and without `/__api__`.
    let url: HTTPURL
    let key: String?

    /// - Parameters:
    ///   - text: `https://HOST[:PORT][/PATH]`.
    /// - Throws: ``EngineError/Code/usage``; the message does not repeat the key.
    init(_ text: String, key: String?) throws(EngineError) {
        var text = text
        for suffix in ["/", "/__api__", "/"] where text.hasSuffix(suffix) {
            text.removeLast(suffix.utf8.count)
        }
        do throws(HTTPError) {
            url = try HTTPURL(text)
        } catch {
            throw EngineError(.usage, "this is no address of a Connect server: \(error.detail)")
        }
        guard url.query == nil else {
            throw EngineError(.usage, "the address of a Connect server has no '?'")
        }
        let key = key.flatMap { $0.isEmpty ? nil : $0 }
        guard key?.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) ?? true else {
            throw EngineError(
                .usage, "the API key has spaces or characters that no key has; copy it again")
        }
        self.key = key
    }

    /// As people write it.
    var printable: String { url.path == "/" ? String(url.printable.dropLast()) : url.printable }

    /// An address below the server's.
    ///
    /// - Parameters:
    ///   - path: Percent-encoded, begins with a slash.
    func url(_ path: String, query: String? = nil) -> HTTPURL {
        url.with(path: (url.path == "/" ? "" : url.path) + path, query: query)
    }
}

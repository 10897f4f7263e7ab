import PinEngine
import Pins
import PinsConnect

/// What `write` takes for Posit Connect alone.
struct ConnectOptions {
    private let access: ConnectAccess?
    private let showsPreview: Bool
    private let bundle: ConnectBundle
    private let vanityPath: String?
    /// Whether the board can be one on Connect.
    let isForConnect: Bool
    /// The first one that was given.
    private let given: String?

    /// - Parameter location: The board's: where it can be none on Connect, nothing is opened or
    ///   made before the options are refused.
    init(
        accessType: String?, noPreview: Bool, bundle: String?, vanityPath: String?,
        location: String
    ) throws {
        showsPreview = !noPreview
        given =
            accessType != nil
            ? "--access-type"
            : noPreview
                ? "--no-preview"
                : bundle != nil ? "--bundle" : vanityPath != nil ? "--vanity-path" : nil
        isForConnect = location.lowercased().hasPrefix("connect")
        if let given, !isForConnect {
            throw CommandFailure.usage("this kind of board has no \(given); leave it out")
        }
        access = try accessType.map { (text) throws(EngineError) in try ConnectAccess(text) }
        guard let kind = bundle.map({ ConnectBundle(rawValue: $0) }) ?? .plain else {
            throw CommandFailure.usage("--bundle is 'plain' or 'engine'")
        }
        self.bundle = kind
        self.vanityPath = vanityPath
    }

    /// The board with these settings.
    func applied(to board: Board) throws(CommandFailure) -> Board {
        guard let given else { return board }
        guard var form = board.form as? ConnectBoard else {
            throw .usage("this kind of board has no \(given); leave it out")
        }
        form.settings.access = access
        form.settings.showsPreview = showsPreview
        form.settings.bundle = bundle
        form.settings.vanityPath = vanityPath
        return Board(location: board.location, form: form)
    }
}

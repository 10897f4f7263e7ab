internal import PinEngine
internal import PinFormat
internal import PinsHTTP
internal import Synchronization

/// A pin that was found.
struct ConnectPin: Sendable {
    let content: ConnectModels.Content
    let owner: String
    /// Whether the server could not be asked, and this is what it said another time.
    var isFromCache = false

    /// `owner/name`.
    var name: String { "\(owner)/\(content.name)" }

    func place(_ bundle: ConnectModels.Number) -> ConnectPlace {
        ConnectPlace(pin: name, guid: content.guid, bundle: bundle)
    }
}

/// A version: its bytes never change.
struct ConnectPlace: Sendable, Hashable {
    /// `owner/name`.
    let pin: String
    let guid: String
    let bundle: ConnectModels.Number

    /// As messages call it.
    var printable: String { "version '\(bundle.text)' of pin '\(Names.printable(pin))'" }
}

/// What does not change while a process lives: who is who.
final class ConnectKnowledge: Sendable {
    private struct State {
        var me: ConnectModels.User?
        var owners: [String: String] = [:]
    }

    private let state = Mutex(State())

    var me: ConnectModels.User? {
        get { state.withLock { $0.me } }
        set {
            state.withLock { state in
                state.me = newValue
                if let newValue { state.owners[newValue.guid] = newValue.username }
            }
        }
    }

    func owner(_ guid: String) -> String? { state.withLock { $0.owners[guid] } }
    func setOwner(_ guid: String, _ name: String) { state.withLock { $0.owners[guid] = name } }
}

/// Finding pins by name.
extension ConnectBoard {
    /// Whose key it is.
    func me() async throws(EngineError) -> ConnectModels.User {
        if let me = known.me { return me }
        let me = try await client.me()
        known.me = me
        return me
    }

    private func owner(of content: ConnectModels.Content) async throws(EngineError) -> String {
        let guid = content.owner_guid ?? ""
        if let name = known.owner(guid) { return name }
        let name = try await client.user(guid).username
        known.setOwner(guid, name)
        return name
    }

    /// The pin of a name.
    ///
    /// - Throws: ``EngineError/Code/notFound``.
    func find(_ name: ConnectName) async throws(EngineError) -> ConnectPin {
        guard let found = try await look(for: name) else { throw Self.noPin(name) }
        return found
    }

    /// The pin of a name, if there is one that this key may know of.
    func look(for name: ConnectName) async throws(EngineError) -> ConnectPin? {
        switch name {
        case .guid(let guid): return try await pin(try await client.content(guid))
        case .address(let address): return try await look(at: address)
        case .own(let name):
            let me = try await me()
            let contents = try await client.contents(name: name, owner: me.guid)
            return contents.first.map { ConnectPin(content: $0, owner: me.username) }
        case .full(let owner, let name):
            if let me = known.me, me.username == owner {
                let contents = try await client.contents(name: name, owner: me.guid)
                return contents.first.map { ConnectPin(content: $0, owner: owner) }
            }
            // Several people may have a pin of one name; owner and name together are unique.
            for content in try await client.contents(name: name, owner: nil)
            where content.name == name {
                if try await self.owner(of: content) == owner {
                    return ConnectPin(content: content, owner: owner)
                }
            }
            return nil
        }
    }

    func pin(_ content: ConnectModels.Content) async throws(EngineError) -> ConnectPin {
        ConnectPin(content: content, owner: try await owner(of: content))
    }

    static func noPin(_ name: ConnectName) -> EngineError {
        let text =
            switch name {
            case .guid(let guid): guid
            case .address(let address): Names.printable(address)
            case .own(let name): name
            case .full(let owner, let name): "\(owner)/\(name)"
            }
        let place = if case .address = name { "at " } else { "" }
        return EngineError(
            .notFound,
            "there is no pin \(place)'\(text)' that this key may see; "
                + "'pins list' shows what there is",
            object: text)
    }

    /// Insists that the key may change a pin, before anything is sent.
    ///
    /// - Throws: ``EngineError/Code/notPermitted``, with both users' names.
    func checkMayChange(
        _ found: ConnectPin, _ me: ConnectModels.User
    ) throws(EngineError) {
        guard found.content.owner_guid != me.guid, let role = found.content.app_role,
            ["viewer", "none"].contains(role)
        else { return }
        throw EngineError(
            .notPermitted,
            "You are connected as \(me.username), and pin '\(found.name)' is \(found.owner)'s: "
                + "ask \(found.owner) to make \(me.username) a collaborator, or write to "
                + "'\(me.username)/\(found.content.name)'",
            object: found.name)
    }
}

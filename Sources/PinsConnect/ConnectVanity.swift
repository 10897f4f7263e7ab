public import PinEngine
internal import PinFormat
internal import Pins
internal import PinsHTTP

/// The rules for addresses that people choose, as Connect's reference of its API has them.
enum ConnectVanity {
    /// What the server needs for itself.
    private static let reserved: Set<String> = [
        "favicon.ico", "connect", "apps", "users", "groups", "setpassword", "user-completion",
        "confirm", "recent", "reports", "plots", "unpublished", "settings", "metrics", "tokens",
        "help", "login", "welcome", "register", "resetpassword", "content",
    ]

    /// A path with a slash at both ends.
    ///
    /// - Throws: ``EngineError/Code/usage`` for one that Connect does not allow.
    static func checked(_ text: String) throws(EngineError) -> String {
        let parts = text.split(separator: "/")
        let isPlain = parts.joined().utf8.allSatisfy { byte in
            let letter = byte | 0x20
            return (97...122).contains(letter) || (48...57).contains(byte)
                || "-_".utf8.contains(byte)
        }
        guard let first = parts.first, isPlain, !text.contains("//"), text.utf8.count <= 1_024
        else {
            throw EngineError(
                .usage,
                "the address '\(Names.printable(text).shortened(to: 100))' is not allowed on "
                    + "Connect: letters of English, digits, '-' and '_', with '/' between them")
        }
        guard !first.hasPrefix("__"), !reserved.contains(first.lowercased()) else {
            throw EngineError(
                .usage, "addresses that begin with '/\(first)' are Connect's own; choose another")
        }
        return "/" + parts.joined(separator: "/") + "/"
    }
}

/// Addresses of pins.
extension ConnectBoard {
    /// Gives a pin an address on its server, in the place of the one it had, or takes it away.
    ///
    /// - Parameter path: `team/sales`, with or without slashes at its ends; `nil` for none.
    /// - Returns: The path as the server has it.
    /// - Throws: ``EngineError/Code/usage`` for a path that Connect does not allow,
    ///   ``EngineError/Code/cannotCreate`` if another item has it,
    ///   ``EngineError/Code/notPermitted``.
    @discardableResult
    public func setVanityPath(
        _ path: String?, of pin: String
    ) async throws(EngineError) -> String? {
        let wanted = try path.map { (path) throws(EngineError) in
            try ConnectVanity.checked(path)
        }
        let me = try await me()
        let found = try await find(try ConnectName(pin))
        try checkMayChange(found, me)
        guard let wanted else {
            try await client.deleteVanity(of: found.content.guid)
            return nil
        }
        try await setVanity(wanted, found.content.guid, found.name)
        return wanted
    }

    private func setVanity(
        _ path: String, _ guid: String, _ pin: String
    ) async throws(EngineError) {
        do throws(ConnectRefusal) {
            try await client.setVanity(path, of: guid)
        } catch {
            guard error.status == 409 else { throw error.engineError }
            throw EngineError(
                .cannotCreate,
                "pin '\(pin)' cannot have the address '\(path)': another item has it, or one above "
                    + "or below it", object: pin)
        }
    }

    /// After a version is there: an address leads to something.
    func setVanity(
        _ path: String, ofWritten written: WrittenVersion, _ target: Target
    ) async throws(EngineError) {
        if let url = target.found?.content.content_url, self.path(of: url) == path { return }
        do throws(EngineError) {
            let guid: String
            if let found = target.found {
                guid = found.content.guid
            } else {
                guid = try await find(try ConnectName(target.pin)).content.guid
            }
            try await setVanity(path, guid, target.pin)
        } catch {
            throw EngineError(
                error.code,
                "version '\(written.info.version)' of pin '\(target.pin)' was written, but not its "
                    + "address: \(error.message)", object: error.object)
        }
    }

    // MARK: - Finding

    /// The path below the server's of an address on it, with a slash at its end; `nil` for other
    /// servers'.
    private func path(of address: String) -> String? {
        var path: Substring
        if address.hasPrefix("/") {
            path = address[...]
        } else {
            guard let url = try? HTTPURL(address), url.origin == server.url.origin else {
                return nil
            }
            let prefix = server.url.path == "/" ? "" : server.url.path
            guard url.path.hasPrefix(prefix) else { return nil }
            path = url.path.dropFirst(prefix.count)
        }
        while path.hasSuffix("/") { path = path.dropLast() }
        guard path.isEmpty || path.hasPrefix("/") else { return nil }
        return path + "/"
    }

    /// The pin at an address: of its content, of its page in the dashboard, or one that people
    /// chose.
    func look(at address: String) async throws(EngineError) -> ConnectPin? {
        if let range = address.firstRange(of: "#/apps/") {
            let guid = address[range.upperBound...].prefix { $0 != "/" }
            if path(of: address) != nil, ConnectName.isGUID(String(guid)) {
                return try await look(for: .guid(guid.lowercased()))
            }
        }
        guard let path = path(of: address) else {
            throw EngineError(
                .usage,
                "'\(Names.printable(address))' is no address on the server of this board, "
                    + "'\(server.printable)'", object: address)
        }
        let parts = path.split(separator: "/")
        if parts.count >= 2, parts[0] == "content", ConnectName.isGUID(String(parts[1])) {
            return try await look(for: .guid(parts[1].lowercased()))
        }
        for content in try await client.contents() {
            if let url = content.content_url, self.path(of: url) == path {
                return try await pin(content)
            }
        }
        return nil
    }
}

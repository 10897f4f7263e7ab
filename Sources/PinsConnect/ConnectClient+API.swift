internal import PinEngine
internal import PinsHTTP

/// The calls that are needed.
extension ConnectClient {
    typealias User = ConnectModels.User
    typealias Content = ConnectModels.Content
    typealias Bundle = ConnectModels.Bundle
    typealias Number = ConnectModels.Number

    private static let content = "/__api__/v1/content"

    private static func item(_ guid: String) -> String {
        "\(content)/\(HTTPURL.encoded(component: guid))"
    }

    // MARK: - Users

    /// Whose key it is.
    func me() async throws(EngineError) -> User {
        try await json(User.self, .get, "/__api__/v1/user", "say whose API key this is")
    }

    func user(_ guid: String) async throws(EngineError) -> User {
        try await json(
            User.self, .get, "/__api__/v1/users/\(HTTPURL.encoded(component: guid))",
            "say who owns the pin")
    }

    // MARK: - Content

    func contents(name: String, owner: String?) async throws(EngineError) -> [Content] {
        var query = Self.query(["name": name])
        if let owner { query = Self.query(["owner_guid": owner]) + "&" + query }
        return try await json(
            [Content].self, .get, Self.content, query: query, "look for pin '\(name)'")
    }

    func content(_ guid: String) async throws(EngineError) -> Content {
        try await json(Content.self, .get, Self.item(guid), "look for the content '\(guid)'")
    }

    /// Makes an item; if the answer was lost, the one that the first attempt made is found.
    ///
    /// - Returns: The item, and whether this call made it.
    func create(
        _ name: String, owner: String, _ fields: [String: String]
    ) async throws(EngineError) -> (Content, isNew: Bool) {
        var body = fields
        body["name"] = name
        let what = "make pin '\(name)'"
        do throws(ConnectRefusal) {
            var request = request(.post, Self.content, body: .bytes(Self.encoded(body)))
            request.isRepeatable = true
            let response = try await answer(request, what)
            do throws(EngineError) {
                return (try decode(Content.self, response, what), true)
            } catch {
                throw ConnectRefusal(error)
            }
        } catch {
            // Somebody else was faster, or an answer was lost.
            guard error.status == 409,
                let found = try await contents(name: name, owner: owner).first
            else { throw error.engineError }
            return (found, false)
        }
    }

    func change(_ guid: String, _ fields: [String: String]) async throws(EngineError) {
        _ = try await json(
            Content.self, .patch, Self.item(guid), body: fields,
            "change title, description or access of the pin")
    }

    func deleteContent(_ guid: String) async throws(EngineError) {
        try await delete(Self.item(guid), "delete the pin")
    }

    /// One page of the pins there are.
    func applications(
        start: Int, count: Int, continuation: String?
    ) async throws(EngineError) -> ConnectModels.Applications {
        // The colon as pins for Python sends it.
        var query = "filter=content_type:pin&count=\(count)"
        if start > 1 { query += "&start=\(start)" }
        if let continuation { query += "&" + Self.query(["cont": continuation]) }
        return try await json(
            ConnectModels.Applications.self, .get, "/__api__/applications", query: query,
            "list the pins")
    }

    // MARK: - Addresses

    /// All items that the key may know of: the only way from an address to an item that is open to
    /// others than administrators.
    func contents() async throws(EngineError) -> [Content] {
        try await json([Content].self, .get, Self.content, "look for the address")
    }

    /// Gives an item an address.
    func setVanity(_ path: String, of guid: String) async throws(ConnectRefusal) {
        let body = HTTPBody.bytes(Self.encoded(["path": path]))
        _ = try await answer(
            request(.put, "\(Self.item(guid))/vanity", body: body),
            "give the pin the address '\(path)'")
    }

    func deleteVanity(of guid: String) async throws(EngineError) {
        try await delete("\(Self.item(guid))/vanity", "take the address of the pin away")
    }

    // MARK: - Bundles

    /// Ascending.
    func bundles(_ guid: String) async throws(EngineError) -> [Bundle] {
        try await json(
            [Bundle].self, .get, "\(Self.item(guid))/bundles", "list the versions of the pin"
        ).sorted { $0.id < $1.id }
    }

    func deleteBundle(_ guid: String, _ id: Number) async throws(EngineError) {
        try await delete(
            "\(Self.item(guid))/bundles/\(id.text)", "delete version '\(id.text)' of the pin")
    }

    /// The request that uploads a bundle.
    func uploadRequest(
        _ guid: String, _ body: HTTPBody, byteCount: UInt64, _ settings: ConnectSettings
    ) -> HTTPRequest {
        var request = request(.post, "\(Self.item(guid))/bundles", body: body)
        request.headers["Content-Type"] = "application/gzip"
        // A refusal is better heard before than after gigabytes.
        if byteCount > 1 << 20 { request.headers["Expect"] = "100-continue" }
        request.deadline = HTTPDeadline(
            stallMilliseconds: 300_000, totalMilliseconds: 24 * 3_600_000,
            continueMilliseconds: settings.continueMilliseconds)
        return request
    }

    /// Begins to make a bundle the active one.
    ///
    /// - Returns: The task's name.
    func deploy(_ guid: String, _ id: Number) async throws(EngineError) -> String {
        try await json(
            ConnectModels.Deployment.self, .post, "\(Self.item(guid))/deploy",
            body: ["bundle_id": id.text], "deploy version '\(id.text)'"
        ).task_id
    }

    /// Asks how far a task is; the server waits a while before it says that nothing is new.
    func task(_ name: String, after last: Int) async throws(EngineError) -> ConnectModels.DeployTask
    {
        let query = "wait=10" + (last > 0 ? "&first=\(last)" : "")
        return try await json(
            ConnectModels.DeployTask.self, .get,
            "/__api__/v1/tasks/\(HTTPURL.encoded(component: name))", query: query,
            "say how far the deployment is")
    }

    // MARK: - Files

    /// The address of a file of a version.
    func fileRequest(_ guid: String, _ id: Number, _ path: String) -> HTTPRequest {
        let encoded = path.split(separator: "/", omittingEmptySubsequences: false)
            .map { HTTPURL.encoded(component: String($0)) }.joined(separator: "/")
        let guid = HTTPURL.encoded(component: guid)
        return request(.get, "/content/\(guid)/_rev\(id.text)/\(encoded)")
    }
}

extension ConnectRefusal {
    /// An answer that was good and could not be read.
    init(_ error: EngineError) {
        self.init(status: 0, code: nil, engineError: error, isUncertain: true)
    }
}

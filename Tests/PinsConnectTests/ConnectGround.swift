import Foundation
import HTTPTesting
import PinEngine
import PinFormat
import PinStorage
import PinTesting
import Pins
@testable import PinsConnect
import PinsHTTP
import Testing

/// The stand-in for a Connect server, started for one test and ended with it.
final class ConnectGround: Sendable {
    /// What was asked.
    struct Asked: Decodable, CustomStringConvertible {
        let method: String
        let path: String
        let status: Int?
        let user: String?
        let received: Int
        /// The bytes of the answer's body.
        let sent: Int
        var description: String { "\(method) \(path) \(status ?? 0)" }
    }

    let url: String
    let keys: [String: String]
    private let control: HTTPURL
    private let transport = CurlTransport()

    private init(_ server: ConnectProcess) throws {
        url = server.url
        keys = server.keys
        control = try HTTPURL("http://127.0.0.1:\(server.port)/__control__/")
    }

    /// Runs a test with a server.
    static func with(
        prefix: String = "", _ body: (ConnectGround) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            try await ConnectProcess.with(prefix: prefix, folder: folder) { server in
                try await body(try ConnectGround(server))
            }
        }
    }

    // MARK: - Boards

    func board(
        _ user: String? = "susan", cache: BoardCache? = nil,
        _ change: (inout ConnectSettings) -> Void = { _ in }
    ) throws -> Board {
        var settings = ConnectSettings()
        // However busy the machine is, the server is heard.
        settings.continueMilliseconds = 600_000
        change(&settings)
        let form = ConnectBoard(
            try ConnectServer(url, key: user.map { keys[$0] ?? $0 }), settings: settings,
            transport: transport, cache: cache, pause: NoPause())
        return Board(location: url, form: form)
    }

    /// A board that keeps nothing, whose calls can be in a closure with a typed error.
    var plain: Board {
        get throws(EngineError) {
            var settings = ConnectSettings()
            settings.continueMilliseconds = 600_000
            let form = ConnectBoard(
                try ConnectServer(url, key: keys["susan"]), settings: settings,
                transport: transport, cache: nil, pause: NoPause())
            return Board(location: url, form: form)
        }
    }

    private struct NoPause: HTTPPause {
        func pause(milliseconds: Int) async {}
    }

    // MARK: - Control

    @discardableResult
    private func control(
        _ method: HTTPMethod, _ path: String, _ json: String? = nil
    ) async throws -> [UInt8] {
        let request = HTTPRequest(
            method, control.appending(path), body: json.map { .bytes(Array($0.utf8)) } ?? .none)
        let response = try await transport.send(request)
        try #require(response.isSuccess, "\(String(decoding: response.body, as: UTF8.self))")
        return response.body
    }

    /// Plans a failure: see the README of the server.
    func arm(_ json: String) async throws { try await control(.post, "faults", json) }

    /// Takes all planned failures back.
    func disarm() async throws { try await control(.delete, "faults") }

    func limit(bundleByteCount: Int) async throws {
        try await control(.post, "limits", #"{"bundle_byte_count_max": \#(bundleByteCount)}"#)
    }

    func retain(_ count: Int, of guid: String) async throws {
        try await control(.post, "retention/\(guid)", #"{"keep": \#(count)}"#)
    }

    func damage(
        _ guid: String, _ bundle: String, _ file: String, offset: Int = 3
    ) async throws {
        try await control(
            .post, "damage/\(guid)/\(bundle)/\(file)", #"{"offset": \#(offset)}"#)
    }

    /// What was asked so far.
    func log() async throws -> [Asked] {
        try JSONDecoder().decode([Asked].self, from: Data(try await control(.get, "requests")))
    }

    /// Makes a version of whatever is given, as another program might.
    func deploy(_ pin: String, _ files: [String: [UInt8]], _ metadata: String) async throws {
        let form = try #require(try board().form as? ConnectBoard)
        var packer = BundlePacker(
            deflater: OrderedDeflater(level: 1, width: 2), memoryByteCountMax: 1 << 20)
        for (path, bytes) in files { packer.add(path, bytes, seconds: 0) }
        packer.add("data.txt", Array(metadata.utf8), seconds: 0)
        packer.add("manifest.json", BundleManifest.bytes(files: []), seconds: 0)
        let bundle = packer.finish()
        let guid = try await guid(of: pin)
        let body = HTTPBody.stream(byteCount: Int(bundle.byteCount)) {
            StoredBundleReader(bundle) { _ in }
        }
        let response = try await form.client.send(
            form.client.uploadRequest(guid, body, byteCount: 0, form.settings), "take it")
        let made = try JSONDecoder().decode(
            ConnectModels.Bundle.self, from: Data(response.body))
        try await form.activate(made.id, guid)
    }

    /// What is asked while something is done.
    func requests(_ body: () async throws -> Void) async throws -> [Asked] {
        try await control(.delete, "requests")
        try await body()
        return try await log()
    }

    /// Asks the API itself.
    func api(
        _ method: HTTPMethod, _ path: String, _ json: String? = nil, user: String = "susan"
    ) async throws -> [String: Any] {
        var request = HTTPRequest(
            method, try HTTPURL(url + path),
            headers: ["Authorization": "Key \(keys[user] ?? "")"])
        if let json { request.body = .bytes(Array(json.utf8)) }
        let response = try await transport.send(request)
        let value = try? JSONSerialization.jsonObject(with: Data(response.body))
        return value as? [String: Any] ?? [:]
    }

    /// A file as somebody gets it in the browser.
    func page(_ path: String, user: String? = nil) async throws -> (status: Int, text: String) {
        var request = HTTPRequest(.get, try HTTPURL(url + path))
        if let user { request.headers["Authorization"] = "Key \(keys[user] ?? "")" }
        let response = try await transport.send(request)
        return (response.status, String(decoding: response.body, as: UTF8.self))
    }

    /// The content's GUID.
    func guid(of pin: String) async throws -> String {
        let form = try #require(try board("susan").form as? ConnectBoard)
        return try await form.find(try ConnectName(pin)).content.guid
    }
}

extension Board {
    func bytes(_ pin: String, _ version: String? = nil) async throws(EngineError) -> [UInt8] {
        let version = try await self.version(pin, VersionSelector(version))
        return try await version.bytes(version.files[0])
    }
}

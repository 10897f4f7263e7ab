import Foundation

/// The stand-in for a Posit Connect server, Tests/ConnectServer, in a process of its own.
public struct ConnectProcess: Sendable {
    /// Its address, with the prefix.
    public let url: String
    public let port: Int
    /// The keys of `admin`, `susan` and `derek`.
    public let keys: [String: String]

    /// Why it did not start.
    public struct Failure: Error {
        public let message: String
    }

    private struct Ready: Decodable {
        let url: String
        let port: Int
        let keys: [String: String]
    }

    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Runs a body with a server, which ends with it.
    ///
    /// - Parameters:
    ///   - prefix: A path before all others.
    ///   - folder: Where it keeps its bundles.
    ///   - certificate: Then it speaks TLS.
    public static func with<Value>(
        prefix: String = "", folder: String, certificate: PrivateAuthority.Certificate? = nil,
        _ body: (ConnectProcess) async throws -> Value
    ) async throws -> Value {
        await ServerSlots.connect.take()
        do {
            let value = try await run(prefix, folder, certificate, body)
            ServerSlots.connect.giveBack()
            return value
        } catch {
            ServerSlots.connect.giveBack()
            throw error
        }
    }

    private static func run<Value>(
        _ prefix: String, _ folder: String, _ certificate: PrivateAuthority.Certificate?,
        _ body: (ConnectProcess) async throws -> Value
    ) async throws -> Value {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "python3", "-B", "-m", "connect_server", "--folder", folder, "--prefix", prefix,
        ]
        if let certificate {
            process.arguments? += ["--certificate", certificate.chain, certificate.key]
        }
        var environment = ProcessInfo.processInfo.environment
        environment["PYTHONPATH"] = root.appendingPathComponent("Tests/ConnectServer").path
        process.environment = environment
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        defer {
            // Servers that were started meanwhile hold its input open as well, and it has the mask
            // of signals of the thread that started it. Nobody waits for it, who would keep a
            // thread from other tests.
            kill(process.processIdentifier, SIGKILL)
            try? input.fileHandleForWriting.close()
        }
        var line = Data()
        while !line.contains(0x0A) {
            let more = output.fileHandleForReading.availableData
            if more.isEmpty { throw Failure(message: "the stand-in for Connect did not start") }
            line += more
        }
        let ready = try JSONDecoder().decode(Ready.self, from: line)
        return try await body(
            ConnectProcess(url: ready.url, port: ready.port, keys: ready.keys))
    }
}

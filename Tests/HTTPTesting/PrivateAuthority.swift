import Foundation

/// A certificate authority of a test's own, that no system trusts.
public struct PrivateAuthority: Sendable {
    /// A server's certificate with its key, in PEM files.
    public struct Certificate: Sendable {
        public let chain: String
        public let key: String
    }

    /// Why there is none.
    public struct Failure: Error {
        public let message: String
    }

    /// Its own certificate, as a file that clients can be told to trust.
    public let file: String
    private let folder: String

    /// Makes one in an empty folder, with openssl.
    public init(in folder: String) throws {
        self.folder = folder
        file = folder + "/authority.pem"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Self.openssl(
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
            "/CN=An authority of tests", "-keyout", folder + "/authority.key", "-out", file)
    }

    /// A certificate for a server.
    ///
    /// - Parameter names: As OpenSSL has them: `DNS:localhost,IP:127.0.0.1`.
    public func certificate(for names: String) throws -> Certificate {
        let stem = "\(folder)/\(UUID().uuidString)"
        let made = Certificate(chain: stem + ".pem", key: stem + ".key")
        try Self.openssl(
            "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=server", "-keyout", made.key,
            "-out", stem + ".csr")
        try Data("subjectAltName=\(names)\n".utf8).write(to: URL(fileURLWithPath: stem + ".ext"))
        try Self.openssl(
            "x509", "-req", "-in", stem + ".csr", "-CA", file, "-CAkey", folder + "/authority.key",
            "-CAcreateserial", "-days", "2", "-extfile", stem + ".ext", "-out", made.chain)
        return made
    }

    private static func openssl(_ arguments: String...) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(message: "'openssl \(arguments[0])' failed; run 'make setup'")
        }
    }
}

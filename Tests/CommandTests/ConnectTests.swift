// Boards on Posit Connect.

import Foundation
import HTTPTesting
import Testing

@Suite struct ConnectTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// Runs `pins` for a user, with a cache of the test's own.
    private func pins(
        _ server: ConnectProcess, _ user: String, _ arguments: String...
    ) throws -> Outcome {
        let script = """
            export PINS_CACHE_DIR="$1" CONNECT_SERVER="$2" CONNECT_API_KEY="$3"
            shift 3; exec "$PINS" "$@"
            """
        return try Tool.bash(
            script, [scratch.path("cache"), server.url, server.keys[user] ?? user] + arguments)
    }

    @Test func aPinIsWrittenReadAndRefused() async throws {
        let file = try scratch.file("cars.csv", Data("a,b\n1,2\n".utf8))
        try await ConnectProcess.with(prefix: "/x", folder: scratch.path("")) { server in
            let board = "connect:"
            let written = try pins(
                server, "susan", "write", board, "susan/cars", file, "--type", "csv",
                "--access-type", "logged_in", "--json")
            #expect(written.status == 0, "\(written.error)")
            let version = try written.json()["version"] as? String ?? ""
            #expect(Int(version) != nil)
            let read = try pins(server, "derek", "read", board, "susan/cars")
            #expect(read.output == Data("a,b\n1,2\n".utf8))
            let location = server.url.replacing("http://", with: "connect+http://")
            let hash = try pins(
                server, "derek", "read", location, "susan/cars", "--version", version, "--hash",
                try written.json()["pin_hash"] as? String ?? "")
            #expect(hash.status == 0 && hash.output == read.output)
            let list = try pins(server, "derek", "list", board, "--json")
            let listed = try list.json(as: [[String: Any]].self)
            #expect(listed.map { $0["name"] as? String } == ["susan/cars"])
            for (user, arguments, status) in [
                ("derek", ["write", board, "susan/cars", file], 77),
                ("derek", ["write", board, "susan/new-pin", file], 77),
                ("derek", ["delete", board, "susan/cars"], 77),
                ("nobody", ["list", board], 77),
                ("susan", ["read", board, "susan/none"], 66),
                ("susan", ["read", board, "susan/cars", "--version", "99"], 66),
                ("susan", ["read", board, "susan/cars", "--hash", "0000000000000000"], 65),
                ("susan", ["label", board, "susan/cars", "prod"], 64),
                ("susan", ["write", board, "susan/cars", file, "--access-type", "any"], 64),
                ("susan", ["init", board], 73),
                ("susan", ["delete", board, "susan/cars", "--version", version], 73),
            ] as [(String, [String], Int32)] {
                let script = """
                    export PINS_CACHE_DIR="$1" CONNECT_SERVER="$2" CONNECT_API_KEY="$3"
                    shift 3; exec "$PINS" "$@"
                    """
                let key = server.keys[user] ?? user
                let outcome = try Tool.bash(
                    script, [scratch.path("cache"), server.url, key] + arguments)
                #expect(outcome.status == status, "\(arguments): \(outcome.error)")
                #expect(!outcome.error.contains(key) || key.count < 10)
            }
            let refused = try pins(server, "derek", "write", board, "susan/new-pin", file)
            #expect(refused.error.contains("derek") && refused.error.contains("susan"))
            let copied = try pins(server, "susan", "copy", board, scratch.path("local"))
            #expect(copied.status == 0, "\(copied.error)")
            let local = try Tool.run(["read", scratch.path("local"), "susan/cars"])
            #expect(local.output == read.output)
            #expect(try pins(server, "susan", "delete", board, "susan/cars").status == 0)
        }
    }

    /// A certificate is trusted if the system, or who runs the command, says so: no flag of ours.
    @Test func aServerWhoseCertificateNobodyVouchesForIsRefused() async throws {
        let authority = try PrivateAuthority(in: scratch.path("authority"))
        let other = try PrivateAuthority(in: scratch.path("other"))
        let file = try scratch.file("cars.csv", Data("a,b\n1,2\n".utf8))
        let script = """
            export PINS_CACHE_DIR="$1" CONNECT_SERVER="$2" CONNECT_API_KEY="$3"
            unset CURL_CA_BUNDLE SSL_CERT_FILE
            [ -z "$4" ] || export "$4"
            shift 4; exec "$PINS" "$@"
            """
        func expect(
            _ server: ConnectProcess, _ variable: String, _ words: [String], _ status: Int32
        ) throws -> Outcome {
            let key = server.keys["susan"] ?? ""
            let outcome = try Tool.bash(
                script, [scratch.path("cache"), server.url, key, variable] + words)
            #expect(outcome.status == status, "\(variable) \(words): \(outcome.error)")
            #expect(!outcome.error.contains(key))
            return outcome
        }
        let write = ["write", "connect:", "susan/cars", file]
        let ours = try authority.certificate(for: "DNS:localhost,IP:127.0.0.1")
        try await ConnectProcess.with(folder: scratch.path(""), certificate: ours) { server in
            #expect(server.url.hasPrefix("https://"))
            for variable in ["", "CURL_CA_BUNDLE=\(other.file)", "SSL_CERT_FILE=/no/such.pem"] {
                for words in [["list", "connect:"], write] {
                    let refused = try expect(server, variable, words, 69)
                    #expect(refused.error.contains("certificate"), "\(refused.error)")
                    #expect(refused.error.contains("CURL_CA_BUNDLE"), "\(refused.error)")
                    #expect(refused.error.split(separator: "\n").count == 1)
                }
            }
            _ = try expect(server, "CURL_CA_BUNDLE=\(authority.file)", write, 0)
            let read = try expect(
                server, "SSL_CERT_FILE=\(authority.file)", ["read", "connect:", "susan/cars"], 0)
            #expect(read.output == Data("a,b\n1,2\n".utf8))
        }
        // One for another server, by an authority that is trusted.
        let foreign = try authority.certificate(for: "DNS:connect.example.org")
        try await ConnectProcess.with(folder: scratch.path(""), certificate: foreign) { server in
            let refused = try expect(
                server, "CURL_CA_BUNDLE=\(authority.file)", ["list", "connect:"], 69)
            #expect(refused.error.contains("127.0.0.1"), "\(refused.error)")
        }
    }

    @Test func anEngineBundleIsWrittenAndReadByRangeAtItsAddress() async throws {
        let data = Data((0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7 ^ $0 >> 9) })
        let file = try scratch.file("big.bin", data)
        try await ConnectProcess.with(prefix: "/x", folder: scratch.path("")) { server in
            let written = try pins(
                server, "susan", "write", "connect:", "susan/big", file, "--bundle", "engine",
                "--vanity-path", "team/big", "--access-type", "logged_in", "--json")
            #expect(written.status == 0, "\(written.error)")
            for name in ["susan/big", "/team/big/", "\(server.url)/team/big/"] {
                let part = try pins(
                    server, "derek", "read", "connect:", name, "--range", "1000000:1000100")
                #expect(part.output == data[1_000_000..<1_000_100], "\(part.error)")
            }
            let whole = try pins(
                server, "derek", "read", "connect:", "susan/big", "--hash",
                try written.json()["pin_hash"] as? String ?? "")
            #expect(whole.output == data)
            let meta = try pins(server, "susan", "meta", "connect:", "/team/big/", "--json")
            #expect(try meta.json()["size"] as? Int == data.count)
            let copied = try pins(server, "derek", "copy", "connect:", scratch.path("local"))
            #expect(copied.status == 0, "\(copied.error)")
            #expect(try Tool.run(["read", scratch.path("local"), "susan/big"]).output == data)
            for arguments in [["--bundle", "zip"], ["--vanity-path", "connect/x"]] {
                let script = """
                    export PINS_CACHE_DIR="$1" CONNECT_SERVER="$2" CONNECT_API_KEY="$3"
                    shift 3; exec "$PINS" "$@"
                    """
                let refused = try Tool.bash(
                    script,
                    [scratch.path("cache"), server.url, server.keys["susan"] ?? ""]
                        + ["write", "connect:", "susan/big", file] + arguments)
                #expect(refused.status == 64, "\(refused.error)")
            }
            let taken = try pins(
                server, "susan", "write", "connect:", "susan/other", file, "--vanity-path",
                "team/big")
            #expect(taken.status == 73, "\(taken.error)")
            let next = try pins(server, "susan", "write", "connect:", "/team/big/", file)
            #expect(next.status == 0, "\(next.error)")
        }
    }

    @Test func connectAloneNeedsItsServer() throws {
        let outcome = try Tool.bash("unset CONNECT_SERVER; exec \"$PINS\" list connect:")
        #expect(outcome.status == 64 && outcome.error.contains("CONNECT_SERVER"))
        let file = try scratch.file("f", Data([1]))
        let other = try Tool.run(
            ["write", scratch.path("board"), "p", file, "--access-type", "all"])
        #expect(other.status == 64 && other.error.contains("--access-type"))
    }
}

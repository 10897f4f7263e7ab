import Foundation
import HTTPTesting
import PinTesting
import Testing

@testable import PinsS3

/// Goal: the command works on buckets, and fails with the documented status. Method: the built
/// `pins`, run as a process against moto with an environment of its own.
@Suite(.serialized) struct BucketCommandTests {
    @Test(arguments: S3Fleet.moto.map { [$0] } ?? [], ["s3", "plain+s3"])
    func aPinGoesToABucketAndBack(_ server: S3TestServer, _ scheme: String) async throws {
        try await withTemporaryFolder { (folder) async throws in
            let board = "\(scheme)://\(server.bucket)/command-\(UUID().uuidString)"
            let file = folder + "/x.csv"
            try Data("a,b\n1,2\n".utf8).write(to: URL(fileURLWithPath: file))
            let environment = server.environment
            for arguments in [
                ["init", board], ["write", board, "sales", file, "--title", "Sales"],
                ["verify", board, "--data"],
            ] {
                let outcome = try BucketCommand.run(arguments, environment, in: folder)
                #expect(outcome.status == 0, "\(outcome.error)")
            }
            let read = try BucketCommand.run(["read", board, "sales"], environment, in: folder)
            #expect(read.output == "a,b\n1,2\n" && read.error.isEmpty)
            let list = try BucketCommand.run(["list", board], environment, in: folder)
            #expect(list.output.contains("Sales"))
            #expect(try BucketCommand.run(["init", board], environment, in: folder).status == 73)
        }
    }

    /// moto behind nginx, which speaks TLS with a certificate of a private authority.
    @Test(.enabled(if: NginxServer.isInstalled), arguments: S3Fleet.moto.map { [$0] } ?? [])
    func certificatesAreVerified(_ server: S3TestServer) async throws {
        try await withTemporaryFolder { (folder) async throws in
            let authority = try PrivateAuthority(in: folder + "/authority")
            let certificate = try authority.certificate(for: "DNS:localhost,IP:127.0.0.1")
            try await withNginx(
                root: folder, prefix: folder + "/nginx",
                location: "proxy_pass \(server.endpoint); proxy_set_header Host $http_host;",
                certificate: (certificate.chain, certificate.key)
            ) { front in
                let board = "s3://\(server.bucket)/tls-\(UUID().uuidString)"
                var environment = server.environment
                environment["AWS_ENDPOINT_URL"] = "https://127.0.0.1:\(front.port)"
                let cases: [(variable: String, status: Int32)] = [
                    ("CURL_CA_BUNDLE", 0), ("SSL_CERT_FILE", 0), ("AWS_CA_BUNDLE", 0), ("NONE", 69),
                ]
                for (index, each) in cases.enumerated() {
                    environment[each.variable] = authority.file
                    let outcome = try BucketCommand.run(
                        ["init", "\(board)-\(index)"], environment, in: folder)
                    #expect(outcome.status == each.status, "\(each): \(outcome.error)")
                    let hasAdvice = outcome.error.contains("CURL_CA_BUNDLE")
                    #expect(hasAdvice == (each.status != 0), "\(each): \(outcome.error)")
                    environment[each.variable] = nil
                }
            }
        }
    }

    @Test(arguments: S3Fleet.moto.map { [$0] } ?? [])
    func failuresHaveTheirStatus(_ server: S3TestServer) async throws {
        try await withTemporaryFolder { (folder) async throws in
            let good = server.environment
            let (bucket, nothing) = ("s3://\(server.bucket)/none", [String: String]())
            let noKeys: [String: String] = [
                "AWS_ENDPOINT_URL": server.endpoint, "AWS_EC2_METADATA_DISABLED": "true",
            ]
            let cases: [(board: String, change: [String: String], status: Int32)] = [
                (bucket, nothing, 66), ("s3://no-such-bucket-here/b", nothing, 66),
                ("s3://", nothing, 64), ("s3://b/../c", nothing, 64),
                (bucket, ["AWS_ENDPOINT_URL": "nowhere"], 64),
                (bucket, ["AWS_ENDPOINT_URL": "http://127.0.0.1:1"], 69),
                (bucket, ["AWS_SECRET_ACCESS_KEY": "wr0ng"], 77),
            ]
            for each in cases {
                let outcome = try BucketCommand.run(
                    ["list", each.board], good.merging(each.change) { $1 }, in: folder)
                #expect(outcome.status == each.status, "\(each): \(outcome.error)")
                #expect(outcome.error.split(separator: "\n").count == 1 && outcome.output.isEmpty)
                #expect(!outcome.error.contains(server.secretKey))
                #expect(!outcome.error.contains("wr0ng"))
            }
            let outcome = try BucketCommand.run(["list", bucket], noKeys, in: folder)
            #expect(outcome.status == 77, "\(outcome.error)")
        }
    }
}

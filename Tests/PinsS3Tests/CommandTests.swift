import Foundation
import PinTesting
import Testing

@testable import PinsS3

/// Goal: the command works on buckets, and fails with the documented status. Method: the built
/// `pins`, run as a process against moto with an environment of its own.
@Suite(.serialized) struct BucketCommandTests {
    private static let tool: URL = {
        let beside = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appendingPathComponent("pins")
        if FileManager.default.isExecutableFile(atPath: beside.path) { return beside }
        return S3Fleet.root.appendingPathComponent(".build/debug/pins")
    }()

    private func run(
        _ arguments: [String], _ environment: [String: String], in folder: String
    ) throws -> (status: Int32, output: String, error: String) {
        let process = Process()
        process.executableURL = Self.tool
        process.arguments = arguments
        process.environment = environment.merging(
            ["PINS_CACHE_DIR": folder + "/cache", "HOME": folder, "LC_ALL": "C.UTF-8"]
        ) { $1 }
        let names = ["out", "err"].map { "\(folder)/\($0)" }
        for name in names { try Data().write(to: URL(fileURLWithPath: name)) }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: names[0]))
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: names[1]))
        try process.run()
        process.waitUntilExit()
        let texts = try names.map { try String(contentsOfFile: $0, encoding: .utf8) }
        return (process.terminationStatus, texts[0], texts[1])
    }

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
                let outcome = try run(arguments, environment, in: folder)
                #expect(outcome.status == 0, "\(outcome.error)")
            }
            let read = try run(["read", board, "sales"], environment, in: folder)
            #expect(read.output == "a,b\n1,2\n" && read.error.isEmpty)
            let list = try run(["list", board], environment, in: folder)
            #expect(list.output.contains("Sales"))
            #expect(try run(["init", board], environment, in: folder).status == 73)
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
                let outcome = try run(
                    ["list", each.board], good.merging(each.change) { $1 }, in: folder)
                #expect(outcome.status == each.status, "\(each): \(outcome.error)")
                #expect(outcome.error.split(separator: "\n").count == 1 && outcome.output.isEmpty)
                #expect(!outcome.error.contains(server.secretKey))
                #expect(!outcome.error.contains("wr0ng"))
            }
            let outcome = try run(["list", bucket], noKeys, in: folder)
            #expect(outcome.status == 77, "\(outcome.error)")
        }
    }
}

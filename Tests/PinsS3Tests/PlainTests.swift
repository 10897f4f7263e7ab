import Foundation
import PinEngine
import PinFormat
import PinTesting
import Pins
import Testing

@testable import PinsS3

/// Goal: a plain board in a bucket does what one in a folder does, under the keys that pins for
/// Python has over s3fs. Method: the keys of the bucket are compared.
@Suite(.serialized) struct PlainTests {
    private static func request(_ pin: String, _ files: [String: [UInt8]]) -> WriteRequest {
        WriteRequest(
            pin: pin,
            files: files.sorted { $0.key < $1.key }.map {
                InputFile(path: $0.key, source: BytesSource($0.value))
            }, metadata: VersionMetadata(createdSeconds: 1_800_000_000, type: "file", title: pin))
    }

    @Test(arguments: S3Fleet.servers)
    func aPlainBoardIsWrittenReadAndRemoved(_ server: S3TestServer) async throws {
        var settings = try server.settings()
        settings.partByteCount = 5 << 20
        let boards = S3Boards(settings: settings)
        let place = "plain-\(UUID().uuidString)"
        let location = "plain+s3://\(server.bucket)/\(place)"
        let board = try await boards.createPlain(location)
        let small = Array("a,b\n1,2\n".utf8)
        let large = SeededRandom(seed: 9).bytes(count: 12 << 20)

        let first = try await board.write(Self.request("p", ["x y.csv": small])).info.version
        let second = try await board.write(Self.request("p", ["large.bin": large, "b": small]))
            .info.version
        let client = try server.client()
        let keys = try await client.list(prefix: place + "/").objects.map(\.key)
        #expect(
            Set(keys)
                == Set(
                    ["p/\(first)/data.txt", "p/\(first)/x y.csv"].map { "\(place)/\($0)" }
                        + ["data.txt", "large.bin", "b"].map { "\(place)/p/\(second)/\($0)" }))

        let again = try await boards.openPlain(location)
        #expect(try await again.list().map(\.name) == ["p"])
        #expect(try await again.versions("p").map(\.version) == [first, second])
        let version = try await again.version("p")
        #expect(try await version.bytes(version.file("large.bin")) == large)
        _ = try await again.setLabel("prod", of: "p", to: .named(first))
        #expect(try await again.version("p", .named("prod")).info.version == first)
        _ = try await again.edit("p") { $0.title = "another" }
        #expect(try await again.version("p").info.metadata.title == "another")
        let edited = try await again.version("p")
        #expect(try await edited.bytes(edited.file("b")) == small)

        _ = try await again.delete("p", version: .named(first))
        #expect(try await again.versions("p").count == 2)
        _ = try await again.delete("p")
        #expect(try await client.list(prefix: place + "/").objects.isEmpty)
        await #expect(throws: EngineError.self) {
            try await boards.createPlain("plain+s3://no-such-bucket-here/x")
        }
    }
}

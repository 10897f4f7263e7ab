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

    /// What is under way, in this order, whoever looks at the bucket meanwhile.
    @Test(arguments: S3Fleet.servers)
    func dataTextIsTheLastToComeAndTheFirstToGo(_ server: S3TestServer) async throws {
        var settings = try server.settings()
        settings.partByteCount = 5 << 20
        let transport = CountingTransport()
        let boards = S3Boards(settings: settings, transport: transport)
        let location = "plain+s3://\(server.bucket)/order-\(UUID().uuidString)"
        let board = try await boards.createPlain(location)
        let large = SeededRandom(seed: 10).bytes(count: 11 << 20)
        let contents: [[String: [UInt8]]] = [
            ["a": [1], "z.csv": [2, 3]], ["data.csv": large, "e": []],
        ]
        for files in contents {
            _ = transport.take()
            let version = try await board.write(Self.request("p", files)).info.version
            let changes = transport.changes
            #expect(changes.map(\.isRemoval) == changes.map { _ in false })
            let names = changes.flatMap(\.keys).map { key in
                key.split(separator: "/").dropFirst().joined(separator: "/")
            }
            #expect(Set(names.dropLast()) == Set(files.keys.map { "p/\(version)/\($0)" }))
            #expect(names.last == "p/\(version)/data.txt", "\(server.name): \(names)")
        }
        _ = transport.take()
        let edited = try await board.edit("p") { $0.title = "another" }.info.version
        let copied = transport.changes.flatMap(\.keys)
        #expect(copied.map(Self.isHead) == copied.map { $0 == copied.last }, "\(copied)")
        #expect(copied.last?.hasSuffix("p/\(edited)/data.txt") == true)

        // One version, then the pin with the two others.
        for (selector, count) in [(VersionSelector.named(edited), 1), (nil, 2)] {
            _ = transport.take()
            _ = try await board.delete("p", version: selector)
            let removals = transport.changes
            #expect(removals.map(\.isRemoval) == removals.map { _ in true })
            // A service that cannot remove many at once is asked again, one by one.
            let isHead = removals.flatMap(\.keys).map(Self.isHead)
            let first = try #require(isHead.firstIndex(of: false))
            #expect(!isHead[first...].contains(true), "\(server.name): \(removals)")
            // They are not in one request with the rest, which has no order.
            let mixed = removals.filter { Set($0.keys.map(Self.isHead)).count > 1 }
            #expect(mixed == [], "\(server.name)")
            #expect(Set(removals.flatMap(\.keys).filter(Self.isHead)).count == count)
        }
        #expect(try await board.list().isEmpty)
    }

    private static func isHead(_ key: String) -> Bool { key.hasSuffix("/data.txt") }

    /// Names, versions and sizes come with one listing, and a `data.txt` for each pin.
    @Test(arguments: S3Fleet.servers)
    func listAndSearchTakeARequestForEachPinAndOneForEachThousandObjects(
        _ server: S3TestServer
    ) async throws {
        let transport = CountingTransport()
        let boards = S3Boards(settings: try server.settings(), transport: transport)
        let place = "list-\(UUID().uuidString)"
        let board = try await boards.createPlain("plain+s3://\(server.bucket)/\(place)")
        for pin in ["b", "a", "ü"] {
            for version in 0..<3 as Range<UInt8> {
                _ = try await board.write(Self.request(pin, ["f": [version], "g/h": [9]]))
            }
        }
        let client = try server.client()
        for key in ["_pins.yaml", ".hidden/v/data.txt", "c/note.txt", "c/.x/data.txt"] {
            try await client.put("\(place)/\(key)", [1], ifAbsent: false)
        }
        _ = transport.take()
        let pins = try await board.list()
        let listed = transport.take()
        #expect(listed.total == 1 + 3, "\(server.name): \(listed.text)")
        #expect(pins.map(\.name) == ["a", "b", "ü"])
        #expect(pins.allSatisfy { $0.versionCount == 3 && $0.byteCount == 2 })
        #expect(pins.map(\.metadata.title) == ["a", "b", "ü"])
        for pin in pins {
            #expect(try await board.versions(pin.name).last?.version == pin.latest)
        }
        _ = transport.take()
        #expect(try await board.search("ü").map(\.name) == ["ü"])
        #expect(transport.take().total == 1 + 3)
    }
}

import Foundation
import PinEngine
import PinFormat
import PinStorage
import PinTesting
import Pins
import Testing

@testable import PinsS3

/// Goal: a bucket with thousands of objects is paged where it is listed, and not listed where it
/// need not be. Method: objects that no commit names stand beside a board on moto, more than a
/// page; PinEngineTests has the board of 100,000 commits.
@Suite(.serialized) struct ScaleTests {
    private static let isLong = ProcessInfo.processInfo.environment["PINS_SCALE"] == "long"

    private static func request(_ pin: String, _ byte: UInt8) -> WriteRequest {
        WriteRequest(
            pin: pin, files: [InputFile(path: "f", source: BytesSource([byte]))],
            metadata: VersionMetadata(createdSeconds: 1_800_000_000, type: "file", title: pin))
    }

    @Test(arguments: S3Fleet.moto.map { [$0] } ?? [])
    func aFullBucketCostsWhatAnEmptyOneDoes(_ server: S3TestServer) async throws {
        let transport = CountingTransport()
        let boards = S3Boards(settings: try server.settings(), transport: transport)
        let location = "s3://\(server.bucket)/scale-\(UUID().uuidString)"
        let board = try await boards.create(location)
        let pinCount = Self.isLong ? 300 : 30
        // Writers that meet share commits: eight at a time.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<pinCount {
                if number >= 8 { try await group.next() }
                group.addTask {
                    _ = try await board.write(Self.request("pin-\(number)", UInt8(number % 251)))
                }
            }
            try await group.waitForAll()
        }
        let place = try S3Location(location)
        let backend = S3Backend(place, try server.client())
        let extraCount = Self.isLong ? 12_000 : 1_200
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<extraCount {
                if number >= 16 { try await group.next() }
                let random = (0..<16).map { UInt8(truncatingIfNeeded: number >> (8 * ($0 % 2))) }
                let key = BoardKeys.pack(ObjectName(base: 0, random: random))
                group.addTask { _ = try await backend.put(key, [1], mode: .overwrite) }
            }
            try await group.waitForAll()
        }
        _ = transport.take()

        func count(_ bound: Int, _ body: (Board) async throws -> Void) async throws {
            try await body(try await boards.open(location))
            let lines = transport.lines
            let count = transport.take()
            #expect(count.total <= bound, "\(lines.joined(separator: "\n"))")
            #expect(!lines.contains { $0.contains("list-type") })
        }
        // The configuration, four for the newest commit, and what it names: at most a few segments.
        try await count(12) { board in
            let pins = try await board.list()
            #expect(pins.count == pinCount)
        }
        try await count(13) { board in
            let version = try await board.version("pin-7")
            let bytes = try await version.bytes(version.file())
            #expect(bytes == [7])
        }
        try await count(20) { _ = try await $0.write(Self.request("pin-7", 200)) }
        try await count(16) { _ = try await $0.setLabel("prod", of: "pin-7") }

        let listing = CountingTransport()
        let listed = S3Backend(place, try server.client(transport: listing))
        let objects = try await listed.listAll(prefix: BoardKeys.packPrefix)
        #expect(objects.count > extraCount)
        #expect(listing.take().total == (objects.count + 999) / 1_000)
    }
}

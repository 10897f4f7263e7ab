import Foundation
import PinEngine
import PinFormat
import PinStorage
import PinTesting
import Pins
import PinsHTTP
import Testing

@testable import PinsS3

/// Goal: no operation asks for more than it needs. Method: requests and bytes of every operation
/// are counted on the way to moto; the table is printed.
///
/// Bytes are those of bodies. Every row opens the board anew, as a command does.
@Suite(.serialized) struct TrafficTests {
    /// Payload that does not compress, in blocks of the seed.
    private static func payload(_ byteCount: Int, seed: UInt64) -> [UInt8] {
        SeededRandom(seed: seed).bytes(count: byteCount)
    }

    private static func request(_ pin: String, _ bytes: [UInt8]) -> WriteRequest {
        let file = InputFile(path: "data.bin", source: BytesSource(bytes))
        return WriteRequest(
            pin: pin, files: [file],
            metadata: VersionMetadata(createdSeconds: 1_800_000_000, type: "file", title: pin))
    }

    /// What operations cost on one board.
    private struct Ground {
        let transport = CountingTransport()
        let boards: S3Boards
        let location: String

        init(_ server: S3TestServer, cacheIn folder: String?) throws {
            let cache = folder.map { BoardCache(CacheSettings(path: $0)) }
            boards = S3Boards(
                settings: try server.settings(), transport: transport, cache: cache)
            location = "s3://\(server.bucket)/traffic-\(UUID().uuidString)"
        }

        /// Counts one operation and prints it as a row of the table.
        func row(
            _ name: String, atMost bound: Int, _ body: (Board) async throws -> Void
        ) async throws -> CountingTransport.Count {
            _ = transport.take()
            try await body(try await boards.open(location))
            let lines = transport.lines
            let count = transport.take()
            print(
                "| \(name) | \(count.total) | \(count.text) | \(count.sentByteCount) "
                    + "| \(count.receivedByteCount) |")
            #expect(count.total <= bound, "\(name): \(lines.joined(separator: "\n"))")
            return count
        }
    }

    @Test(arguments: S3Fleet.moto.map { [$0] } ?? [])
    func operationsNeedFewRequests(_ server: S3TestServer) async throws {
        let ground = try Ground(server, cacheIn: nil)
        let small = Self.payload(1_000, seed: 1)
        let ten = Self.payload(10_000_000, seed: 2)
        print("| operation | requests | | bytes sent | bytes received |")
        _ = ground.transport.take()
        _ = try await ground.boards.create(ground.location)
        let made = ground.transport.take()
        print(
            "| init | \(made.total) | \(made.text) | \(made.sentByteCount) | "
                + "\(made.receivedByteCount) |")
        #expect(made.total <= 12)
        _ = try await ground.row("first write of 1 kB to a new board", atMost: 17) {
            _ = try await $0.write(Self.request("small", small))
        }
        _ = try await ground.row("write of 10 MB to a new pin", atMost: 13) {
            _ = try await $0.write(Self.request("ten", ten))
        }
        _ = try await ground.row("the same again", atMost: 9) {
            let again = try await $0.write(Self.request("ten", ten))
            #expect(again.isUnchanged)
        }
        let read = try await ground.row("cold read of 10 MB", atMost: 8) {
            let version = try await $0.version("ten")
            #expect(try await version.bytes(version.file()) == ten)
        }
        #expect(read.receivedByteCount < 10_100_000)
        _ = try await ground.row("read of 1 kB", atMost: 7) {
            let version = try await $0.version("small")
            #expect(try await version.bytes(version.file()) == small)
        }
        try await readsOfTheState(ground)
        _ = try await ground.row("label", atMost: 8) {
            _ = try await $0.setLabel("prod", of: "ten")
        }
        _ = try await ground.row("delete of a pin", atMost: 8) {
            _ = try await $0.delete("small")
        }
    }

    /// What needs the state alone.
    private func readsOfTheState(_ ground: Ground) async throws {
        var counts: [CountingTransport.Count] = []
        counts.append(try await ground.row("list", atMost: 5) { _ = try await $0.form.pins() })
        counts.append(try await ground.row("search", atMost: 5) { _ = try await $0.search("ten") })
        counts.append(try await ground.row("meta", atMost: 5) { _ = try await $0.version("ten") })
        counts.append(
            try await ground.row("versions", atMost: 5) { _ = try await $0.versions("ten") })
        for count in counts { #expect(count.receivedByteCount < 100_000) }
    }

    @Test(arguments: S3Fleet.moto.map { [$0] } ?? [], S3Fleet.isWhole ? [false, true] : [true])
    func aSmallChangeOfALargePinCostsLittle(
        _ server: S3TestServer, _ hasCache: Bool
    ) async throws {
        try await withTemporaryFolder { (folder) async throws in
            let ground = try Ground(server, cacheIn: hasCache ? folder + "/cache" : nil)
            _ = try await ground.boards.create(ground.location)
            var bytes = Self.payload(100_000_000, seed: 3)
            let kind = hasCache ? "with a cache" : "without a cache"
            let first = try await ground.row("write of 100 MB, \(kind)", atMost: 30) {
                _ = try await $0.write(Self.request("large", bytes))
            }
            #expect(first.sentByteCount < 101_000_000)
            // One run of 1 %: what a change of a part of a file is.
            let change = Self.payload(1_000_000, seed: 4)
            bytes.replaceSubrange(50_000_000..<51_000_000, with: change)
            let second = try await ground.row("1 % of it changed, \(kind)", atMost: 16) {
                _ = try await $0.write(Self.request("large", bytes))
            }
            #expect(second.sentByteCount < 2_500_000)
            // No base is fetched: those of a remote board come from the local cache.
            #expect(second.receivedByteCount < 100_000)
            let expected = bytes
            let read = try await ground.row(
                hasCache ? "read by who wrote it" : "cold read of it", atMost: 33
            ) {
                let version = try await $0.version("large")
                #expect(try await version.bytes(version.file()) == expected)
            }
            #expect(read.receivedByteCount < (hasCache ? 100_000 : 101_000_000))
        }
    }
}

import Foundation
import PinEngine
import PinFormat
import PinStorage
import PinTesting
import Pins
import Testing

@testable import PinsS3

/// Goal: a dry run on a bucket says what the server then sees. Method: the prediction is made on
/// one view of the board, the real thing done on another whose requests are counted on their way.
@Suite(.serialized) struct ForecastTests {
    private static func request(_ pin: String, _ bytes: [UInt8]) -> WriteRequest {
        WriteRequest(
            pin: pin, files: [InputFile(path: "data.bin", source: BytesSource(bytes))],
            metadata: VersionMetadata(createdSeconds: 1_800_000_000, type: "file", title: pin))
    }

    /// Boards of one location, each as a command would open it.
    private struct Ground {
        let server: S3TestServer
        let location: String
        let scheme: String
        let cacheFolder: String?

        func boards(_ transport: CountingTransport = CountingTransport()) throws -> S3Boards {
            S3Boards(
                settings: try server.settings(), transport: transport,
                cache: cacheFolder.map { BoardCache(CacheSettings(path: $0)) })
        }

        func open(_ transport: CountingTransport = CountingTransport()) async throws -> Board {
            scheme == "s3"
                ? try await boards(transport).open(location)
                : try await boards(transport).openPlain(location)
        }

        func create(isSingleWriter: Bool) async throws {
            var settings = BoardSettings()
            settings.isSingleWriter = isSingleWriter
            if scheme == "s3" {
                _ = try await boards().create(location, settings)
            } else {
                _ = try await boards().createPlain(location)
            }
        }
    }

    private static func withGround(
        _ server: S3TestServer, _ scheme: String, cache: Bool, _ body: (Ground) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { (folder) async throws in
            let ground = Ground(
                server: server,
                location: "\(scheme)://\(server.bucket)/forecast-\(UUID().uuidString)",
                scheme: scheme, cacheFolder: cache ? folder + "/cache" : nil)
            try await ground.create(isSingleWriter: !server.honoursConditions)
            try await body(ground)
        }
    }

    @Test(arguments: S3Fleet.servers, [false, true])
    func readsAreForetold(_ server: S3TestServer, _ hasCache: Bool) async throws {
        try await Self.withGround(server, "s3", cache: hasCache) { ground in
            let writer = try await ground.open()
            let bytes = SeededRandom(seed: 41).bytes(count: 12_000_000)
            _ = try await writer.write(Self.request("p", Array(bytes.dropLast(3_000_000))))
            _ = try await writer.write(Self.request("p", bytes))
            // Others than the writer have nothing of it.
            if let cache = ground.cacheFolder { try FileManager.default.removeItem(atPath: cache) }
            for range: Range<UInt64>? in [5_000_000..<5_100_000, nil, nil] {
                let teller = try await ground.open()
                let told = try #require(
                    try await teller.trafficOfReading(
                        teller.version("p"), range: range))
                let transport = CountingTransport()
                let board = try await ground.open(transport)
                let version = try await board.version("p")
                let read = try await version.bytes(version.file(), range: range)
                #expect(
                    read == range.map { Array(bytes[Int($0.lowerBound)..<Int($0.upperBound)]) }
                        ?? bytes)
                let lines = transport.lines.joined(separator: "\n")
                let count = transport.take()
                expectNear(told.requestCount, count, "\(range as Any)\n\(lines)")
                #expect(told.receivedByteCount == UInt64(count.receivedByteCount), "\(lines)")
                #expect(told.sentByteCount == 0 && count.sentByteCount == 0)
            }
        }
    }

    @Test(arguments: S3Fleet.servers, [false, true])
    func writesAreForetoldAndNothingIsWritten(
        _ server: S3TestServer, _ hasCache: Bool
    ) async throws {
        try await Self.withGround(server, "s3", cache: hasCache) { ground in
            let bytes = SeededRandom(seed: 42).bytes(count: 9_000_000)
            _ = try await ground.open().write(Self.request("p", bytes))
            var changed = bytes
            changed.replaceSubrange(
                4_000_000..<4_100_000, with: SeededRandom(seed: 43).bytes(count: 100_000))
            for (pin, content) in [("p", changed), ("q", Array(bytes.reversed())), ("p", changed)] {
                var request = Self.request(pin, content)
                request.isDryRun = true
                let dry = CountingTransport()
                let told = try await ground.open(dry).write(request)
                let dryCount = dry.take()
                #expect(dryCount.requests["PUT"] == nil && dryCount.requests["POST"] == nil)
                #expect(dryCount.sentByteCount == 0)
                request.isDryRun = false
                let transport = CountingTransport()
                let written = try await ground.open(transport).write(request)
                let lines = transport.lines.joined(separator: "\n")
                let count = transport.take()
                let traffic = try #require(told.traffic)
                #expect(told.isUnchanged == written.isUnchanged)
                expectNear(traffic.requestCount, count, "\(lines)")
                // Where bases are found, who comes first may choose otherwise: 5 %.
                let sent = Double(count.sentByteCount)
                #expect(abs(Double(traffic.sentByteCount) - sent) <= 0.05 * sent + 64, "\(lines)")
                #expect(traffic.receivedByteCount <= UInt64(count.receivedByteCount))
            }
        }
    }

    @Test(arguments: S3Fleet.servers, [false, true])
    func plainBoardsForetellToo(_ server: S3TestServer, _ hasCache: Bool) async throws {
        try await Self.withGround(server, "plain+s3", cache: hasCache) { ground in
            let bytes = SeededRandom(seed: 44).bytes(count: 9_000_000)
            for turn in 0..<3 {
                var request = Self.request("p", turn == 2 ? bytes.reversed() : bytes)
                request.isDryRun = true
                let told = try await ground.open().write(request)
                request.isDryRun = false
                let transport = CountingTransport()
                let written = try await ground.open(transport).write(request)
                let lines = transport.lines.joined(separator: "\n")
                let count = transport.take()
                #expect(told.isUnchanged == written.isUnchanged && told.isUnchanged == (turn == 1))
                let traffic = try #require(told.traffic)
                expectNear(traffic.requestCount, count, "\(lines)")
                #expect(traffic.sentByteCount == UInt64(count.sentByteCount), "\(lines)")
            }
            for _ in 0..<2 {
                let teller = try await ground.open()
                let told = try #require(
                    try await teller.trafficOfReading(teller.version("p")))
                let transport = CountingTransport()
                let board = try await ground.open(transport)
                let version = try await board.version("p")
                _ = try await version.bytes(version.file())
                let lines = transport.lines.joined(separator: "\n")
                let count = transport.take()
                expectNear(told.requestCount, count, "\(lines)")
                #expect(told.receivedByteCount == UInt64(count.receivedByteCount), "\(lines)")
            }
        }
    }
}

/// As many requests as were foretold, without those that a busy server refused. One more or less: a
/// connection that breaks unseen has its request made again.
private func expectNear(
    _ told: Int?, _ count: CountingTransport.Count, _ comment: @autoclosure () -> Comment
) {
    let made = count.total - count.refusedCount
    #expect(told.map { abs($0 - made) <= 1 } == true, comment())
}

import Foundation
import PinEngine
import PinFormat
import PinStorage
import PinTesting
import Pins
import PinsHTTP
import Testing

@testable import PinsS3

/// Goal: on a network that cuts, delays, repeats and loses answers, nothing acknowledged is lost
/// and nothing half-done is seen. Method: a proxy that breaks every third request stands before
/// each server that honours conditions; what writers were told is compared with what the server
/// has.
@Suite(.serialized) struct FaultTests {
    @Test(arguments: S3Fleet.servers)
    func whatWasAcknowledgedIsThere(_ server: S3TestServer) async throws {
        guard server.honoursConditions else { return }
        let sound = S3Boards(settings: try server.settings())
        let faulty = S3Boards(settings: try Self.settings(server))
        let location = "s3://\(server.bucket)/faults-\(UUID().uuidString)"
        _ = try await sound.create(location)
        let written = try await withThrowingTaskGroup(of: [String: [UInt8]].self) { group in
            for writer in 0..<3 {
                group.addTask {
                    var written: [String: [UInt8]] = [:]
                    for turn in 0..<5 {
                        let seed = UInt64(writer * 100 + turn)
                        let bytes = SeededRandom(seed: seed).bytes(count: 200_000)
                        let version = try await Self.write(faulty, location, "pin-\(writer)", bytes)
                        if let version { written["pin-\(writer)/\(version)"] = bytes }
                    }
                    return written
                }
            }
            return try await group.reduce(into: [:]) { $0.merge($1) { $1 } }
        }
        #expect(written.count >= 8, "only \(written.count) of 15 writes came through")
        let board = try await sound.open(location)
        for (name, bytes) in written {
            let parts = name.split(separator: "/").map(String.init)
            let version = try await board.version(parts[0], .named(parts[1]))
            #expect(try await version.bytes(version.file()) == bytes)
        }
        var options = VerifyOptions()
        options.readsData = true
        let report = try await board.form.verify(options, progress: nil)
        #expect(report.problems.isEmpty, "\(report.problems)")
    }

    @Test(arguments: S3Fleet.servers)
    func whatIsReadIsWhatIsThere(_ server: S3TestServer) async throws {
        let backend = try server.backend()
        let faulty = S3Backend(
            try S3Location("s3://\(server.bucket)/\(backend.prefix)"),
            try server.client(try Self.settings(server)))
        let bytes = SeededRandom(seed: 5).bytes(count: 300_000)
        for number in 0..<5 {
            _ = try await backend.put(
                try ObjectKey(validating: "o-\(number)"), bytes, mode: .overwrite)
        }
        for round in 0..<10 {
            #expect(try await faulty.get("o-1", limit: 300_000) == bytes)
            let range = round * 1_000..<round * 2_000 + 5_000
            #expect(try await faulty.get("o-2", range: range) == Array(bytes[range]))
            #expect(try await faulty.list(prefix: "", after: nil).objects.count == 5)
            #expect(try await faulty.stat("o-3")?.byteCount == 300_000)
            #expect(try await faulty.stat("none") == nil)
        }
    }

    private static func settings(_ server: S3TestServer) throws -> S3Settings {
        var settings = try server.settings(endpoint: server.faultyEndpoint)
        // Faults are many, and pauses need not be long.
        settings.retries.attemptCount = 12
        settings.retries.firstPauseMilliseconds = 1
        return settings
    }

    /// - Returns: The version, or `nil` if the write failed in a way that a network may cause.
    private static func write(
        _ boards: S3Boards, _ location: String, _ pin: String, _ bytes: [UInt8]
    ) async throws -> String? {
        let metadata = VersionMetadata(createdSeconds: 1_800_000_000, type: "file", title: "t")
        let file = InputFile(path: "f", source: BytesSource(bytes))
        do throws(EngineError) {
            let board = try await boards.open(location)
            let request = WriteRequest(pin: pin, files: [file], metadata: metadata)
            return try await board.write(request).info.version
        } catch {
            #expect([.unavailable, .tryAgain, .ioError].contains(error.code), "\(error)")
            return nil
        }
    }
}

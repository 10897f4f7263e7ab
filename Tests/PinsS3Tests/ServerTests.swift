import Foundation
import PinEngine
import PinFormat
import PinStorage
import PinTesting
import Pins
import PinsHTTP
import Testing

@testable import PinsS3

/// Goal: the backend keeps its contract on servers that are not ours, and finds out what each can
/// do. Method: every server of the fleet: moto alone, unless `make test-s3` asks for more.
@Suite(.serialized) struct ServerTests {
    @Test(arguments: S3Fleet.servers)
    func theBackendKeepsItsContract(_ server: S3TestServer) async throws {
        let backend = try server.backend()
        let suite = BackendConformance(bigByteCount: 20 << 20, manyCount: 1_010, raceCount: 5)
        let violations = await suite.violations(of: backend)
        let others = violations.filter { !server.knownFlaws.contains($0.law) }
        #expect(others.isEmpty, "\(server.name): \(others)")
    }

    @Test(arguments: S3Fleet.servers)
    func objectsInPartsKeepTheContract(_ server: S3TestServer) async throws {
        let backend = try server.backend(partByteCount: 5 << 20)
        for count in [5 << 20, 5 << 20 + 1, 12 << 20] {
            let key = try ObjectKey(validating: "parts-\(count)")
            let bytes = SeededRandom(seed: UInt64(count)).bytes(count: count)
            #expect(try await backend.put(key, bytes, mode: .ifAbsent) == .created)
            #expect(try await backend.get(key, limit: count) == bytes)
            #expect(try await backend.put(key, bytes, mode: .ifAbsent) == .exists)
            #expect(try await backend.stat(key)?.byteCount == count)
            #expect(try await backend.put(key, bytes, mode: .overwrite) == .created)
        }
    }

    @Test(arguments: S3Fleet.servers)
    func theProbeFindsOutWhatAServerHonours(_ server: S3TestServer) async throws {
        let backend = try server.backend()
        #expect(try await backend.probeConditionalCreation() == server.honoursConditions)
        #expect(try await backend.list(prefix: "", after: nil).objects.isEmpty)
        let raw = try await backend.client.list(prefix: backend.prefix)
        #expect(raw.objects.isEmpty, "the probe left \(raw.objects)")
    }

    @Test(arguments: S3Fleet.servers)
    func aServerThatIgnoresConditionsGetsNoBoardUnlessOneWriterIsPromised(
        _ server: S3TestServer
    ) async throws {
        let boards = S3Boards(settings: try server.settings())
        let location = "s3://\(server.bucket)/refused-\(UUID().uuidString)"
        if server.honoursConditions {
            _ = try await boards.create(location)
        } else {
            let error = await #expect(throws: EngineError.self) {
                try await boards.create(location)
            }
            #expect(error?.code == .cannotCreate)
            #expect(error?.message.contains("--single-writer") == true)
            let client = try server.client()
            let place = try S3Location(location)
            #expect(try await client.list(prefix: place.prefix).objects.isEmpty)
            var settings = BoardSettings()
            settings.isSingleWriter = true
            _ = try await boards.create(location, settings)
            let board = try await boards.open(location)
            #expect(board.store?.backend.capabilities.atomicCreate == false)
        }
        // A board that is there is an error, also where the server would have overwritten it.
        var settings = BoardSettings()
        settings.isSingleWriter = true
        let again = await #expect(throws: EngineError.self) {
            try await boards.create(location, settings)
        }
        #expect(again?.code == .cannotCreate)
    }

    @Test(arguments: S3Fleet.servers)
    func wrongKeysAreToldApart(_ server: S3TestServer) async throws {
        guard server.checksSignatures else { return }
        for settings in [
            try server.settings(secret: "wrong"), try server.settings(accessKey: "AKIAUNKNOWN"),
        ] {
            let backend = S3Backend(
                try S3Location("s3://\(server.bucket)/x"), try server.client(settings))
            let error = await #expect(throws: BackendError.self) {
                try await backend.get("config", limit: 10)
            }
            #expect(error?.code == .permissionDenied, "\(server.name): \(error?.message ?? "")")
            #expect(error?.message.contains("wrong") == false)
        }
    }

    @Test(arguments: S3Fleet.servers)
    func aMissingBucketIsToldApart(_ server: S3TestServer) async throws {
        let boards = S3Boards(settings: try server.settings())
        for make in [false, true] {
            let error = await #expect(throws: EngineError.self) {
                _ =
                    make
                    ? try await boards.create("s3://no-such-bucket-here/x")
                    : try await boards.open("s3://no-such-bucket-here/x")
            }
            #expect(error?.code == .notFound, "\(server.name): \(error?.message ?? "")")
            #expect(error?.message.contains("no bucket") == true)
        }
    }

    @Test(arguments: S3Fleet.servers)
    func keysOfAnyTextAreListedAndRemoved(_ server: S3TestServer) async throws {
        let client = try server.client()
        let prefix = "odd-\(UUID().uuidString)/"
        var names = ["a b", "ä/é", "1+1=2", "p&q<r>", "~!'()*", "x,y;z", "q?r#s"]
        // The others keep objects in files, or decode names twice.
        if server.name == "moto" { names += ["a//b", "tab\there", "%20"] }
        for name in names { try await client.put(prefix + name, [1, 2], ifAbsent: false) }
        let listed = try await client.list(prefix: prefix).objects.map(\.key)
        #expect(Set(listed) == Set(names.map { prefix + $0 }), "\(server.name)")
        for name in names {
            #expect(try await client.get(prefix + name, limit: 2) == [1, 2], "\(name)")
        }
        let folders = try await client.list(prefix: prefix, delimiter: "/").folders
        #expect(folders.contains(prefix + "ä/"), "\(server.name): \(folders)")
        try await client.delete(names.map { prefix + $0 })
        #expect(try await client.list(prefix: prefix).objects.isEmpty)
    }

    @Test(arguments: S3Fleet.servers)
    func eightWritersLoseNothing(_ server: S3TestServer) async throws {
        guard server.honoursConditions else { return }
        let boards = S3Boards(settings: try server.settings())
        let location = "s3://\(server.bucket)/race-\(UUID().uuidString)"
        _ = try await boards.create(location)
        let written = try await withThrowingTaskGroup(of: [String].self) { group in
            for writer in 0..<8 {
                group.addTask {
                    let board = try await boards.open(location)
                    var versions: [String] = []
                    for turn in 0..<3 {
                        let bytes = Array("writer \(writer), turn \(turn)".utf8)
                        let file = InputFile(path: "f", source: BytesSource(bytes))
                        let metadata = VersionMetadata(
                            createdSeconds: 1_800_000_000, type: "file", title: "t")
                        let result = try await board.write(
                            WriteRequest(pin: "shared", files: [file], metadata: metadata))
                        versions.append(result.info.version)
                    }
                    return versions
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        let board = try await boards.open(location)
        let versions = try await board.versions("shared").map(\.version)
        #expect(versions.count == 24)
        #expect(Set(versions) == Set(written))
        let report = try await board.form.verify(VerifyOptions(), progress: nil)
        #expect(report.problems.isEmpty)
    }

    /// What each server can do, as a table.
    @Test(arguments: S3Fleet.servers)
    func capabilitiesAreFound(_ server: S3TestServer) async throws {
        let backend = try server.backend()
        let client = backend.client
        func can(_ body: () async throws -> Void) async -> Bool {
            do {
                try await body()
                return true
            } catch {
                return false
            }
        }
        let key = backend.prefix + "capability"
        try await client.put(key, [1, 2, 3], ifAbsent: false)
        let creates = try await backend.probeConditionalCreation()
        let matches = await !can { _ = try await client.get(key, range: 0..<1, ifTag: "\"no\"") }
        let copies = await can { try await client.copy(key, to: key + "-2") }
        var many = S3Call(.post, nil)
        many.query = [("delete", "")]
        many.setBody(Array("<Delete><Object><Key>\(key)</Key></Object></Delete>".utf8))
        let removes = await can { _ = try await client.send(many) }
        var wrong = S3Call(.put, key)
        wrong.setBody([1, 2, 3])
        wrong.headers["x-amz-checksum-sha256"] = Base64.encode(SHA256Bytes.digest([4]).bytes)
        let compares = await !can { _ = try await client.send(wrong) }
        func word(_ value: Bool) -> String { value ? "yes" : "no" }
        print(
            "CAPABILITIES | \(server.name) | If-None-Match on PUT: \(word(creates)) "
                + "| If-Match on GET: \(word(matches)) | copies: \(word(copies)) "
                + "| multi-delete: \(word(removes)) | compares checksums: \(word(compares)) "
                + "| checks signatures: \(word(server.checksSignatures)) |")
        #expect(creates == server.honoursConditions)
        #expect(copies)
    }
}

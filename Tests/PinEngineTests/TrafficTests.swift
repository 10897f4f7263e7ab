import PinFormat
import PinStorage
import PinTesting
import Testing

@testable import PinEngine

/// Goal: what a dry run says a read or write would move is what it then moves. Method: the
/// prediction is made on one view of the board, the real thing done on another, which is counted.
@Suite struct TrafficTests {
    private struct Place {
        let name: String
        let backend: any BoardBackend
    }

    private static func withPlaces(_ body: (Place) async throws -> Void) async throws {
        let remote = BackendCapabilities(isRemote: true)
        try await body(Place(name: "memory", backend: MemoryBackend()))
        try await body(
            Place(
                name: "remote",
                backend: MemoryBackend(capabilities: remote, hasLocalObjects: false)))
        try await withTemporaryFolder { (folder) async throws in
            try await body(Place(name: "folder", backend: FolderBackend(folder)))
        }
    }

    /// A board with small packs, so that everything is in several.
    private static func fill(_ ground: Ground, _ backend: any BoardBackend) async throws {
        let store = try await ground.create(on: backend)
        try await store.write(ground.bytes(900_000), to: "large")
        try await store.write(
            Dictionary(
                uniqueKeysWithValues: (0..<300).map {
                    ("folder/file-\($0)", ground.bytes(1_000 + $0, UInt64($0)))
                }), to: "many")
        try await store.write([1, 2, 3], to: "small")
        try await store.write(["empty": []], to: "empty")
    }

    private static func count(_ counted: CountingBackend, _ text: Comment, _ traffic: Traffic) {
        let moved = UInt64(counted.total.bytes)
        let told = traffic.receivedByteCount + traffic.sentByteCount
        #expect(moved == told, text)
        // Where objects are not local, asking for one that is costs nothing.
        let free = counted.capabilities.isRemote ? counted[.openLocal].calls : 0
        #expect(counted.total.calls - free == traffic.requestCount, text)
    }

    @Test func whatReadingMovesIsForetold() async throws {
        try await Self.withPlaces { place in
            let ground = Ground(seed: 31)
            try await Self.fill(ground, place.backend)
            let cases: [(pin: String, paths: [String]?, range: Range<UInt64>?)] = [
                ("large", nil, nil), ("large", nil, 100_000..<100_010), ("large", nil, 0..<500_000),
                ("many", nil, nil), ("many", ["folder/file-7"], nil), ("small", nil, nil),
                ("small", nil, 1..<2), ("empty", nil, nil), ("large", nil, 5..<5),
            ]
            for each in cases {
                let text: Comment = "\(place.name): \(each)"
                let teller = try await ground.open(on: place.backend)
                let version = try await teller.versions(of: each.pin)[0].version
                let traffic = try await teller.trafficOfReading(
                    each.pin, version, paths: each.paths, range: each.range)
                let counted = CountingBackend(place.backend)
                let store = try await ground.open(on: counted)
                let reader = try await store.reader(of: each.pin, .latest).reader
                for file in reader.files where each.paths?.contains(file.path) ?? true {
                    try await reader.read(file, range: each.range) { (_) throws(EngineError) in }
                }
                Self.count(counted, text, traffic)
                #expect(counted[.put].calls == 0, text)
            }
        }
    }

    @Test func readsOfDeltasAreForetoldRoughly() async throws {
        let ground = Ground(seed: 32)
        let backend = MemoryBackend()
        let store = try await ground.create(on: backend)
        var bytes = ground.bytes(600_000)
        for turn in 0..<4 {
            for place in stride(from: turn * 13, to: bytes.count, by: 3_000) { bytes[place] &+= 1 }
            try await store.write(bytes, to: "p")
        }
        let version = try #require(try await store.versions(of: "p").last?.version)
        let traffic = try await store.trafficOfReading("p", version)
        let counted = CountingBackend(backend)
        let fresh = try await ground.open(on: counted)
        #expect(try await fresh.read("p") == bytes)
        let moved = Double(counted.total.bytes)
        #expect(abs(moved - Double(traffic.receivedByteCount)) <= 0.1 * moved)
    }

    @Test func whatWritingMovesIsForetoldAndNothingIsWritten() async throws {
        try await Self.withPlaces { place in
            let ground = Ground(seed: 33)
            try await Self.fill(ground, place.backend)
            var changed = ground.bytes(900_000)
            changed.replaceSubrange(400_000..<410_000, with: ground.bytes(10_000, 77))
            let cases: [(pin: String, bytes: [UInt8])] = [
                ("large", changed), ("new", ground.bytes(700_000, 5)), ("small", [1, 2, 3]),
                ("tiny", [9]),
            ]
            for each in cases {
                let text: Comment = "\(place.name): \(each.pin)"
                let source = BytesSource(each.bytes)
                var request = WriteRequest(
                    pin: each.pin, files: [InputFile(path: "data", source: source)],
                    metadata: VersionMetadata(createdSeconds: 1))
                request.isDryRun = true
                let dry = CountingBackend(place.backend)
                let teller = try await ground.open(on: dry, label: 5)
                let told = try await teller.write(request)
                #expect(dry[.put].calls == 0 && dry[.delete].calls == 0, text)
                request.isDryRun = false
                let counted = CountingBackend(place.backend)
                let store = try await ground.open(on: counted, label: 6)
                let written = try await store.write(request)
                let traffic = try #require(told.traffic)
                Self.count(counted, text, traffic)
                #expect(told.newChunkCount == written.newChunkCount, text)
                #expect(told.storedByteCount == written.storedByteCount, text)
                #expect(told.isUnchanged == written.isUnchanged, text)
                #expect(written.traffic == nil)
            }
        }
    }

    @Test func aDryRunOfALongWriteHoldsNoPacks() async throws {
        // Method: the bytes of packs that are put are let go; the lengths answer for them.
        let backend = RehearsalBackend(MemoryBackend())
        let pack = [UInt8](repeating: 7, count: 1 << 20)
        #expect(try await backend.put("packs/a", pack, mode: .ifAbsent) == .created)
        let writer = try await backend.writer("packs/b", byteCount: 2 << 20, mode: .ifAbsent)
        try await writer.append(pack)
        try await writer.append(pack[...])
        #expect(try await writer.publish() == .created)
        #expect(try await backend.stat("packs/b")?.byteCount == 2 << 20)
        await #expect(throws: BackendError.self) {
            try await backend.get("packs/a", limit: 1 << 21)
        }
        #expect(try await backend.put("packs/a", pack, mode: .ifAbsent) == .exists)
        #expect(try await backend.list(prefix: "packs/", after: nil).objects.count == 2)
        #expect(backend.traffic.requestCount == 6)
        #expect(backend.traffic.sentByteCount == 4 << 20)
        try await backend.delete("packs/a")
        #expect(try await backend.list(prefix: "packs/", after: nil).objects.count == 1)
    }
}

import PinEngine
import PinFormat
import PinStorage
import PinTesting
import PinTransforms
import Synchronization
import Testing

/// What was written is what is read, whatever its size and shape.
@Suite struct RoundTripTests {
    /// Sizes around every boundary of the chunker (minimum 1 KiB, average 4 KiB, maximum 16 KiB) and beyond.
    static let sizes = [
        0, 1, 2, 1_023, 1_024, 1_025, 4_095, 4_096, 4_097, 16_383, 16_384, 16_385, 65_535, 65_537,
        300_001,
    ]

    @Test(arguments: sizes)
    func everySizeComesBack(size: Int) async throws {
        let ground = Ground(seed: UInt64(size))
        let backend = MemoryBackend()
        let store = try await ground.create(on: backend)
        let random = ground.bytes(size)
        let zeros = [UInt8](repeating: 0, count: size)
        try await store.write(random, to: "random")
        try await store.write(zeros, to: "zeros")
        let other = try await ground.open(on: backend)
        for store in [store, other] {
            #expect(try await store.read("random") == random)
            #expect(try await store.read("zeros") == zeros)
        }
        let file = try await other.reader(of: "random", .latest).reader.files[0]
        #expect(file.byteCount == UInt64(size))
        switch file.content {
        case .empty: #expect(size == 0)
        case .chunk: #expect(size > 0 && size <= 16_384)
        case .tree: #expect(size > 1_024)
        }
    }

    @Test func repetitiveDataIsCutAtTheMaximumAndStoredOnce() async throws {
        let ground = Ground(seed: 5)
        let store = try await ground.create(on: MemoryBackend())
        let zeros = [UInt8](repeating: 0, count: 64 * 16_384)
        let result = try await store.write(zeros, to: "zeros")
        #expect(result.chunkCount == 64)
        #expect(result.newChunkCount == 1)
        #expect(try await store.read("zeros") == zeros)
    }

    @Test func severalFilesKeepTheirPathsAndBytes() async throws {
        let ground = Ground(seed: 6)
        let backend = MemoryBackend()
        let store = try await ground.create(on: backend)
        var files: [String: [UInt8]] = [:]
        for index in 0..<20 {
            files["folder \(index % 3)/ä-\(index).bin"] = ground.bytes(index * 997, UInt64(index))
        }
        files["empty"] = []
        files["same-1"] = ground.bytes(30_000)
        files["same-2"] = ground.bytes(30_000)
        let result = try await store.write(files, to: "owner/many")
        #expect(result.version.fileCount == files.count)
        #expect(result.version.byteCount == UInt64(files.values.reduce(0) { $0 + $1.count }))
        try await expect(files, in: try await ground.open(on: backend), "owner/many")
        let same = result.files.filter { $0.path.hasPrefix("same-") }
        #expect(Set(same.map(\.content)).count == 1)
        #expect(Set(same.map(\.flatDigest)).count == 1)
    }

    @Test(arguments: [10, 60, 700])
    func aLongFileListIsStoredLikeAFile(count: Int) async throws {
        let ground = Ground(seed: UInt64(count))
        let backend = MemoryBackend()
        let store = try await ground.create(on: backend)
        var files: [String: [UInt8]] = [:]
        for index in 0..<count { files["part-\(index)"] = ground.bytes(index % 50, UInt64(index)) }
        let result = try await store.write(files, to: "many")
        if case .stored(_, let stored) = result.version.files {
            #expect(stored == count)
            #expect(count > 30)
        } else {
            #expect(count < 60)
        }
        try await expect(files, in: try await ground.open(on: backend), "many")
        // A second write of the same, and an edit of the metadata, find the same list.
        #expect(try await store.write(files, to: "many").isUnchanged)
        let edited = try await store.edit("many") { $0.title = "new" }
        #expect(edited.files == result.files)
        try await store.collect(exclusive: true)
        try await expect(files, in: try await ground.open(on: backend), "many")
    }

    private func expect(
        _ files: [String: [UInt8]], in store: Store, _ pin: String,
        _ location: SourceLocation = #_sourceLocation
    ) async throws {
        let reader = try await store.reader(of: pin, .latest).reader
        let paths = files.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        #expect(reader.files.map(\.path) == paths, sourceLocation: location)
        for file in reader.files {
            let bytes = try await reader.bytes(file)
            #expect(bytes == files[file.path], "\(file.path)", sourceLocation: location)
        }
    }

    @Test func rangesAtEveryChunkBoundaryComeBack() async throws {
        let ground = Ground(seed: 7)
        let store = try await ground.create(on: MemoryBackend())
        let bytes = ground.bytes(150_000)
        try await store.write(bytes, to: "p")
        let reader = try await store.reader(of: "p", .latest).reader
        let file = reader.files[0]
        var ends: [Int] = []
        let chunker = GearChunker(store.config.chunker)
        chunker.appendBoundaries(of: bytes.span.bytes, isFinal: true, to: &ends)
        #expect(ends.count > 20)
        var edges: Set<Int> = [0, 1, 149_999, 150_000, 150_001, 200_000]
        for end in ends { edges.formUnion([end - 1, end, end + 1]) }
        let sorted = edges.sorted()
        for (index, low) in sorted.enumerated() {
            for high in [low, low + 1, sorted[min(index + 3, sorted.count - 1)], Int.max] {
                guard high >= low else { continue }
                let found = try await reader.bytes(file, range: UInt64(low)..<UInt64(high))
                let wanted = bytes[min(low, bytes.count)..<min(high, bytes.count)]
                #expect(found == Array(wanted), "\(low)..<\(high)")
            }
        }
    }

    @Test func piecesComeInOrderAndAddUp() async throws {
        let ground = Ground(seed: 8)
        let store = try await ground.create(
            on: MemoryBackend(), ground.configuration(workerCount: 4))
        let bytes = ground.bytes(1 << 20) + [UInt8](repeating: 7, count: 5 << 20)
        try await store.write(bytes, to: "p")
        let reader = try await store.reader(of: "p", .latest).reader
        let sink = Sink()
        try await reader.read(reader.files[0]) { (piece) throws(EngineError) in
            sink.append(piece)
        }
        #expect(sink.bytes == bytes)
        #expect(sink.count > 1)
    }

    @Test func whatTheBodyThrowsEndsTheRead() async throws {
        let ground = Ground(seed: 8)
        let store = try await ground.create(on: MemoryBackend())
        try await store.write(ground.bytes(6 << 20), to: "p")
        let reader = try await store.reader(of: "p", .latest).reader
        let code = await failure { () throws(EngineError) in
            try await reader.read(reader.files[0]) { (_) throws(EngineError) in
                throw EngineError(.notPermitted, "stop")
            }
        }
        #expect(code == .notPermitted)
    }

    @Test(arguments: [1, 7, 1_000, 4_096, 100_003])
    func aStreamInOddPiecesIsTheSameData(size: Int) async throws {
        let ground = Ground(seed: 9)
        let backend = MemoryBackend()
        let store = try await ground.create(on: backend)
        let bytes = ground.bytes(size == 1 ? 5_000 : 250_000)
        var pieces: [[UInt8]] = [[]]
        for start in stride(from: 0, to: bytes.count, by: size) {
            pieces.append(Array(bytes[start..<min(start + size, bytes.count)]))
            if start % 3 == 0 { pieces.append([]) }
        }
        let stream = AsyncStream<[UInt8]> { continuation in
            for piece in pieces { continuation.yield(piece) }
            continuation.finish()
        }
        let result = try await store.write(
            WriteRequest(
                pin: "stream", files: [InputFile(path: "data", source: SequenceSource(stream))],
                metadata: VersionMetadata(createdSeconds: 1)))
        #expect(try await store.read("stream") == bytes)
        let whole = try await store.write(bytes, to: "whole")
        #expect(whole.version.pinHash == result.version.pinHash)
        #expect(whole.newByteCount == 0)
        #expect(whole.files == result.files)
    }

    @Test func aFailingSourceFailsTheWriteAndLeavesTheBoardAlone() async throws {
        struct Broken: Error {}
        let ground = Ground(seed: 10)
        let store = try await ground.create(on: MemoryBackend())
        let kept = ground.bytes(10_000)
        try await store.write(kept, to: "p")
        let stream = AsyncThrowingStream<[UInt8], any Error> { continuation in
            continuation.yield(ground.bytes(3 << 20, 1))
            continuation.finish(throwing: Broken())
        }
        let request = WriteRequest(
            pin: "p", files: [InputFile(path: "data", source: SequenceSource(stream))],
            metadata: VersionMetadata(createdSeconds: 1))
        let code = await failure { () throws(EngineError) in try await store.write(request) }
        #expect(code == .ioError)
        #expect(try await store.versions(of: "p").count == 1)
        #expect(try await store.read("p") == kept)
    }

    @Test func theNumberOfWorkersChangesNoHash() async throws {
        let ground = Ground(seed: 11)
        let files = [
            "a": ground.bytes(3 << 20, 1), "b": ground.bytes(100, 2), "c": ground.bytes(70_000, 3),
        ]
        var seen: Set<[FileEntry]> = []
        var hashes: Set<Digest> = []
        for count in [1, 2, 8] {
            let store = try await ground.create(
                on: MemoryBackend(), ground.configuration(workerCount: count))
            let result = try await store.write(files, to: "p")
            seen.insert(result.files)
            hashes.insert(result.version.pinHash)
            #expect(try await store.reader(of: "p", .latest).reader.files == result.files)
        }
        #expect(seen.count == 1)
        #expect(hashes.count == 1)
    }

    @Test func flatDigestsAreThoseOfTheFiles() async throws {
        let ground = Ground(seed: 12)
        let store = try await ground.create(on: MemoryBackend())
        let abc = try await store.write(Array("abc".utf8), to: "abc")
        #expect(
            abc.files[0].flatDigest?.hex
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        let bytes = ground.bytes(5 << 20)
        let large = try await store.write(bytes, to: "large")
        let reader = try await store.reader(of: "large", .latest).reader
        #expect(try await reader.flatDigest(of: reader.files[0]) == large.files[0].flatDigest)
    }

    @Test func metadataComesBackAsItWasGiven() async throws {
        let ground = Ground(seed: 13)
        let backend = MemoryBackend()
        let store = try await ground.create(on: backend)
        let cases = [
            VersionMetadata(createdSeconds: 0),
            VersionMetadata(createdSeconds: Int64.max, type: ""),
            VersionMetadata(createdSeconds: Int64.min, type: "csv", tags: [""], urls: ["", ""]),
            VersionMetadata(
                createdSeconds: -1, type: String(repeating: "x", count: 255), title: "a\u{301}ü",
                description: String(repeating: "long ", count: 2_000), tags: ["b", "a", "b"],
                urls: ["https://example.org/ä"], userJSON: Array("{ \"b\":1, \"a\" : [] }".utf8),
                originJSON: Array("{}".utf8)),
        ]
        for (index, metadata) in cases.enumerated() {
            _ = try await store.write(
                WriteRequest(
                    pin: "p\(index)",
                    files: [InputFile(path: "data", source: BytesSource([1]))], metadata: metadata))
        }
        let pins = try await ground.open(on: backend).pins()
        for (index, metadata) in cases.enumerated() {
            #expect(pins.first { $0.name == "p\(index)" }?.metadata == metadata, "case \(index)")
            let version = try await store.versions(of: "p\(index)")[0]
            #expect(version.record.metadata == metadata, "case \(index)")
        }
    }

    @Test func emptyTextsAreAbsent() async throws {
        let ground = Ground(seed: 15)
        let store = try await ground.create(on: MemoryBackend())
        let empty = VersionMetadata(
            createdSeconds: 1, title: "", description: "", userJSON: [], originJSON: [])
        let request = WriteRequest(
            pin: "p", files: [InputFile(path: "data", source: BytesSource([1]))], metadata: empty)
        let first = try await store.write(request)
        #expect(first.version.metadata == VersionMetadata(createdSeconds: 1))
        #expect(try await store.versions(of: "p")[0].record == first.version)
        #expect(try await store.write(request).isUnchanged)
        #expect(try await store.edit("p") { $0.title = "" }.isUnchanged)
    }

    @Test func metadataThatCouldNotBeReadAgainIsRefused() async throws {
        let ground = Ground(seed: 14)
        let store = try await ground.create(on: MemoryBackend())
        try await store.write([1], to: "good")
        var bad = VersionMetadata(createdSeconds: 0)
        bad.userJSON = [0x7B, 0xFF, 0x7D]
        let request = WriteRequest(
            pin: "bad", files: [InputFile(path: "data", source: BytesSource([1]))], metadata: bad)
        let code1 = await failure { () throws(EngineError) in try await store.write(request) }
        #expect(code1 == .usage)
        let code = await failure { () throws(EngineError) in
            try await store.edit("good") { $0.originJSON = [0xC3] }
        }
        #expect(code == .usage)
        #expect(try await store.pins().map(\.name) == ["good"])
    }
}

/// Gathers pieces.
final class Sink: Sendable {
    private let state = Mutex<(bytes: [UInt8], count: Int)>(([], 0))

    var bytes: [UInt8] { state.withLock { $0.bytes } }
    var count: Int { state.withLock { $0.count } }

    func append(_ piece: [UInt8]) {
        state.withLock { state in
            state.bytes += piece
            state.count += 1
        }
    }
}

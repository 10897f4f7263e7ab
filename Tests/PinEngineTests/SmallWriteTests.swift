import PinFormat
import PinStorage
import PinTesting
import Testing

@testable import PinEngine

/// Goal: a small write costs a handful of calls, and the ten-thousandth no more than the first.
/// Method: the books of a simulated file system.
@Suite struct SmallWriteTests {
    /// What a write of a new pin of 1 KiB does, as FORMAT.md §9.1 and §9.4 demand: three objects
    /// (pack, commit, `latest`) are created, written, closed and renamed; two of them are
    /// synchronised, and so are their folders, once each; the newest commit is looked for twice
    /// (when the write begins, and to commit), and its predecessor is read once.
    private static let allowed: [SystemError.Call: Int] = [
        .createExclusive: 3, .write: 3, .synchronize: 2, .synchronizeDirectory: 2,
        .renameExclusive: 2, .rename: 1, .close: 6, .openForReading: 3, .read: 3, .status: 7,
    ]

    private func write(_ number: Int, to store: Store) async throws {
        let file = InputFile(
            path: "data",
            source: BytesSource(SeededRandom(seed: UInt64(number)).bytes(count: 1_024)))
        _ = try await store.write(
            WriteRequest(
                pin: "pin-\(number)", files: [file],
                metadata: VersionMetadata(createdSeconds: 1, title: "Number \(number)")))
    }

    @Test func aSmallWriteMakesNoMoreCallsThanTheFormatDemands() async throws {
        let ground = Ground(seed: 3_401)
        let files = SimulatedFileSystem(folders: ["/board"], clock: ground.clock)
        // The inline table of a command, not of a test: most commits write no segment.
        let store = try await ground.create(
            on: FolderBackend("/board", fileSystem: files),
            ground.configuration(inlineByteTarget: 8 << 10))
        // The first ones make folders.
        for number in 0..<3 { try await write(number, to: store) }
        let before = files.operations.count
        try await write(3, to: store)
        var counts: [SystemError.Call: Int] = [:]
        for operation in files.operations[before...] { counts[operation.call, default: 0] += 1 }
        for (call, count) in counts {
            #expect(count <= Self.allowed[call] ?? 0, "\(count) × \(call)")
        }
        #expect(counts[.synchronize] == 2 && counts[.synchronizeDirectory] == 2)
    }

    @Test func aWriteCostsNoMoreWhenThereAreManyPins() async throws {
        let ground = Ground(seed: 3_402)
        let backend = CountingBackend(MemoryBackend())
        let store = try await ground.create(on: backend, ground.configuration())
        var bytes: [Int] = []
        for block in 0..<4 {
            backend.reset()
            for number in 0..<100 { try await write(block * 100 + number, to: store) }
            bytes.append(backend[.put].bytes + backend[.get].bytes)
            #expect(backend.total.calls < 100 * 12)
        }
        // A board four times as large: a level more of segments at most.
        #expect(bytes[3] < 2 * bytes[0], "\(bytes)")
    }
}

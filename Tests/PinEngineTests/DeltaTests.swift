import PinEngine
import PinFormat
import PinStorage
import PinTesting
import PinTransforms
import Testing

/// Goal: what is new in a version is stored as the difference from what stood at its place before,
/// within the limits of a closure, and comes back whatever is deleted and collected around it.
/// Method: series of edited tables against boards with and without deltas.
@Suite struct DeltaTests {
    /// Versions of a table with scattered edits.
    private func series(_ count: Int, seed: UInt64) -> [[UInt8]] {
        (1...count).map { version in
            Corpus(
                .csv, byteCount: 400_000, seed: seed,
                edit: Corpus.Edit(.scatter, partsPerMillion: 2_000),
                version: version
            ).bytes()
        }
    }

    private func store(
        _ ground: Ground, closureFrameCount: Int, _ backend: any BoardBackend = MemoryBackend()
    ) async throws -> Store {
        try await Store.create(
            on: backend, chunker: try ChunkerParameters(averageExponent: 14),
            closureFrameCount: closureFrameCount, configuration: ground.configuration())
    }

    @Test func scatteredEditsCostAFractionOfPlainFrames() async throws {
        var stored: [Int: Int] = [:]
        for closure in [1, 4] {
            let ground = Ground(seed: 71)
            let backend = MemoryBackend()
            let store = try await store(ground, closureFrameCount: closure, backend)
            for bytes in series(4, seed: 71) { try await store.write(bytes, to: "table") }
            stored[closure] = backend.byteCount("packs/")
            for (number, version) in try await store.versions(of: "table").enumerated() {
                let back = try await store.read("table", version.version)
                #expect(back == series(4, seed: 71)[number], "version \(number)")
            }
        }
        let (plain, delta) = (try #require(stored[1]), try #require(stored[4]))
        #expect(delta * 2 < plain, "\(delta) bytes with deltas, \(plain) without")
    }

    @Test func noClosureIsLargerThanTheBoardAllows() async throws {
        let ground = Ground(seed: 72)
        let backend = MemoryBackend()
        let store = try await store(ground, closureFrameCount: 3, backend)
        for bytes in series(9, seed: 72) { try await store.write(bytes, to: "table") }
        var deepest = 0
        for object in try await backend.listAll(prefix: "packs/") {
            let pack = try await backend.get(object.key, limit: 1 << 28)
            let trailer = try PackTrailer(
                pack, at: pack.count - PackTrailer.byteCount, packByteCount: pack.count)
            let footer = Array(
                pack[trailer.footerOffset..<trailer.footerOffset + trailer.footerByteCount])
            for entry in try PackFooter(footer, trailer, .standard).entries {
                deepest = max(deepest, entry.header.closureFrameCount)
            }
        }
        #expect(deepest == 3, "deltas of deltas are made, and not beyond the limit")
    }

    @Test func basesOutliveTheVersionsTheyCameWith() async throws {
        let ground = Ground(seed: 73)
        let store = try await store(ground, closureFrameCount: 4)
        let versions = series(5, seed: 73)
        for bytes in versions { try await store.write(bytes, to: "table") }
        var options = CollectionOptions()
        options.isExclusive = true
        for number in 0..<4 {
            let oldest = try await store.versions(of: "table")[0].version
            _ = try await store.delete("table", .named(oldest))
            _ = try await store.collect(options)
            let left = try await ground.open(on: store.backend, label: UInt64(number + 2))
            for (offset, version) in try await left.versions(of: "table").enumerated() {
                let back = try await left.read("table", version.version)
                #expect(back == versions[number + 1 + offset], "after \(number + 1) deletions")
            }
        }
        let report = try await Store.verify(on: store.backend, verifyingData)
        #expect(report.problems.isEmpty)
    }

    @Test func rangesOfDeltasAreRight() async throws {
        let ground = Ground(seed: 74)
        let store = try await store(ground, closureFrameCount: 4)
        let versions = series(4, seed: 74)
        for bytes in versions { try await store.write(bytes, to: "table") }
        let reader = try await store.reader(of: "table", .latest).reader
        let last = try #require(versions.last)
        let random = SeededRandom(seed: 74)
        for _ in 0..<40 {
            let start = Int(random.uint64() % UInt64(last.count))
            let end = min(last.count, start + Int(random.uint64() % 50_000))
            let part = try await reader.bytes(
                reader.files[0], range: UInt64(start)..<UInt64(end))
            #expect(part == Array(last[start..<end]), "bytes \(start)..<\(end)")
        }
    }

    private var verifyingData: VerifyOptions {
        var options = VerifyOptions()
        options.readsData = true
        return options
    }
}

import PinEngine
import PinFormat
import PinStorage
import PinTesting
import Testing

/// What is stored depends on what is written, not on how many threads write it, or which is faster.
@Suite struct DeterminismTests {
    /// Text of rows that resemble each other, in an order that the seed decides: it has bases in
    /// the same write and in others.
    private static func table(_ seed: UInt64, rows: Int) -> [UInt8] {
        let random = SeededRandom(seed: seed)
        var text: [UInt8] = []
        for row in 0..<rows {
            text += Array("\(row),city-\(random.below(500)),\(random.below(100_000)),open\n".utf8)
        }
        return text
    }

    /// Everything that a board holds after writes of many kinds and collections.
    private func board(
        _ workers: Int, hasLocalObjects: Bool
    ) async throws -> [ObjectKey: [UInt8]] {
        let ground = Ground(seed: 8)
        let backend = MemoryBackend(hasLocalObjects: hasLocalObjects)
        var configuration = ground.configuration(
            workerCount: workers, packByteTarget: 1 << 20, inlineByteTarget: 1 << 10)
        configuration.clock = ground.clock
        let store = try await Store.create(on: backend, configuration: configuration)
        let large = Self.table(1, rows: 400_000)
        // Loads that repeat each other, so that two of them meet the same new chunk.
        let noise = ground.bytes(5 << 20)
        try await store.write(
            ["a.csv": large, "b.bin": noise + noise, "c.bin": noise], to: "large")
        var edited = large
        for place in stride(from: 700, to: edited.count, by: 400_000) {
            edited.replaceSubrange(place..<place + 9, with: Array("an edit,".utf8))
        }
        try await store.write(["a.csv": edited, "d.csv": large], to: "large")
        // Many small files go to the workers together.
        var files: [String: [UInt8]] = [:]
        for number in 0..<260 {
            let kind = UInt64(number % 7)
            files["f\(number)"] =
                Self.table(20 + kind, rows: 900) + ground.bytes(3_000, UInt64(number % 40))
        }
        try await store.write(files, to: "small")
        files["f3"] = nil
        files["new"] = Self.table(99, rows: 2_000)
        try await store.write(files, to: "small")
        _ = try await store.delete("large", .latest)
        ground.clock.advance(seconds: 10)
        try await store.collect()
        try await store.collect()
        return backend.snapshot
    }

    @Test(arguments: [true, false])
    func anyNumberOfThreadsMakesTheSameBoard(isLocal: Bool) async throws {
        let first = try await board(1, hasLocalObjects: isLocal)
        #expect(first.keys.count { $0.description.hasPrefix("packs/") } > 8)
        for workers in [2, 8, 8] {
            let other = try await board(workers, hasLocalObjects: isLocal)
            #expect(other.keys.sorted() == first.keys.sorted(), "\(workers) threads")
            for (key, bytes) in first where other[key] != bytes {
                let count = other[key]?.count ?? 0
                Issue.record("\(workers) threads: \(key) differs, \(bytes.count) and \(count)")
            }
        }
    }
    /// A board of another machine, whose answers take as long as the seed says.
    private func remoteBoard(
        _ seed: UInt64, uploadCount: Int
    ) async throws -> (objects: [ObjectKey: [UInt8]], counted: CountingBackend) {
        let ground = Ground(seed: 9)
        let place = MemoryBackend(
            capabilities: BackendCapabilities(isRemote: true), hasLocalObjects: false)
        let delays = SeededRandom(seed: seed)
        let hooked = HookedBackend(place)
        hooked.setHook { call in
            guard call.verb == .put else { return }
            for _ in 0..<delays.below(60) { await Task.yield() }
        }
        let counted = CountingBackend(hooked)
        var configuration = ground.configuration()
        configuration.uploadCount = uploadCount
        let store = try await ground.create(on: counted, configuration)
        let noise = ground.bytes(1_500_000)
        try await store.write(noise, to: "p")
        try await store.write(noise + Self.table(3, rows: 20_000), to: "p")
        return (place.snapshot, counted)
    }

    @Test(arguments: [1, 3, 4])
    func whicheverUploadIsFasterTheBoardIsTheSame(uploadCount: Int) async throws {
        let first = try await remoteBoard(0, uploadCount: uploadCount)
        #expect(first.objects.keys.count { $0.description.hasPrefix("packs/") } > 20)
        for seed in UInt64(1)...6 {
            let other = try await remoteBoard(seed, uploadCount: uploadCount)
            let isSame = other.objects == first.objects
            #expect(isSame, "delays of seed \(seed)")
            #expect(other.counted.total.calls == first.counted.total.calls, "seed \(seed)")
        }
    }
}

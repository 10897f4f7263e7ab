@testable import PinEngine
import PinFormat
import PinStorage
import PinTesting
import PinTransforms
import Synchronization
import Testing

/// Goal: bytes that are written each to its place are those that come in order, and none is written
/// that is not right. Method: versions with deltas on boards that are local and that are not, in
/// ranges of every kind; then damage.
@Suite struct PositionedReadTests {
    /// Memory that is written like a file, and counts what is written twice.
    private final class MemorySink: PositionedSink {
        private let state: Mutex<(bytes: [UInt8?], doubles: Int)>

        init(_ byteCount: Int) { state = Mutex((Array(repeating: nil, count: byteCount), 0)) }

        var bytes: [UInt8?] { state.withLock { $0.bytes } }
        var doubles: Int { state.withLock { $0.doubles } }

        func write(_ bytes: RawSpan, at offset: UInt64) throws(EngineError) {
            state.withLock { state in
                bytes.withUnsafeBytes { buffer in
                    for (index, byte) in buffer.enumerated() {
                        let place = Int(offset) + index
                        if state.bytes[place] != nil { state.doubles += 1 }
                        state.bytes[place] = byte
                    }
                }
            }
        }
    }

    /// Versions with bases of one and two chunks, deltas of deltas, runs of one and the same chunk,
    /// and chunks that are bases of others of the same version.
    private func versions(_ ground: Ground) -> [[UInt8]] {
        var bytes = ground.bytes(300_000)
        var out = [bytes]
        for place in stride(from: 500, to: bytes.count, by: 3_000) { bytes[place] ^= 0xFF }
        bytes += [UInt8](repeating: 0, count: 200_000) + out[0]
        out.append(bytes)
        for place in stride(from: 900, to: 300_000, by: 5_000) { bytes[place] ^= 0x55 }
        bytes.insert(contentsOf: [1, 2, 3], at: 1_000)
        out.append(bytes)
        return out
    }

    @Test(arguments: [true, false]) func everyRangeIsTheSameInPlaceAndInOrder(
        isLocal: Bool
    ) async throws {
        let ground = Ground(seed: isLocal ? 931 : 932)
        let backend = MemoryBackend(hasLocalObjects: isLocal)
        let store = try await ground.create(on: backend)
        let contents = versions(ground)
        for bytes in contents { try await store.write(bytes, to: "pin") }
        let random = SeededRandom(seed: ground.seed)
        for (number, version) in try await store.versions(of: "pin").enumerated() {
            let bytes = contents[number]
            let fresh = try await ground.open(on: backend, label: UInt64(number) + 2)
            let reader = try await fresh.reader(of: "pin", .named(version.version)).reader
            for turn in 0..<30 {
                let start = turn == 0 ? 0 : random.below(bytes.count)
                let end = turn == 0 ? bytes.count : start + random.below(bytes.count - start + 1)
                let range = UInt64(start)..<UInt64(end)
                let sink = MemorySink(end - start)
                try await reader.read(reader.files[0], range: range, into: sink)
                #expect(sink.bytes == Array(bytes[start..<end]), "\(number): \(start)..<\(end)")
                #expect(sink.doubles == 0)
                let inOrder = try await reader.bytes(reader.files[0], range: range)
                #expect(inOrder == Array(bytes[start..<end]), "\(number): \(start)..<\(end)")
            }
        }
    }

    /// Several batches, so that they are written side by side.
    @Test(arguments: [1, 4]) func aLargeFileIsWrittenOnce(workerCount: Int) async throws {
        let ground = Ground(seed: 933)
        let backend = MemoryBackend()
        let store = try await ground.create(
            on: backend, ground.configuration(workerCount: workerCount))
        var bytes = ground.bytes(17 << 20)
        try await store.write(bytes, to: "pin")
        for place in stride(from: 77, to: bytes.count, by: 20_000) { bytes[place] ^= 1 }
        try await store.write(bytes, to: "pin")
        let reader = try await store.reader(of: "pin", .latest).reader
        let progress = Mutex<[UInt64]>([])
        let sink = MemorySink(bytes.count)
        try await reader.read(reader.files[0], into: sink) { step in
            progress.withLock { $0.append(step.done) }
        }
        #expect(sink.bytes == bytes)
        #expect(sink.doubles == 0)
        let steps = progress.withLock { $0 }
        #expect(steps.count > 3 && steps == steps.sorted() && steps.last == UInt64(bytes.count))
    }

    @Test func damageEndsItAndWhatWasWrittenIsRight() async throws {
        let ground = Ground(seed: 934)
        let backend = MemoryBackend()
        let store = try await ground.create(on: backend)
        let bytes = ground.bytes(9 << 20)
        try await store.write(bytes, to: "pin")
        let keys = backend.keys("packs/")
        var pack = try #require(backend.snapshot[keys[keys.count / 2]])
        pack[pack.count / 2] ^= 1
        backend.replace(keys[keys.count / 2], with: pack)
        let reader = try await store.reader(of: "pin", .latest).reader
        let sink = MemorySink(bytes.count)
        let code = await failure { () throws(EngineError) in
            try await reader.read(reader.files[0], into: sink)
        }
        #expect(code == .corrupt)
        let found = sink.bytes
        #expect(found.contains(nil))
        #expect(zip(found, bytes).allSatisfy { $0 == nil || $0 == $1 })
    }

    @Test func whatTheSinkThrowsEndsIt() async throws {
        struct Full: PositionedSink {
            func write(_ bytes: RawSpan, at offset: UInt64) throws(EngineError) {
                if offset > 3 << 20 { throw EngineError(.ioError, "no space") }
            }
        }
        let ground = Ground(seed: 935)
        let store = try await ground.create(on: MemoryBackend())
        try await store.write(ground.bytes(9 << 20), to: "pin")
        let reader = try await store.reader(of: "pin", .latest).reader
        let code = await failure { () throws(EngineError) in
            try await reader.read(reader.files[0], into: Full())
        }
        #expect(code == .ioError)
    }

    /// A collection deletes the packs of a version that is being read, after it moved what is
    /// needed.
    @Test(arguments: [true, false]) func aCollectionInBetweenChangesNothing(
        isLocal: Bool
    ) async throws {
        let ground = Ground(seed: 936)
        let backend = MemoryBackend(hasLocalObjects: isLocal)
        let store = try await ground.create(on: backend)
        let (kept, gone) = (ground.bytes(3 << 20, 1), ground.bytes(3 << 20, 2))
        let bytes = Array(kept[..<(2 << 20)] + gone + kept[(2 << 20)...])
        try await store.write(bytes, to: "old")
        try await store.write(kept, to: "new")
        let reader = try await store.reader(of: "new", .latest).reader
        let half = MemorySink(1 << 20)
        try await reader.read(reader.files[0], range: 0..<1 << 20, into: half)
        #expect(half.bytes == Array(kept[..<(1 << 20)]))
        let other = try await ground.open(on: backend)
        _ = try await other.delete("old", nil)
        try await other.collect(exclusive: true)
        let sink = MemorySink(kept.count)
        try await reader.read(reader.files[0], into: sink)
        #expect(sink.bytes == kept)
    }

    @Test func buffersAreUsedAgainAndWaitWithinTheirBound() {
        let pool = BufferPool(byteCountMax: 4 << 20)
        let random = SeededRandom(seed: 937)
        var taken: [[UInt8]] = []
        for _ in 0..<500 {
            if random.oneIn(2), let last = taken.popLast() {
                pool.give(last)
            } else {
                let byteCount = random.below(2 << 20)
                let buffer = pool.take(byteCount)
                #expect(buffer.count >= byteCount)
                taken.append(buffer)
            }
            #expect(pool.idleByteCount <= 4 << 20)
        }
        pool.trim(to: 0)
        #expect(pool.idleByteCount == 0)
        pool.give(pool.take(1 << 20))
        #expect(pool.idleByteCount == 1 << 20)
        #expect(pool.take(900 << 10).count == 1 << 20)
        #expect(pool.idleByteCount == 0)
    }
}

@testable import PinEngine
import PinFormat
import PinStorage
import PinTesting
import PinTransforms
import Testing

/// Goal: the cache of decoded frames gives what was put in or nothing, within its bound, whoever
/// uses it. Method: against a dictionary of everything that ever went in; and by frames that are
/// not what they seem.
@Suite struct DecodedFrameCacheTests {
    private func digest(_ number: Int) -> Digest { Digest(UInt64(number), 1, 2, 3) }

    @Test(arguments: [0, 1, 5_000, 64 << 10, 1 << 20])
    func itGivesWhatWasPutInAndStaysWithinItsBound(byteCountMax: Int) {
        let random = SeededRandom(seed: UInt64(byteCountMax))
        let cache = DecodedFrameCache(byteCountMax: byteCountMax)
        var all: [Int: [UInt8]] = [:]
        var hits = 0
        for step in 0..<4_000 {
            let number = random.below(200)
            let kind: FrameKind = number % 7 == 0 ? .node : .chunk
            let other: FrameKind = kind == .node ? .chunk : .node
            if let found = cache.bytes(digest(number), kind) {
                #expect(found == all[number], "seed \(byteCountMax), step \(step)")
                hits += 1
            } else {
                let bytes = all[number] ?? random.bytes(count: random.below(3_000))
                all[number] = bytes
                cache.insert(digest(number), kind, bytes)
                let isSmall = bytes.count + DecodedFrameCache.entryByteCount <= byteCountMax / 4
                #expect((cache.bytes(digest(number), kind) == bytes) == isSmall)
            }
            #expect(cache.bytes(digest(number), other) == nil)
            #expect(cache.byteCount <= byteCountMax, "seed \(byteCountMax), step \(step)")
        }
        // A bound that takes everything loses nothing.
        if byteCountMax >= 1 << 20 { #expect(hits == 4_000 - all.count) }
        if byteCountMax <= 1 { #expect(hits == 0) }
    }

    @Test func whatIsAskedForStaysWhileTheRestPassesThrough() {
        let cache = DecodedFrameCache(byteCountMax: 10 * (1_000 + DecodedFrameCache.entryByteCount))
        cache.insert(digest(0), .chunk, [UInt8](repeating: 7, count: 1_000))
        for number in 1..<1_000 {
            #expect(cache.bytes(digest(0), .chunk) != nil, "after \(number)")
            cache.insert(digest(number), .chunk, [UInt8](repeating: 1, count: 1_000))
        }
        #expect(cache.bytes(digest(1), .chunk) == nil)
    }

    @Test func whatIsNeededForTheSecondTimeIsWorthADigest() {
        let cache = DecodedFrameCache()
        for number in 0..<500 { #expect(!cache.isWorthKeeping(digest(number), .chunk)) }
        for number in 0..<500 {
            #expect(!cache.isWorthKeeping(digest(number), .node))
            #expect(!cache.isWorthKeeping(digest(number), .chunk), "others came in between")
            #expect(cache.isWorthKeeping(digest(number), .chunk))
        }
    }

    @Test func manyTasksMayUseItAtOnce() async {
        let cache = DecodedFrameCache(byteCountMax: 100_000)
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    let random = SeededRandom(seed: UInt64(task))
                    for _ in 0..<2_000 {
                        let number = random.below(100)
                        let bytes = [UInt8](repeating: UInt8(number), count: 10 * number)
                        if let found = cache.bytes(Digest(UInt64(number), 1, 2, 3), .chunk) {
                            #expect(found == bytes)
                        } else {
                            cache.insert(Digest(UInt64(number), 1, 2, 3), .chunk, bytes)
                        }
                    }
                }
            }
        }
        #expect(cache.byteCount <= 100_000)
    }

    /// Frames whose CRC is right and whose bytes are not those of their digest: as a chunk that is
    /// read, and as the base of one.
    @Test func forgedBytesNeverGetIn() async throws {
        let ground = Ground(seed: 921)
        let backend = MemoryBackend()
        var bytes = ground.bytes(120_000)
        let writer = try await ground.create(on: backend)
        try await writer.write(bytes, to: "pin")
        for place in stride(from: 500, to: bytes.count, by: 900) { bytes[place] ^= 0xFF }
        try await writer.write(bytes, to: "pin")
        #expect(backend.keys("packs/").reduce(0) { $0 + forge(backend, $1) } > 10)
        let store = try await ground.open(on: backend)
        let names = try await store.versions(of: "pin").map(\.version)
        for name in names {
            let reader = try await store.reader(of: "pin", .named(name)).reader
            for start in stride(from: UInt64(0), to: 120_000, by: 10_000) {
                let code = await failure { () throws(EngineError) in
                    try await reader.bytes(reader.files[0], range: start..<start + 5_000)
                }
                #expect(code == .corrupt, "\(name), \(start)")
            }
        }
        for name in names {
            let reader = try await writer.reader(of: "pin", .named(name)).reader
            try await reader.chunks(reader.files[0]) { chunk in
                guard let kept = store.decodedFrames.bytes(chunk.digest, .chunk) else { return }
                #expect(sha256(kept) == chunk.digest)
            }
        }
    }

    private func entries(_ backend: MemoryBackend, _ key: ObjectKey) -> [PackEntry] {
        guard let pack = backend.snapshot[key],
            let tail = try? PackTrailer(pack, at: pack.count - 64, packByteCount: pack.count)
        else { return [] }
        let footer = Array(pack[tail.footerOffset..<tail.footerOffset + tail.footerByteCount])
        return (try? PackFooter(footer, tail, .standard).entries) ?? []
    }

    /// Changes a byte of every raw chunk of a pack, and its CRC with it; says of how many.
    private func forge(_ backend: MemoryBackend, _ key: ObjectKey) -> Int {
        guard var pack = backend.snapshot[key] else { return 0 }
        var count = 0
        for entry in entries(backend, key)
        where entry.header.codec == .raw && entry.header.kind == .chunk {
            let end = entry.offset + entry.storedByteCount
            guard let (record, _) = try? FrameRecord.decode(pack, at: entry.offset, .standard)
            else { continue }
            var frame = Array(pack[record.frame])
            frame[frame.count - 1] ^= 1
            var forged: [UInt8] = []
            FrameRecord.append(record.header, bases: [], frame: frame, to: &forged, .standard)
            pack.replaceSubrange(entry.offset..<end, with: forged)
            count += 1
        }
        backend.replace(key, with: pack)
        return count
    }
}

import PinEngine
import PinFormat
import PinStorage
import PinTesting
import PinTransforms
import Testing

/// Equal chunks are stored once; version names ascend.
@Suite struct DeduplicationTests {
    @Test func anEditStoresAboutWhatChanged() async throws {
        let ground = Ground(seed: 1)
        let store = try await ground.create(on: MemoryBackend())
        var bytes = ground.bytes(1 << 20)
        try await store.write(bytes, to: "p")
        bytes.replaceSubrange(500_000..<500_100, with: ground.bytes(150, 2))
        let replaced = try await store.write(bytes, to: "p")
        #expect(replaced.newByteCount < 60_000)
        #expect(replaced.storedByteCount < 80_000)
        bytes += ground.bytes(1_000, 3)
        #expect(try await store.write(bytes, to: "p").newByteCount < 40_000)
        bytes.removeFirst(10)
        #expect(try await store.write(bytes, to: "p").newByteCount < 60_000)
        #expect(try await store.read("p") == bytes)
    }

    @Test func anIdenticalWriteIsNoVersion() async throws {
        let ground = Ground(seed: 2)
        let backend = MemoryBackend()
        let store = try await ground.create(on: backend)
        let bytes = ground.bytes(100_000)
        let first = try await store.write(bytes, to: "p", title: "t")
        let before = backend.snapshot
        ground.clock.advance(seconds: 100)
        let second = try await store.write(bytes, to: "p", title: "t")
        #expect(second.isUnchanged && !first.isUnchanged)
        #expect(second.version == first.version)
        #expect(second.storedByteCount == 0)
        #expect(backend.snapshot == before)
        // Another name of the file, other metadata, or the wish for it make one.
        #expect(try await !store.write(["other": bytes], to: "p", title: "t").isUnchanged)
        #expect(try await !store.write(["other": bytes], to: "p", title: "u").isUnchanged)
        #expect(
            try await !store.write(["other": bytes], to: "p", title: "u", forced: true).isUnchanged)
        #expect(try await store.versions(of: "p").count == 4)
    }

    @Test func olderContentAndOtherPinsStoreNoBytes() async throws {
        let ground = Ground(seed: 3)
        let backend = MemoryBackend()
        let store = try await ground.create(on: backend)
        let (one, two) = (ground.bytes(200_000, 1), ground.bytes(200_000, 2))
        let first = try await store.write(one, to: "p")
        try await store.write(two, to: "p")
        let packs = backend.keys("packs/")
        let back = try await store.write(one, to: "p")
        #expect(back.newByteCount == 0 && back.newChunkCount == 0)
        #expect(back.version.pinHash == first.version.pinHash)
        #expect(back.version.versionName > first.version.versionName)
        let other = try await ground.open(on: backend).write(two, to: "owner/q")
        #expect(other.newByteCount == 0)
        #expect(backend.keys("packs/") == packs)
        _ = try await store.delete("p", nil)
        try await store.collect(exclusive: true)
        #expect(try await store.read("owner/q") == two)
    }

    @Test func versionNamesAscendWhateverTheClockDoes() async throws {
        let ground = Ground(seed: 4)
        let backend = MemoryBackend()
        let store = try await ground.create(on: backend)
        for number in 0..<30 {
            try await store.write([UInt8(number)], to: "p")
            if number == 10 { ground.clock.advance(seconds: -1_000_000) }
            if number == 20 { ground.clock.advance(seconds: 5) }
        }
        let names = try await store.versions(of: "p").map(\.version)
        #expect(names.count == 30)
        #expect(names == Set(names).sorted())
        #expect(try await store.pins()[0].latest == names[29])
        for (number, name) in names.enumerated() {
            #expect(try await store.read("p", name) == [UInt8(number)])
        }
        let parents = try await store.versions(of: "p").map(\.record.parent)
        #expect(parents == [nil] + names.dropLast())
    }

    @Test func theParentDigestIsThatOfItsRecord() async throws {
        let ground = Ground(seed: 5)
        let store = try await ground.create(on: MemoryBackend())
        let first = try await store.write([1], to: "p")
        let second = try await store.write([2], to: "p")
        let digest = SHA256.digest(domain: .version, first.version.encoded)
        #expect(second.version.parentDigest == digest)
        let third = try await store.edit("p") { $0.title = "x" }
        #expect(
            third.version.parentDigest == SHA256.digest(domain: .version, second.version.encoded))
        #expect(third.version.pinHash == second.version.pinHash)
    }

    @Test func anEditStoresNoData() async throws {
        let ground = Ground(seed: 6)
        let backend = MemoryBackend()
        let store = try await ground.create(on: backend)
        let bytes = ground.bytes(100_000)
        try await store.write(bytes, to: "p", title: "old")
        let packs = backend.keys("packs/")
        #expect(try await store.edit("p") { _ in }.isUnchanged)
        let edited = try await store.edit("p") { $0.title = "new" }
        #expect(!edited.isUnchanged)
        #expect(edited.newByteCount == 0)
        #expect(backend.keys("packs/") == packs)
        #expect(try await store.pins()[0].metadata.title == "new")
        #expect(try await store.read("p") == bytes)
        #expect(try await store.versions(of: "p").map(\.record.metadata.title) == ["old", "new"])
        let missing = await failure { () throws(EngineError) in try await store.edit("q") { _ in } }
        #expect(missing == .notFound)
    }

    @Test func aPinThatReplacesItsOnlyVersionHasOne() async throws {
        let ground = Ground(seed: 7)
        let store = try await ground.create(on: MemoryBackend())
        func request(_ byte: UInt8) -> WriteRequest {
            var request = WriteRequest(
                pin: "p", files: [InputFile(path: "data", source: BytesSource([byte]))],
                metadata: VersionMetadata(createdSeconds: 1))
            request.replacesOnlyVersion = true
            return request
        }
        for byte in 1...3 as ClosedRange<UInt8> { _ = try await store.write(request(byte)) }
        #expect(try await store.versions(of: "p").count == 1)
        #expect(try await store.pins()[0].versionCount == 1)
        #expect(try await store.read("p") == [3])
        try await store.write([4], to: "p")
        let code = await failure { () throws(EngineError) in try await store.write(request(5)) }
        #expect(code == .cannotCreate)
        #expect(try await store.versions(of: "p").count == 2)
    }

    /// A chunk has no domain of its own (FORMAT.md §5): a file may hold the bytes that a node's
    /// digest covers.
    @Test(arguments: [true, false]) func aFileThatLooksLikeANodeIsAFile(nodeFirst: Bool)
        async throws
    {
        let ground = Ground(seed: 8)
        let backend = MemoryBackend()
        let store = try await ground.create(on: backend)
        let bytes = ground.bytes(60_000)
        // The only node of a file of about 15 chunks.
        var ends: [Int] = []
        GearChunker(store.config.chunker)
            .appendBoundaries(of: bytes.span.bytes, isFinal: true, to: &ends)
        var entries: [ManifestNode.Entry] = []
        var start = 0
        for end in ends {
            let piece = Array(bytes[start..<end])
            entries.append(
                ManifestNode.Entry(
                    digest: sha256(piece), byteCount: UInt64(end - start)))
            start = end
        }
        let tag = Array("pins.node".utf8) + [UInt8](repeating: 0, count: 7)
        let trap = tag + ManifestNode(level: 0, entries: entries).encoded
        try #require(trap.count < 1_024)
        if nodeFirst {
            let result = try await store.write(bytes, to: "data")
            #expect(result.files[0].content == .tree(sha256(trap)))
            try await store.write(trap, to: "trap")
        } else {
            try await store.write(trap, to: "trap")
            try await store.write(bytes, to: "data")
        }
        for _ in 0..<3 {
            let other = try await ground.open(on: backend)
            #expect(try await other.read("data") == bytes)
            #expect(try await other.read("trap") == trap)
            try await store.collect(exclusive: true)
        }
    }

    /// Another process may have made the latest commit visible and not yet durable: an answer that
    /// rests on it brings it to the medium first.
    @Test func anUnchangedWriteSettlesTheCommitItRestsOn() async throws {
        let ground = Ground(seed: 19)
        let backend = MemoryBackend()
        try await ground.create(on: backend).write([1, 2, 3], to: "p")
        let before = backend.snapshot
        let counting = CountingBackend(backend)
        let store = try await ground.open(on: counting)
        let result = try await store.write([1, 2, 3], to: "p")
        #expect(result.isUnchanged && result.storedByteCount == 0)
        #expect(counting[.put].calls == 1)
        #expect(backend.snapshot == before)
    }
}

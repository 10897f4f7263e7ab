import PinEngine
import PinFormat
import PinStorage
import PinTesting
import Synchronization
import Testing

@testable import Pins

/// A remote place that counts what is asked of its packs.
private final class RemotePlace: ForwardingBackend {
    let memory = MemoryBackend(
        capabilities: BackendCapabilities(isRemote: true), hasLocalObjects: false,
        description: "remote")
    private let counts = Mutex((calls: 0, bytes: 0))

    var base: any BoardBackend { memory }

    /// Requests for parts of packs since the last call, and their bytes.
    ///
    /// - Parameter what: Printed with them, as a row of the table in ADR-0011.
    func take(_ what: String? = nil) -> (calls: Int, bytes: Int) {
        let taken = counts.withLock { counts in
            defer { counts = (0, 0) }
            return counts
        }
        if let what { print("| \(what) | \(taken.calls) | \(taken.bytes) |") }
        return taken
    }

    func get(
        _ key: ObjectKey, range: Range<Int>?, limit: Int
    ) async throws(BackendError) -> [UInt8] {
        let isPack = key.text.hasPrefix("packs/")
        if isPack { counts.withLock { $0.calls += 1 } }
        let bytes = try await memory.get(key, range: range, limit: limit)
        if isPack { counts.withLock { $0.bytes += bytes.count } }
        return bytes
    }
}

/// Goal: a chunk that was read from one remote board, or written to it, is read from no other
/// again. Method: remote boards in memory that count the bytes of packs that are asked for. Every opening
/// has a cache of its own over one folder, as every process has.
@Suite struct FrameCacheTests {
    private let identity = CacheIdentity(origin: "s3")
    private let seed: UInt64 = 0x5EED

    /// A remote board that another program writes to.
    private func remote() async throws -> (place: RemotePlace, store: Store) {
        let place = RemotePlace()
        return (place, try await Store.create(on: place.memory))
    }

    private func cache(_ folder: String, _ byteCountMax: UInt64 = 1 << 30) -> BoardCache {
        BoardCache(CacheSettings(path: folder + "/cache", byteCountMax: byteCountMax))
    }

    /// The board through the cache.
    private func board(
        _ place: RemotePlace, _ cache: BoardCache, as identity: CacheIdentity? = nil,
        named name: String = "b"
    ) async throws -> Board {
        let backend = cache.backend(place, identity: identity ?? self.identity, board: name)
        return Board(location: name, form: EngineBoard(try await Store.open(on: backend)))
    }

    private func write(_ store: Store, _ pin: String, _ bytes: [UInt8]) async throws {
        let metadata = VersionMetadata(createdSeconds: 0, type: "file", title: "")
        let file = InputFile(path: "x", source: BytesSource(bytes))
        _ = try await store.write(WriteRequest(pin: pin, files: [file], metadata: metadata))
    }

    private func read(_ board: Board, _ pin: String = "p") async throws -> [UInt8] {
        let version = try await board.version(pin)
        return try await version.bytes(version.file())
    }

    /// Versions of a table, each with another 2 % of its rows changed.
    private func table(_ version: Int) -> Corpus {
        Corpus(.csv, byteCount: 1_500_000, seed: seed)
            .version(version, edit: .init(.scatter, partsPerMillion: 20_000))
    }

    private func files(_ folder: String) throws -> [String] {
        let frames = "\(folder)/cache/\(identity.folderName)/frames"
        return try PosixFileSystem().listDirectory(frames).map { "\(frames)/\($0.name)" }.sorted()
    }

    // MARK: - Sharing

    @Test func whatAnotherBoardHasCostsNoPackBytes() async throws {
        try await withTemporaryFolder { folder in
            // The same content stands there as other frames: as deltas, and alone.
            let (first, second) = (try await remote(), try await remote())
            for version in 1...3 { try await write(first.store, "p", table(version).bytes()) }
            try await write(second.store, "q", table(3).bytes())
            #expect(try await read(try await board(first.place, cache(folder))) == table(3).bytes())
            #expect(first.place.take("table, third version").bytes > 100_000)
            let other = try await board(second.place, cache(folder), named: "c")
            #expect(try await read(other, "q") == table(3).bytes())
            #expect(second.place.take("the same on another board") == (0, 0))
            // And back: nothing of the first board is asked for either, in whatever range.
            let again = try await board(first.place, cache(folder))
            let version = try await again.version("p")
            let part = try await version.bytes(version.file(), range: 500_000..<900_000)
            #expect(part == Array(table(3).bytes()[500_000..<900_000]))
            #expect(first.place.take() == (0, 0))
        }
    }

    @Test func aVersionCostsWhatNoOtherHas() async throws {
        try await withTemporaryFolder { folder in
            let remote = try await remote()
            let bytes = SeededRandom(seed: seed).bytes(count: 8_000_000)
            try await write(remote.store, "p", bytes)
            _ = try await read(try await board(remote.place, cache(folder)))
            #expect(remote.place.take("8 MB").bytes > 8_000_000)
            let next = Array(bytes.prefix(4_000_000) + [1, 2, 3] + bytes.suffix(4_000_000))
            try await write(remote.store, "p", next)
            #expect(try await read(try await board(remote.place, cache(folder))) == next)
            #expect(remote.place.take("3 bytes put in the middle").bytes < 1_200_000)
            try await write(remote.store, "p", bytes)
            #expect(try await read(try await board(remote.place, cache(folder))) == bytes)
            #expect(remote.place.take("the content before, as a new version") == (0, 0))
        }
    }

    @Test func whatACollectionHasMovedCostsNothing() async throws {
        try await withTemporaryFolder { folder in
            let remote = try await remote()
            let random = SeededRandom(seed: seed)
            let half = random.bytes(count: 2_000_000)
            try await write(remote.store, "p", half + random.bytes(count: 2_000_000))
            let last = half + random.bytes(count: 1_000_000)
            try await write(remote.store, "p", last)
            #expect(try await read(try await board(remote.place, cache(folder))) == last)
            let before = Set(remote.place.memory.snapshot.keys)
            _ = try await remote.store.prune("p", isDryRun: false) { Array($0.dropLast()) }
            var options = CollectionOptions()
            (options.graceSeconds, options.isExclusive) = (0, true)
            _ = try await remote.store.collect(options)
            let packs = remote.place.memory.snapshot.keys.filter { $0.text.hasPrefix("packs/") }
            #expect(packs.contains { !before.contains($0) })
            _ = remote.place.take("3 MB")
            #expect(try await read(try await board(remote.place, cache(folder))) == last)
            #expect(remote.place.take("the same after a collection moved it") == (0, 0))
        }
    }

    @Test func manifestsAreKeptAsWell() async throws {
        try await withTemporaryFolder { folder in
            // Small chunks, so that there are pages of manifests over pages.
            let place = RemotePlace()
            let store = try await Store.create(
                on: place.memory, chunker: try ChunkerParameters(averageExponent: 14))
            let bytes = SeededRandom(seed: seed).bytes(count: 2_000_000)
            try await write(store, "p", bytes)
            #expect(try await read(try await board(place, cache(folder))) == bytes)
            #expect(place.take().calls > 1)
            #expect(try await read(try await board(place, cache(folder))) == bytes)
            #expect(place.take() == (0, 0))
        }
    }

    /// Where the index is damaged, the footers of a version's packs say where its frames are: one
    /// request for each pack, by the first process alone.
    @Test(arguments: [false, true]) func footersAreAskedForOnce(isDamaged: Bool) async throws {
        try await withTemporaryFolder { folder in
            let place = RemotePlace()
            let store = try await Store.create(
                on: place.memory, configuration: StoreConfiguration(inlineByteTarget: 16))
            let bytes = SeededRandom(seed: seed).bytes(count: 4_000_000)
            try await write(store, "p", Array(bytes.prefix(2_000_000)))
            try await write(store, "p", bytes)
            let objects = place.memory.snapshot
            let segments = objects.keys.filter { $0.text.hasPrefix("index/") }
            let packCount = objects.keys.count { $0.text.hasPrefix("packs/") }
            #expect(!segments.isEmpty && packCount >= 2)
            if isDamaged {
                for key in segments { place.memory.replace(key, with: [1, 2, 3]) }
            }
            func calls(reading range: Range<UInt64>) async throws -> Int {
                _ = place.take()
                let version = try await board(place, cache(folder)).version("p")
                let part = try await version.bytes(version.file(), range: range)
                #expect(part == Array(bytes[Int(range.lowerBound)..<Int(range.upperBound)]))
                return place.take().calls
            }
            // The page of the manifest, and a chunk.
            let footers = try await calls(reading: 0..<1_000) - 2
            #expect(isDamaged ? (2...packCount).contains(footers) : footers == 0)
            #expect(try await calls(reading: 0..<1_000) == 0)
            #expect(try await calls(reading: 3_900_000..<3_900_100) == 1)
            // What is kept is compared again, and read again where it is not right.
            let objectFolder = "\(folder)/cache/\(identity.folderName)/objects"
            for entry in try PosixFileSystem().listDirectory(objectFolder) {
                let path = "\(objectFolder)/\(entry.name)"
                let kept = try contents(path)
                try PosixFileSystem().unlink(path)
                try overwrite(path, kept.reversed())
            }
            let again = try await calls(reading: 2_000_000..<2_000_100)
            #expect(again == 1 + footers)
            #expect(try await calls(reading: 1_900_000..<1_900_100) <= 1)
        }
    }

    @Test func identitiesShareNothing() async throws {
        try await withTemporaryFolder { folder in
            let remote = try await remote()
            try await write(remote.store, "p", table(1).bytes())
            _ = try await read(try await board(remote.place, cache(folder)))
            let first = remote.place.take().bytes
            let other = CacheIdentity(origin: "s3", credentials: [1])
            _ = try await read(try await board(remote.place, cache(folder), as: other))
            #expect(remote.place.take().bytes == first)
        }
    }

    @Test func aCopyTakesWhatIsAtHandAndKeepsTheRest() async throws {
        try await withTemporaryFolder { folder in
            let remote = try await remote()
            for version in 1...3 { try await write(remote.store, "p", table(version).bytes()) }
            for name in ["one", "two"] {
                let target = try await Board.create("\(folder)/\(name)")
                let source = try await board(remote.place, cache(folder))
                _ = try await BoardCopy(from: source, to: target).run()
                #expect(try await read(target) == table(3).bytes())
                let report = try await target.form.verify(VerifyOptions(), progress: nil)
                #expect(report.isSound)
                let asked = remote.place.take("three versions of a table copied, time \(name)")
                #expect((asked.bytes == 0) == (name == "two"))
            }
        }
    }

    // MARK: - Writing

    @Test func basesComeFromWhatAnotherBoardWasReadFor() async throws {
        try await withTemporaryFolder { folder in
            let boards = [try await remote(), try await remote(), try await remote()]
            for board in boards { try await write(board.store, "p", table(1).bytes()) }
            let next = table(2).bytes()
            func storedByWriting(to place: RemotePlace) async throws -> UInt64 {
                let board = try await board(place, cache(folder), named: "c")
                _ = place.take()
                let metadata = VersionMetadata(createdSeconds: 0, type: "file", title: "")
                let file = InputFile(path: "x", source: BytesSource(next))
                let request = WriteRequest(pin: "p", files: [file], metadata: metadata)
                let written = try await board.write(request)
                // No base is fetched, whether there is one at hand or not.
                #expect(place.take().bytes < 10_000)
                return written.storedByteCount
            }
            let alone = try await storedByWriting(to: boards[0].place)
            _ = try await cache(folder).prune()
            _ = try await read(try await board(boards[1].place, cache(folder)))
            let stored = try await storedByWriting(to: boards[2].place)
            #expect(stored * 2 < alone, "\(stored) \(alone)")
        }
    }

    @Test func whatIsWrittenIsAtHand() async throws {
        try await withTemporaryFolder { folder in
            let remote = try await remote()
            let board = try await board(remote.place, cache(folder))
            let bytes = table(1).bytes()
            let metadata = VersionMetadata(createdSeconds: 0, type: "file", title: "")
            let file = InputFile(path: "x", source: BytesSource(bytes))
            _ = try await board.write(WriteRequest(pin: "p", files: [file], metadata: metadata))
            let again = try await self.board(remote.place, cache(folder))
            #expect(try await read(again) == bytes)
            #expect(remote.place.take() == (0, 0))
        }
    }

    // MARK: - Damage and loss

    @Test(arguments: ["flipped", "cut", "emptied", "removed", "replaced", "garbage beside it"])
    func whatIsWrongInTheCacheIsReadFromTheBoard(what: String) async throws {
        try await withTemporaryFolder { folder in
            let remote = try await remote()
            for version in 1...3 { try await write(remote.store, "p", table(version).bytes()) }
            _ = try await read(try await board(remote.place, cache(folder)))
            // One opening knows what was there, the other one looks anew.
            let known = try await board(remote.place, cache(folder))
            _ = try await known.version("p").bytes(known.version("p").file(), range: 0..<10)
            let system = PosixFileSystem()
            let files = try files(folder)
            #expect(!files.isEmpty)
            for (index, path) in files.enumerated() {
                var bytes = try contents(path)
                switch what {
                case "flipped":
                    for at in stride(from: 80, to: bytes.count, by: 999) { bytes[at] ^= 1 }
                case "cut": bytes.removeLast(bytes.count / 2)
                case "emptied": bytes = []
                case "replaced": bytes = try contents(files[(index + 1) % files.count])
                default: break
                }
                if what == "garbage beside it" {
                    try overwrite(path + "0", bytes)
                    try overwrite(path.dropLast(8) + "00000000", [1, 2, 3])
                } else {
                    try system.unlink(path)
                    if what != "removed" { try overwrite(path, bytes) }
                }
            }
            #expect(try await read(known) == table(3).bytes())
            #expect(
                try await read(try await board(remote.place, cache(folder))) == table(3).bytes())
            _ = remote.place.take()
            // And then it is whole again.
            #expect(
                try await read(try await board(remote.place, cache(folder))) == table(3).bytes())
            #expect(remote.place.take() == (0, 0))
        }
    }

    @Test func framesThatLieAboutTheirDigestsHurtNobody() async throws {
        try await withTemporaryFolder { folder in
            let remote = try await remote()
            let bytes = table(1).bytes()
            try await write(remote.store, "p", bytes)
            let cache = cache(folder)
            let board = try await board(remote.place, cache)
            // Whole and well-formed, under the digests of others.
            let backend = try #require(
                (board.form as? EngineBoard)?.store.backend as? CachingBackend)
            var lies: [StoredFrame] = []
            for (key, pack) in remote.place.memory.snapshot where key.text.hasPrefix("packs/") {
                let entries = try #require(CachedFramePack.entries(of: pack))
                for (entry, other) in zip(entries, entries.reversed()) {
                    let place = FramePlace(
                        digest: other.digest, pack: ObjectName(base: 1, random: Array(0..<16)),
                        offset: entry.offset, storedByteCount: entry.storedByteCount,
                        header: entry.header, bases: entry.bases)
                    let end = entry.offset + entry.storedByteCount
                    lies.append(StoredFrame(place, pack[entry.offset..<end]))
                }
            }
            await backend.frames.keep(lies)
            #expect(try await read(board) == bytes)
            let again = try await self.board(remote.place, self.cache(folder))
            #expect(try await read(again) == bytes)
        }
    }

    @Test func anotherProcessMayEmptyItAtAnyTime() async throws {
        try await withTemporaryFolder { folder in
            let remote = try await remote()
            let bytes = SeededRandom(seed: seed).bytes(count: 6_000_000)
            try await write(remote.store, "p", bytes)
            let outcomes = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<6 {
                    group.addTask {
                        for _ in 0..<5 {
                            let own = cache(folder)
                            if number == 0 {
                                _ = try await own.prune(to: 2_000_000)
                            } else if number == 1 {
                                _ = try await own.prune()
                            } else {
                                let board = try await board(remote.place, own)
                                guard try await read(board) == bytes else { return false }
                            }
                        }
                        return true
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.allSatisfy { $0 })
        }
    }

    // MARK: - Room

    @Test func itStaysBelowItsBoundAndForgetsWhatWasUsedLongestAgo() async throws {
        try await withTemporaryFolder { folder in
            let remote = try await remote()
            func bytes(_ number: Int) -> [UInt8] {
                SeededRandom(seed: seed + UInt64(number)).bytes(count: 1_000_000)
            }
            for number in 0..<6 { try await write(remote.store, "p\(number)", bytes(number)) }
            let bound: UInt64 = 3_500_000
            func asks(_ number: Int, _ cache: BoardCache) async throws -> Bool {
                _ = remote.place.take()
                let board = try await board(remote.place, cache)
                #expect(try await read(board, "p\(number)") == bytes(number))
                #expect(await cache.info().byteCount <= bound)
                return remote.place.take().bytes > 0
            }
            // In one process, where the order is known, and in several.
            let one = cache(folder, bound)
            for number in 0..<6 {
                let isAsked = try await asks(number, one)
                #expect(isAsked)
            }
            let (recent, old) = (try await asks(5, one), try await asks(0, cache(folder, bound)))
            #expect(!recent && old)
            let info = await cache(folder, bound).info()
            #expect(info.frameCount > 0 && info.identityCount == 1)
            #expect(try await cache(folder, bound).prune(to: 1_500_000) > 0)
            #expect(await cache(folder, bound).info().byteCount <= 1_500_000)
            #expect(try await cache(folder, bound).prune() > 0)
            #expect(await cache(folder, bound).info().frameCount == 0)
        }
    }

    @Test func manySmallFilesBecomeFew() async throws {
        try await withTemporaryFolder { folder in
            let remote = try await remote()
            let count = CachedFrameFolder.smallCountMax + 6
            for number in 0..<count {
                try await write(
                    remote.store, "p\(number)", [UInt8](repeating: UInt8(number), count: 99))
            }
            let one = cache(folder)
            let board = try await board(remote.place, one)
            for number in 0..<count { _ = try await read(board, "p\(number)") }
            #expect(try files(folder).count == count)
            _ = remote.place.take()
            let frames = await one.info().frameCount
            for _ in 0..<2 {
                let again = try await self.board(remote.place, cache(folder))
                for number in 0..<count {
                    let expected = [UInt8](repeating: UInt8(number), count: 99)
                    #expect(try await read(again, "p\(number)") == expected)
                }
                #expect(try files(folder).count == 1)
            }
            #expect(await cache(folder).info().frameCount == frames && frames == count)
            #expect(remote.place.take() == (0, 0))
        }
    }

    /// Small files are put together a share at each opening, whatever there is.
    @Test func anOpeningPutsNoMoreTogetherThanItMay() async throws {
        try await withTemporaryFolder { folder in
            let byteCount = 250 << 10
            let count = CachedFrameFolder.joinedByteCountMax / byteCount + 40
            let digests = try await keep(count, of: byteCount, in: folder)
            #expect(try files(folder).count == count)
            let one = cache(folder).place(identity).frames
            #expect(digests.allSatisfy { one.copies($0, .chunk).count == 1 })
            #expect((40...50).contains(try files(folder).count))
            let two = cache(folder).place(identity).frames
            #expect(digests.allSatisfy { two.copies($0, .chunk).count == 1 })
        }
    }

    /// What the index knows is not looked at; what it does not know is, and what is gone is gone.
    @Test func manyFilesAreOpenedByReadingOne() async throws {
        try await withTemporaryFolder { folder in
            let digests = try await keep(
                CachedFrameFolder.changeCountMax, of: 256 << 10, in: folder)
            func known() -> [Digest] {
                let frames = cache(folder).place(identity).frames
                return digests.filter { !frames.copies($0, .chunk).isEmpty }
            }
            let index = "\(folder)/cache/\(identity.folderName)/frames.index"
            #expect(CachedFrameFile(index) == nil)
            #expect(known().count == digests.count)
            let sealed = try contents(index)
            let (cut, gone) = (try files(folder)[0], try files(folder)[1])
            let whole = try contents(cut)
            try PosixFileSystem().unlink(gone)
            try PosixFileSystem().unlink(cut)
            try overwrite(cut, whole.dropLast(1))
            #expect(known().count == digests.count - 1)
            // Whoever reads the one that was cut is told so.
            let frames = cache(folder).place(identity).frames
            _ = frames.copies(digests[0], .chunk)
            let name = try #require(ObjectName(cut.split(separator: "/").last ?? ""))
            let file = try #require(try frames.openLocal(name))
            #expect(throws: BackendError.self) { try file.bytes(in: 0..<whole.count) }
            // Without the index, or with one that is damaged, all is looked at.
            for damaged in [sealed.dropLast(1) + [sealed[sealed.count - 1] ^ 1], []] {
                try PosixFileSystem().unlink(index)
                try overwrite(index, Array(damaged))
                #expect(known().count == digests.count - 2)
            }
        }
    }

    /// Keeps frames of no meaning, each in a file of its own.
    private func keep(_ count: Int, of byteCount: Int, in folder: String) async throws -> [Digest] {
        let frames = cache(folder).place(identity).frames
        let random = SeededRandom(seed: seed)
        let header = FrameHeader(kind: .chunk, codec: .raw, filter: .none, rawByteCount: byteCount)
        var digests: [Digest] = []
        for _ in 0..<count {
            let place = FramePlace(
                digest: Digest(bytes: random.bytes(count: 32)),
                pack: ObjectName(base: 1, random: random.bytes(count: 16)), offset: 64,
                storedByteCount: byteCount, header: header, bases: [])
            let bytes = [UInt8](repeating: 1, count: byteCount)
            await frames.keep([StoredFrame(place, bytes[...])])
            digests.append(place.digest)
        }
        return digests
    }

    // MARK: - Files

    private func contents(_ path: String) throws -> [UInt8] {
        let file = try #require(CachedFrameFile(path))
        return try file.bytes(in: 0..<file.byteCount)
    }

    private func overwrite(_ path: some StringProtocol, _ bytes: some Sequence<UInt8>) throws {
        let file = try OwnedFile.createExclusive(String(path), of: PosixFileSystem())
        try file.write(Array(bytes), at: 0)
        try file.close()
    }
}

import PinFormat
import PinStorage
import PinTesting
import PinTransforms
import Synchronization
import Testing

@testable import PinEngine

/// Goal: what goes to another machine or comes from it is under way several at a time, in bounded
/// memory. Method: a place whose calls end only when as many are under way as should be; the time
/// is the number of such rounds.
@Suite(.timeLimit(.minutes(10))) struct InFlightTests {
    private static let packByteTarget = 1 << 20
    private static let writtenByteCount = isLong ? 40 << 20 : 16 << 20
    private static let remote = BackendCapabilities(isRemote: true)

    private static func place() -> MemoryBackend {
        MemoryBackend(capabilities: remote, hasLocalObjects: false)
    }

    private static func configuration(
        _ seed: UInt64, uploadCount: Int = 0, fetchCount: Int = 0,
        packByteTarget: Int = packByteTarget
    ) -> StoreConfiguration {
        StoreConfiguration(
            clock: ManualClock(), random: SeededRandom(seed: seed), producer: "test",
            workerCount: 2, packByteTarget: packByteTarget, uploadCount: uploadCount,
            fetchCount: fetchCount)
    }

    /// Bytes that tell how many of them were read.
    private final class MeteredSource: ByteSource {
        private let base: BytesSource
        let readByteCount = Mutex(0)

        init(_ bytes: [UInt8]) { base = BytesSource(bytes) }

        var expectedByteCount: UInt64? { base.expectedByteCount }
        var isRepeatable: Bool { false }

        func open() async throws(EngineError) -> any ByteStream {
            Stream(base.open(), self)
        }

        private final class Stream: ByteStream {
            private let base: any ByteStream
            private let source: MeteredSource

            init(_ base: any ByteStream, _ source: MeteredSource) {
                (self.base, self.source) = (base, source)
            }

            func read(
                into buffer: inout [UInt8], from offset: Int
            ) async throws(EngineError) -> Int {
                let count = try await base.read(into: &buffer, from: offset)
                source.readByteCount.withLock { $0 += count }
                return count
            }

            func finish() async throws(EngineError) { try await base.finish() }
        }
    }

    private static func request(_ source: some ByteSource) -> WriteRequest {
        WriteRequest(
            pin: "p", files: [InputFile(path: "data", source: source)],
            metadata: VersionMetadata(createdSeconds: 1))
    }

    @Test(arguments: [1, 4, 6])
    func packsAreUploadedSeveralAtATimeInBoundedMemory(uploadCount: Int) async throws {
        let bytes = SeededRandom(seed: 21).bytes(count: Self.writtenByteCount)
        let plain = Self.place()
        let first = try await Store.create(on: plain, configuration: Self.configuration(21))
        _ = try await first.write(Self.request(BytesSource(bytes)))
        // The last pack may go up alone, when all others are there: it is not held.
        let full = plain.snapshot.values.count { $0.count >= Self.packByteTarget } - 1
        #expect(full > 9)

        let source = MeteredSource(bytes)
        let ahead = Mutex(0)
        let place = Self.place()
        let backend = RoundBackend(
            place, holding: .put, ofAtLeast: Self.packByteTarget, roundCount: uploadCount,
            total: full
        ) { counts in
            let read = source.readByteCount.withLock { $0 }
            ahead.withLock { $0 = max($0, read - counts.doneByteCount) }
        }
        let store = try await Store.create(
            on: backend, configuration: Self.configuration(22, uploadCount: uploadCount))
        _ = try await store.write(Self.request(source))
        let counts = backend.counts
        #expect(counts.peakCount == uploadCount)
        #expect(counts.rounds <= (full + uploadCount - 1) / uploadCount + 1)
        // A pack ends with the frame that fills it, of at most 1 MiB.
        let packByteCountMax = Self.packByteTarget + (1 << 20) + 4_096
        #expect(counts.peakByteCount <= uploadCount * packByteCountMax)
        // Loads on their way through the workers, and packs that are held.
        let bound = (2 * 2 + 3) * (FileReader.readByteCount + (1 << 20))
        #expect(ahead.withLock { $0 } <= bound + (uploadCount + 2) * packByteCountMax)
        var options = VerifyOptions()
        options.readsData = true
        #expect(try await Store.verify(on: place, options).isSound)
        let reader = try await store.reader(of: "p", .latest).reader
        // Not in the expectation, which would look for what differs for hours.
        let isSame = try await reader.bytes(reader.files[0]) == bytes
        #expect(isSame)
    }

    /// Parity is in memory while its pack is on its way: fewer of them then are.
    @Test(arguments: [(5, 4), (20, 3), (50, 3), (100, 2)])
    func packsWithParityTakeTheMemoryOfFour(percent: Int, uploadCount: Int) async throws {
        let bytes = SeededRandom(seed: 28).bytes(count: Self.writtenByteCount)
        func create(_ backend: any BoardBackend) async throws(EngineError) -> Store {
            try await Store.create(
                on: backend, parityPercent: percent, configuration: Self.configuration(28))
        }
        let plain = Self.place()
        let first = try await create(plain)
        _ = try await first.write(Self.request(BytesSource(bytes)))
        let full = plain.snapshot.count {
            $0.key.text.hasPrefix("packs/") && $0.value.count >= Self.packByteTarget
        }
        #expect(full > 10)
        let backend = RoundBackend(
            Self.place(), holding: .put, of: "parity/", ofAtLeast: 1, roundCount: uploadCount,
            total: full - 1)
        let store = try await create(backend)
        _ = try await store.write(Self.request(BytesSource(bytes)))
        let counts = backend.counts
        #expect(counts.peakCount == uploadCount)
        let packByteCountMax = Self.packByteTarget + (1 << 20) + 4_096
        // The packs themselves are held as well, and a part of one in each object is overhead.
        let held = counts.peakByteCount + counts.peakCount * packByteCountMax
        #expect(held <= 5 * packByteCountMax)
        #expect(try await store.read("p") == bytes)
    }

    @Test func theMemoryOfFourPacksHoldsForAllPercentages() {
        let configuration = StoreConfiguration()
        for percent in 1...100 {
            let count = configuration.uploadCount(for: Self.place(), parityPercent: percent)
            #expect(count >= 2 && count * (100 + percent) <= 480, "\(percent) %")
            #expect(configuration.uploadCount(for: MemoryBackend(), parityPercent: percent) == 1)
        }
    }

    @Test func theDefaultIsFourElsewhereAndOneHere() {
        let configuration = StoreConfiguration()
        #expect(configuration.uploadCount(for: Self.place()) == 4)
        #expect(configuration.uploadCount(for: MemoryBackend()) == 1)
        #expect(StoreConfiguration(uploadCount: 7).uploadCount(for: MemoryBackend()) == 7)
    }

    private static func pack(_ session: WriteSession, _ store: Store, _ byte: UInt8) -> FinishedPack
    {
        let raw = [UInt8](repeating: byte, count: 100)
        let assembler = PackAssembler(name: store.freshName(base: session.base))
        assembler.append(
            Checksums.standard.sha256(raw, 0..<100), PackedFrame(raw: raw.span.bytes),
            raw.span.bytes, in: nil)
        return assembler.finish(producer: "test")
    }

    @Test func packsAreStagedInTheOrderTheyWereClosedIn() async throws {
        // A pack may have bases in the one before it: the log must not name it first.
        let backend = Self.place()
        let store = try await Store.create(on: backend, configuration: Self.configuration(23))
        let session = WriteSession(store, try await store.snapshot())
        let packs = (0..<4).map { Self.pack(session, store, UInt8($0)) }
        for pack in packs {
            #expect(session.hasRoom)
            session.begin(pack)
            try await store.upload(pack)
        }
        #expect(!session.hasRoom)
        for index in [3, 1] { session.uploaded(packs[index]) }
        #expect(session.beginStaging() == nil)
        session.uploaded(packs[0])
        let staging = try #require(session.beginStaging())
        #expect(staging.packs.map(\.name) == packs[0...1].map(\.name))
        session.uploaded(packs[2])
        try session.endStaging(.success(try await staging.run()))
        #expect(session.unstaged.map(\.name) == packs[2...3].map(\.name))
        #expect(session.hasRoom)
        #expect(session.stagedPacks == packs[0...1].map(\.name))
        // What is in no commit is removed when the write is given up, and nothing else.
        await session.abandon()
        let left = Set(backend.keys("packs/").map(\.description))
        #expect(left == Set(packs[0...1].map { BoardKeys.pack($0.name).description }))
    }

    @Test(arguments: 1...8)
    func aFailedUploadEndsTheWriteAndLeavesNothing(position: Int) async throws {
        // Whether packs are being staged when the upload fails is up to the machine; some are.
        let bytes = SeededRandom(seed: 24).bytes(count: 12 << 20)
        let backend = Self.place()
        let once = Once(at: position)
        let faulty = FaultyBackend(
            backend,
            plan: FaultPlan { call in
                let isPack = call.key?.description.hasPrefix("packs/") == true
                return call.verb == .put && isPack && once.fires() ? .failBefore(.noSpace) : nil
            })
        let store = try await Store.create(on: faulty, configuration: Self.configuration(24))
        let request = Self.request(BytesSource(bytes))
        let code = await failure { () throws(EngineError) in try await store.write(request) }
        #expect(code == .ioError)
        // Packs that were staged meanwhile are in the log; others are gone.
        let report = try await Store.verify(on: backend, VerifyOptions())
        #expect(report.isSound && report.orphanCount == 0)
        #expect(backend.keys("packs/").count <= position)
    }

    @Test(arguments: [4, 8])
    func readsOfAnotherMachineAreManyAtATimeInBoundedMemory(fetchCount: Int) async throws {
        let bytes = SeededRandom(seed: 25).bytes(count: 60 << 20)
        let place = Self.place()
        let writer = try await Store.create(
            on: place, configuration: Self.configuration(25, packByteTarget: 64 << 20))
        _ = try await writer.write(Self.request(BytesSource(bytes)))
        let counted = CountingBackend(place)
        let least = 1 << 20
        let reads = Mutex(0)
        let hooked = HookedBackend(counted)
        hooked.setGetHook { key, count in
            if key.hasPrefix("packs/"), count >= least { reads.withLock { $0 += 1 } }
        }
        let probe = try await Store.open(on: hooked, configuration: Self.configuration(26))
        let probed = try await probe.reader(of: "p", .latest).reader
        #expect(try await probed.bytes(probed.files[0]) == bytes)
        let total = reads.withLock { $0 }
        #expect(total >= 12)

        // As many as are under way: two cores alone would have five batches. All of them are in one
        // pack, and each is one request: one more would be left over by a round, and if it were the
        // first of them, nothing could come after.
        #expect(place.keys("packs/").count == 2)
        let roundCount = max(fetchCount, 5)
        let backend = RoundBackend(
            place, holding: .get, ofAtLeast: least, roundCount: roundCount, total: total)
        let store = try await Store.open(
            on: backend, configuration: Self.configuration(27, fetchCount: fetchCount))
        let reader = try await store.reader(of: "p", .latest).reader
        #expect(try await reader.bytes(reader.files[0]) == bytes)
        #expect(backend.counts.peakCount == roundCount)
        #expect(backend.counts.rounds <= (total + roundCount - 1) / roundCount + 1)
        #expect(backend.counts.peakByteCount <= 96 << 20)
    }
}

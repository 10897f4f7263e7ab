import PinFormat
import PinStorage
import PinTesting
import PinTransforms
import Testing

@testable import PinEngine

/// Goal: in a folder that is synchronised between machines a reader gets the newest state that is
/// whole, never an older one without a word, and nobody writes upon what is not whole.
/// Method: two simulated machines and a program between them that delivers files in a drawn order
/// and in parts; a reader and a writer come after every step.
@Suite struct SharedFolderTests {
    typealias Version = VerifyProblem.Version

    /// A board with several packs, segments and pins.
    static func fill(_ replicas: Replicas, versions: Int, on side: Int = 0) async throws {
        var bytes = sampleBytes(60_000, replicas.random)
        for number in 0..<versions {
            bytes.replaceSubrange(
                number * 3_000..<number * 3_000 + 80, with: sampleBytes(80, replicas.random))
            try await replicas.write(bytes, to: number % 3 == 2 ? "other" : "pin", on: side)
        }
    }

    /// What a reader on the second machine gets now: right, and no older state without a word.
    private func expectHonest(_ replicas: Replicas, _ order: [Version]) async {
        let notes = Notes()
        do {
            let store = try await replicas.open(1, notes)
            for pin in try await store.pins() {
                let known = replicas.newestKnown(1)
                let reader = try await store.reader(of: pin.name, .latest).reader
                let name = Version(pin: pin.name, version: reader.record.versionName)
                let bytes = try await reader.bytes(reader.files[0])
                #expect(bytes == replicas.acknowledged[name], "\(name)")
                let newest = order.last { $0.pin == pin.name }
                // Older than what was made: then either nobody here can know, or it is said.
                guard name != newest, !notes.all.contains(where: \.isOlder) else { continue }
                let state = try await store.snapshot()
                #expect(state.sequence == known, "an older state without a word")
            }
        } catch let error as EngineError {
            #expect(
                error.code == .incomplete || error.code == .notFound, "\(error.code) \(error)")
        } catch { Issue.record(error) }
    }

    @Test(arguments: isLong ? Array(1...40) : [1, 2, 3, 4] as [UInt64])
    func aReaderSeesAWholeStateAndHearsOfTheRest(seed: UInt64) async throws {
        let replicas = Replicas(seed: seed)
        _ = try await replicas.create()
        var order: [Version] = []
        for round in 0..<3 {
            let before = Set(replicas.acknowledged.keys)
            try await Self.fill(replicas, versions: 3 + round)
            order += replicas.acknowledged.keys.filter { !before.contains($0) }
                .sorted { $0.version < $1.version }
            var turn = 0
            while replicas.synchronizer.step() {
                turn += 1
                if turn % 2 == 0 { await expectHonest(replicas, order) }
            }
            #expect(try await replicas.complaint(1) == nil)
        }
    }

    /// The newest commit names objects that have not come; all of it is told.
    private func halfArrived(
        _ seed: UInt64, without key: (Replicas, Snapshot) throws -> ObjectKey
    ) async throws -> (replicas: Replicas, key: ObjectKey, last: Version) {
        let replicas = Replicas(seed: seed)
        _ = try await replicas.create()
        try await Self.fill(replicas, versions: 4)
        try await replicas.write(sampleBytes(90_000, replicas.random), to: "pin", on: 0)
        let last = try #require(replicas.acknowledged.keys.max { $0.version < $1.version })
        replicas.synchronizer.settle()
        let state = try await replicas.open(1).snapshot()
        let key = try key(replicas, state)
        try replicas.disks[1].unlink("/board/\(key)")
        return (replicas, key, last)
    }

    private static func newestPack(_ state: Snapshot) throws -> ObjectKey {
        let name = try state.index.packs.all().map(\.name).max { $0.base < $1.base }
        return BoardKeys.pack(try #require(name))
    }

    @Test func aMissingPackMakesAnOlderStateThatSaysSo() async throws {
        let (replicas, key, last) = try await halfArrived(5) { try Self.newestPack($1) }
        let notes = Notes()
        let store = try await replicas.open(1, notes)
        let reader = try await store.reader(of: "pin", .latest).reader
        #expect(reader.record.versionName < last.version)
        let name = Version(pin: "pin", version: reader.record.versionName)
        let bytes = try await reader.bytes(reader.files[0])
        #expect(bytes == replicas.acknowledged[name])
        let note = try #require(notes.all.first)
        #expect(note.isOlder && note.missing.map(\.key) == [key.description])
        #expect(note.message.contains("OLDER STATE") && note.message.contains(key.description))
        #expect(store.unsettled == note)
        // Whoever asks for that very version hears why it cannot be had.
        let error = await #expect(throws: EngineError.self) {
            _ = try await store.reader(of: "pin", .named(last.version))
        }
        #expect(error?.code == .incomplete && error?.object == key.description)
        let report = try await replicas.verify(1)
        #expect(report.unsettled?.missing.map(\.key) == [key.description])
        replicas.synchronizer.settle()
    }

    @Test func whatHasNotArrivedIsNeitherWrittenUponNorCollected() async throws {
        let kinds: [(Replicas, Snapshot) throws -> ObjectKey] = [
            { _, state in BoardKeys.commit(state.sequence) },
            { _, state in
                BoardKeys.table(try #require(state.commit.tableSegments.first).name)
            },
            { _, state in
                BoardKeys.index(try #require(state.commit.indexSegments.first).name)
            },
        ]
        for (number, kind) in kinds.enumerated() {
            let (replicas, key, _) = try await halfArrived(6, without: kind)
            let before = replicas.disks[1].files
            for call in 0..<3 {
                let store = try await replicas.open(1)
                let error = await #expect(throws: EngineError.self) {
                    switch call {
                    case 0: _ = try await store.write([1, 2, 3], to: "pin")
                    case 1: _ = try await store.collect(CollectionOptions())
                    // Without a part of the index a deletion needs nothing that is missing.
                    case _ where number == 2: _ = try await store.write([4], to: "more")
                    default: _ = try await store.delete("pin", .latest)
                    }
                }
                #expect(error?.code == .incomplete, "\(key) \(call): \(String(describing: error))")
                #expect(error?.message.contains("has not arrived") == true)
            }
            #expect(replicas.disks[1].files.filter { !$0.contains("/tmp/") } == before)
        }
    }

    @Test func aMissingPackIsNoReasonToCollect() async throws {
        let (replicas, _, _) = try await halfArrived(7) { try Self.newestPack($1) }
        let store = try await replicas.open(1)
        let error = await #expect(throws: EngineError.self) {
            _ = try await store.collect(CollectionOptions())
        }
        #expect(error?.code == .incomplete)
    }

    /// What was read once cannot be on its way: then it is gone, and that is damage.
    @Test func whatWasReadBeforeIsDamageWhereItIsGone() async throws {
        let replicas = Replicas(seed: 8)
        _ = try await replicas.create()
        try await Self.fill(replicas, versions: 4)
        let store = try await replicas.open(0)
        let newest = try await store.snapshot().sequence
        try replicas.disks[0].unlink("/board/\(BoardKeys.commit(newest))")
        let error = await #expect(throws: EngineError.self) { _ = try await store.pins() }
        #expect(error?.code == .corrupt)
        // Another process has not read it, and cannot tell.
        let notes = Notes()
        _ = try await replicas.open(0, notes).pins()
        #expect(notes.all.first?.opened == newest - 1)
    }

    /// Bytes that are there and wrong are no synchronisation: nothing older is shown.
    @Test func damageIsNotWaitedFor() async throws {
        let replicas = Replicas(seed: 9)
        _ = try await replicas.create()
        try await Self.fill(replicas, versions: 4)
        let newest = try await replicas.open(0).snapshot().sequence
        let path = "/board/\(BoardKeys.commit(newest))"
        let good = try #require(replicas.disks[0].contents(of: path))
        var waitedCount = 0
        for offset in stride(from: 20, to: good.count, by: 3) {
            var bytes = good
            bytes[offset] ^= 0x10
            replicas.disks[0].setContents(of: path, to: bytes)
            let notes = Notes()
            do {
                _ = try await replicas.open(0, notes).pins()
                // A length that is wrong may look like a part; then at least it is said.
                #expect(notes.all.first?.isOlder == true, "\(offset)")
                waitedCount += 1
            } catch let error as EngineError {
                #expect(error.code == .corrupt || error.code == .incomplete)
            }
        }
        #expect(waitedCount * 4 < good.count / 3)
    }

    /// `latest` is old and the log has a gap: the newest commit is seen all the same.
    @Test func aGapInTheLogHidesNothing() async throws {
        let replicas = Replicas(seed: 10)
        _ = try await replicas.create()
        try await Self.fill(replicas, versions: 3)
        let old = try #require(replicas.disks[0].contents(of: "/board/latest"))
        let before = try await replicas.open(0).snapshot().sequence
        try await Self.fill(replicas, versions: 3)
        let newest = try await replicas.open(0).snapshot().sequence
        replicas.disks[0].setContents(of: "/board/latest", to: old)
        try replicas.disks[0].unlink("/board/\(BoardKeys.commit(before + 1))")
        let seen = try await replicas.open(0).snapshot().sequence
        #expect(seen == newest)
    }

    /// A second configuration would make everything unreadable that is on its way.
    @Test func noBoardIsMadeWhereOneIsArriving() async throws {
        let replicas = Replicas(seed: 12)
        _ = try await replicas.create()
        try await Self.fill(replicas, versions: 3)
        let disk = replicas.disks[0]
        try disk.unlink("/board/config")
        let all = disk.files
        for path in all {
            let copy = disk.crashed(.everything, SeededRandom(seed: 1))
            for other in all where other != path { try copy.unlink(other) }
            let error = await #expect(throws: EngineError.self) {
                _ = try await Store.create(
                    on: FolderBackend("/board", fileSystem: copy),
                    configuration: replicas.configuration())
            }
            #expect(error?.code == .incomplete, "\(path)")
            #expect(copy.files == [path])
        }
    }

    @Test func partsAreToldFromDamage() throws {
        let record = CommitRecord(
            sequence: 7, previous: Digest(1, 2, 3, 4), commitID: [UInt8](repeating: 5, count: 16),
            kind: .write, timeSeconds: 1, boardID: [UInt8](repeating: 6, count: 16),
            producer: "test")
        let bytes = record.encoded(.standard)
        for count in 0..<bytes.count {
            #expect(ArrivalSearch.isPart(Array(bytes.prefix(count)), of: .commit), "\(count)")
            let blank = bytes.prefix(count) + [UInt8](repeating: 0, count: bytes.count - count)
            // The last bytes of a seal are not told from damage.
            guard count <= bytes.count - Prologue.sealByteCount else { continue }
            #expect(ArrivalSearch.isPart(Array(blank), of: .commit), "\(count) and blanks")
        }
        #expect(!ArrivalSearch.isPart(bytes, of: .commit))
    }
}

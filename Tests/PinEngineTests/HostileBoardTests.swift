import PinEngine
import PinFormat
import PinStorage
import PinTesting
import PinTransforms
import Testing

/// Boards that somebody has tampered with, and names that are traps: typed errors and right bytes,
/// nothing else.
@Suite struct HostileBoardTests {
    private static let contents: [String: UInt64] = ["a": 1, "b": 2, "owner/c": 3]

    private func board(_ ground: Ground) async throws -> MemoryBackend {
        let backend = MemoryBackend(hasLocalObjects: ground.seed % 2 == 0)
        let store = try await ground.create(on: backend)
        for (pin, label) in Self.contents.sorted(by: { $0.key < $1.key }) {
            try await store.write(ground.bytes(40_000, label), to: pin)
            try await store.write(ground.bytes(40_000, label) + [9], to: pin)
            _ = try await store.setLabel("old", of: pin, to: .latest)
        }
        return backend
    }

    /// Uses a board in every way; what it hands out is right, what it throws is typed.
    private func use(
        _ backend: MemoryBackend, _ ground: Ground, _ label: String, changes: Bool = true
    ) async -> EngineError.Code? {
        let result = await outcome { () throws(EngineError) in
            let store = try await Store.open(
                on: backend, configuration: ground.configuration(label: 5))
            var last: EngineError?
            func attempt(_ body: () async throws(EngineError) -> Void) async {
                if case .failure(let error) = await outcome(body) { last = error }
            }
            await attempt { () throws(EngineError) in _ = try await store.pins() }
            for (pin, number) in Self.contents {
                await attempt { () throws(EngineError) in
                    let bytes = try await store.read(pin)
                    #expect(bytes == ground.bytes(40_000, number) + [9], "\(label): \(pin)")
                }
                await attempt { () throws(EngineError) in
                    for version in try await store.versions(of: pin) {
                        let bytes = try await store.read(pin, version.version)
                        let wanted = ground.bytes(40_000, number)
                        #expect(bytes == wanted || bytes == wanted + [9], "\(label): \(pin)")
                    }
                }
            }
            await attempt { () throws(EngineError) in _ = try await store.statistics() }
            if changes {
                await attempt { () throws(EngineError) in
                    try await store.write([1, 2], to: "new")
                    _ = try await store.edit("a") { $0.title = "x" }
                    _ = try await store.delete("new", nil)
                }
                await attempt { () throws(EngineError) in try await store.collect(grace: 100) }
            }
            if let last { throw last }
        }
        return result.code
    }

    private static let typed: Set<EngineError.Code> = [
        .corrupt, .notFound, .needsNewer, .ioError, .usage, .tryAgain,
    ]

    @Test func aSoundBoardHasNothingToComplainAbout() async throws {
        let ground = Ground(seed: 1)
        #expect(await use(try await board(ground), ground, "sound") == nil)
    }

    @Test(arguments: 1...14 as ClosedRange<UInt64>)
    func randomDamageGivesTypedErrorsAndNeverWrongBytes(seed: UInt64) async throws {
        let ground = Ground(seed: seed)
        let backend = try await board(ground)
        let good = backend.snapshot
        let keys = good.keys.sorted()
        let random = ground.random.fork(3)
        for _ in 0..<6 {
            for (key, bytes) in good { backend.replace(key, with: bytes) }
            for key in backend.snapshot.keys where good[key] == nil {
                backend.replace(key, with: nil)
            }
            var what: [String] = []
            for _ in 0...random.below(3) {
                let key = keys[random.below(keys.count)]
                var bytes = good[key] ?? []
                switch random.below(6) {
                case 0: bytes = []
                case 1: bytes.removeLast(random.below(bytes.count))
                case 2: bytes += random.bytes(count: 1 + random.below(100))
                case 3:
                    let other = keys[random.below(keys.count)]
                    bytes = good[other] ?? []
                case 4:
                    for _ in 0..<20 {
                        bytes[random.below(bytes.count)] ^= UInt8(1 + random.below(255))
                    }
                default: bytes[random.below(bytes.count)] ^= UInt8(1 << random.below(8))
                }
                what.append("\(key)")
                backend.replace(key, with: random.oneIn(8) ? nil : bytes)
            }
            let label = "seed \(seed), \(what)"
            if let code = await use(backend, ground, label) {
                #expect(Self.typed.contains(code), "\(label): \(code)")
            }
        }
    }

    @Test func swappedObjectsAreFoundOut() async throws {
        let ground = Ground(seed: 4)
        let backend = try await board(ground)
        let good = backend.snapshot
        for prefix in ["packs/", "index/", "tables/", "commits/"] {
            let keys = backend.keys(prefix)
            for (one, two) in zip(keys, keys.dropFirst()) {
                backend.replace(one, with: good[two])
                backend.replace(two, with: good[one])
                let code = await use(backend, ground, "\(one) and \(two)", changes: false)
                // Some are not needed any more: old commits and merged segments.
                #expect(code == nil || code == .corrupt, "\(one) and \(two)")
                backend.replace(one, with: good[one])
                backend.replace(two, with: good[two])
            }
        }
        let packs = backend.keys("packs/")
        backend.replace(packs[0], with: good[packs[1]])
        #expect(await use(backend, ground, "a pack", changes: false) == .corrupt)
    }

    @Test func anObjectOfAnotherBoardIsFoundOut() async throws {
        let ground = Ground(seed: 6)
        let backend = try await board(ground)
        let foreign = MemoryBackend()
        let other = Ground(seed: 8)
        let store = try await other.create(on: foreign)
        for number in 0..<12 { try await store.write([UInt8(number)], to: "a") }
        let good = backend.snapshot
        // Its newest commit, its config, its pointer.
        let newest = try #require(backend.keys("commits/").last)
        for key in [newest, BoardKeys.config] {
            backend.replace(key, with: foreign.snapshot[key])
            #expect(await use(backend, ground, "\(key)", changes: false) == .corrupt)
            backend.replace(key, with: good[key])
        }
        backend.replace("latest", with: foreign.snapshot["latest"])
        // It names a commit above the newest one here: as if commits were lost, until it is mended.
        #expect(await use(backend, ground, "latest", changes: false) == .corrupt)
        var repairing = VerifyOptions()
        repairing.repairs = true
        _ = try await Store.verify(on: backend, repairing)
        #expect(await use(backend, ground, "latest") == nil)
    }

    @Test func foreignFilesAreLeftAlone() async throws {
        let ground = Ground(seed: 2)
        let backend = try await board(ground)
        let names = [
            "readme", "packs/x", "packs/0000000000000000-0000000000000000000000000000000z",
            "packs/sub/file", "index/file", "tables/ds_store", "commits/note", "other/thing",
        ]
        for name in names { backend.replace(try ObjectKey(validating: name), with: [1, 2, 3]) }
        #expect(await use(backend, ground, "foreign files") == nil)
        let store = try await ground.open(on: backend)
        try await store.collect(exclusive: true)
        for name in names {
            #expect(backend.snapshot[try ObjectKey(validating: name)] == [1, 2, 3], "\(name)")
        }
    }

    /// Builds the newest commit again, with other rows.
    private func forge(
        _ backend: MemoryBackend, _ change: (inout CommitRecord, inout [TableRow]) throws -> Void
    ) throws {
        let key = try #require(backend.keys("commits/").last)
        var record = try CommitRecord(try #require(backend.snapshot[key]), .standard)
        var rows = try record.inlineTable.map { try TableSegment.decode($0, .standard) } ?? []
        try #require(rows.count > 6)
        try change(&record, &rows)
        record.inlineTable = rows.isEmpty ? nil : TableSegment.encode(rows, .standard)
        backend.replace(key, with: record.encoded(.standard))
    }

    /// A board whose state is all in its newest commit.
    private func inlineBoard(_ ground: Ground) async throws -> MemoryBackend {
        let backend = MemoryBackend()
        let store = try await ground.create(
            on: backend, ground.configuration(inlineByteTarget: 1 << 20))
        for (pin, label) in Self.contents.sorted(by: { $0.key < $1.key }) {
            try await store.write(ground.bytes(40_000, label) + [9], to: pin)
        }
        try await store.write(ground.bytes(50_000, 9), to: "gone")
        _ = try await store.delete("gone", nil)
        return backend
    }

    @Test(arguments: [Int64.min, Int64.min + 1, -1, 0, Int64.max - 1, Int64.max])
    func timesMayBeAnyNumber(time: Int64) async throws {
        let ground = Ground(seed: 3)
        let backend = try await inlineBoard(ground)
        try forge(backend) { record, rows in
            record.timeSeconds = time
            for index in rows.indices where rows[index].key.first == RowKey.packPrefix {
                var row = try PackRow(try #require(rows[index].value))
                row.status = .condemned
                row.timeSeconds = time
                rows[index] = TableRow(key: rows[index].key, value: row.encoded)
            }
        }
        #expect(await use(backend, ground, "time \(time)") == nil)
    }

    @Test(arguments: [0, 1, UInt64(Int64.max), .max - 1, .max] as [UInt64])
    func countsMayBeAnyNumber(count: UInt64) async throws {
        let ground = Ground(seed: 5)
        let backend = try await inlineBoard(ground)
        try forge(backend) { _, rows in
            for index in rows.indices where rows[index].key.first == RowKey.pinPrefix {
                var row = try PinRow(try #require(rows[index].value))
                row.versionCount = count
                row.byteCount = count
                rows[index] = TableRow(key: rows[index].key, value: row.encoded)
            }
            for index in rows.indices where rows[index].key.first == RowKey.packPrefix {
                var row = try PackRow(try #require(rows[index].value))
                row.since = count
                row.rawByteCount = count
                rows[index] = TableRow(key: rows[index].key, value: row.encoded)
            }
        }
        let code = await use(backend, ground, "count \(count)")
        #expect(code.map { Self.typed.contains($0) } ?? true)
    }

    @Test(arguments: [0, 1, UInt64(UInt32.max), UInt64(Int64.max), .max] as [UInt64])
    func sizesThatAVersionClaimsAreNotBelieved(size: UInt64) async throws {
        let ground = Ground(seed: 7)
        let backend = try await inlineBoard(ground)
        try forge(backend) { _, rows in
            for index in rows.indices where rows[index].key.first == RowKey.versionPrefix {
                let row = try VersionRow(try #require(rows[index].value))
                var record = try VersionRecord(row.recordBytes)
                guard case .inline(let list) = record.files else { continue }
                let files = list.files.map {
                    FileEntry(
                        path: $0.path, byteCount: size, content: $0.content, flatDigest: nil)
                }
                record.files = .inline(try FileList(files))
                record.byteCount = size
                (record.chunkCount, record.newChunkCount, record.newByteCount) = (size, size, size)
                rows[index] = TableRow(
                    key: rows[index].key,
                    value: VersionRow(recordBytes: record.encoded, packs: row.packs).encoded)
            }
        }
        let store = try await ground.open(on: backend)
        for pin in Self.contents.keys {
            let code = await failure { () throws(EngineError) in try await store.read(pin) }
            #expect(code == .corrupt, "size \(size)")
        }
        _ = await outcome { () throws(EngineError) in try await store.statistics() }
        _ = await outcome { () throws(EngineError) in try await store.collect(grace: 10) }
        _ = await outcome { () throws(EngineError) in try await store.edit("a") { $0.title = "t" } }
    }

    @Test(arguments: [1 as UInt8, 2, 3])
    func featuresOfLaterProgramsAreRespected(set: UInt8) async throws {
        let ground = Ground(seed: 9)
        let backend = try await inlineBoard(ground)
        try forge(backend) { record, _ in
            switch set {
            case 1: record.features.read = [77]
            case 2: record.features.write = [77]
            default: record.features.collect = [77]
            }
        }
        let store = try await ground.open(on: backend)
        let before = backend.snapshot
        let read = await failure { () throws(EngineError) in try await store.read("a") }
        #expect(read == (set == 1 ? .needsNewer : nil))
        let collected = await failure { () throws(EngineError) in try await store.collect() }
        #expect(collected == .needsNewer)
        let isUntouched = backend.snapshot == before
        #expect(isUntouched)
        let written = await failure { () throws(EngineError) in try await store.write([1], to: "n")
        }
        #expect(written == (set == 3 ? nil : .needsNewer))
        // What a writer does not know it keeps.
        if set == 3 {
            let again = await failure { () throws(EngineError) in try await store.collect() }
            #expect(again == .needsNewer)
        }
    }

    // MARK: - Names

    static let badPins = [
        "", ".", "..", "a/", "/a", "a/b/c", "../a", "a/..", "a\u{0}", "a\nb", "a\\b", " a", "a ",
        "a/ b", "\u{7F}", "\u{85}", String(repeating: "x", count: 256),
        String(repeating: "ä", count: 128),
    ]

    @Test(arguments: badPins) func pinsWithTrapsAreRefused(pin: String) async throws {
        let ground = Ground(seed: 1)
        let backend = MemoryBackend()
        let store = try await ground.create(on: backend)
        let before = backend.snapshot
        let code1 = await failure { () throws(EngineError) in try await store.write([1], to: pin) }
        #expect(code1 == .usage)
        let read = await failure { () throws(EngineError) in try await store.read(pin) }
        #expect(read == .notFound || read == .usage)
        let deleted = await failure { () throws(EngineError) in try await store.delete(pin, nil) }
        #expect(deleted == .notFound || deleted == .usage)
        let isUntouched = backend.snapshot == before
        #expect(isUntouched)
    }

    static let badPaths: [[String]] = [
        [""], ["."], [".."], ["../x"], ["a/../b"], ["/etc/passwd"], ["a//b"], ["a/"], ["a\u{0}b"],
        ["a\\..\\b"], ["a\u{1B}[2J"], [String(repeating: "x", count: 256)],
        [String(repeating: "a/", count: 2_100) + "b"], ["same", "same"], ["Data", "data"],
        ["\u{E9}", "e\u{301}"], ["A/b", "a"], ["x", "x/y"], [],
    ]

    @Test(arguments: badPaths) func pathsWithTrapsAreRefused(paths: [String]) async throws {
        let ground = Ground(seed: 1)
        let backend = MemoryBackend()
        let store = try await ground.create(on: backend)
        let before = backend.snapshot
        let request = WriteRequest(
            pin: "p", files: paths.map { InputFile(path: $0, source: BytesSource([1])) },
            metadata: VersionMetadata(createdSeconds: 1))
        let code2 = await failure { () throws(EngineError) in try await store.write(request) }
        #expect(code2 == .usage)
        let isUntouched = backend.snapshot == before
        #expect(isUntouched)
    }

    @Test(arguments: ["", "latest", "20260101T000000Z-abcde", "..", "a/b", " x", "a\u{7}"])
    func labelsWithTrapsAreRefused(label: String) async throws {
        let ground = Ground(seed: 1)
        let store = try await ground.create(on: MemoryBackend())
        try await store.write([1], to: "p")
        let code = await failure { () throws(EngineError) in
            try await store.setLabel(label, of: "p", to: .latest)
        }
        #expect(code == .usage)
    }

    @Test func oddNamesThatAreAllowedWork() async throws {
        let ground = Ground(seed: 1)
        let backend = MemoryBackend()
        let store = try await ground.create(on: backend)
        let pins = [
            "a", "A", "…", "ä ö", "-", "--help", "~", "CON", "a.b", ".hidden", "\u{1F4CC}",
            "owner/pin", String(repeating: "x", count: 255),
            "a/" + String(repeating: "y", count: 253),
        ]
        for (index, pin) in pins.enumerated() {
            let files = [String(repeating: "f", count: 255): [UInt8(index)], "ä/~/-": [1]]
            try await store.write(files, to: pin)
            _ = try await store.setLabel("l \(index)", of: pin, to: .latest)
        }
        let other = try await ground.open(on: backend)
        #expect(Set(try await other.pins().map(\.name)) == Set(pins))
        for (index, pin) in pins.enumerated() {
            #expect(try await other.read(pin, "l \(index)") == [UInt8(index)])
            #expect(try await other.versions(of: pin).count == 1)
        }
        _ = try await other.delete("a", nil)
        #expect(try await other.pins().count == pins.count - 1)
        #expect(try await other.read("A") == [1])
    }

    @Test func versionsAreFoundByNamePrefixAndLabel() async throws {
        let ground = Ground(seed: 2)
        let store = try await ground.create(on: MemoryBackend())
        let one = try await store.write([1], to: "p").version.versionName
        let two = try await store.write([2], to: "p").version.versionName
        _ = try await store.setLabel("one", of: "p", to: .named(one))
        for text in [one, "one", String(one.dropLast(3)), String(one.prefix(15))] {
            #expect(try await store.read("p", text) == [1], "\(text)")
        }
        #expect(try await store.read("p", two) == [2])
        #expect(try await store.read("p", "latest") == [2])
        let codes: [(String, EngineError.Code)] = [
            (String(one.prefix(8)), .usage), (String(one.prefix(7)), .notFound), ("two", .notFound),
            ("", .notFound), (one + "x", .notFound), ("99999999", .notFound),
        ]
        for (text, code) in codes {
            let found = await failure { () throws(EngineError) in try await store.read("p", text) }
            #expect(found == code, "'\(text)'")
        }
    }
}

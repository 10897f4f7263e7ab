internal import PinEngine
internal import PinFormat
internal import PinStorage
internal import PinTransforms

/// Everything that a board of the engine does in a folder, for ``CrashEnumerator``: it is made,
/// written to, edited, labelled; versions are deleted, packs condemned, freed, put together and
/// encoded again; an index is damaged and repaired.
public struct EngineCrashScenario: CrashScenario {
    /// What callers were told, and what is under way.
    public struct Book: Sendable {
        /// Whether the board was made.
        public var hasBoard = false
        /// pin, version → bytes.
        public var versions: [String: [String: [UInt8]]] = [:]
        /// A write that has begun.
        public var writing: (pin: String, bytes: [UInt8])?
        /// A version whose deletion has begun.
        public var deleting: (pin: String, version: String)?
        /// Packs and parity that the scenario has damaged, and has not seen repaired.
        public var rotten: Set<String> = []

        public init() {}
    }

    /// What the oracle writes.
    private static let later = "later"
    private static let laterByteCount = 9_000

    /// As a loss tells it.
    public let name: String
    /// Where objects are written before they have their names.
    public let scratch = ["/board/tmp"]
    private let seed: UInt64
    private let parityPercent: Int?

    /// - Parameters:
    ///   - seed: Decides the data and the names.
    ///   - parityPercent: How much parity the board's packs get; `nil`: none.
    public init(seed: UInt64, parityPercent: Int? = nil) {
        self.seed = seed
        self.parityPercent = parityPercent
        name = parityPercent == nil ? "engine board" : "engine board with parity"
    }

    public func disk() -> SimulatedFileSystem { SimulatedFileSystem(clock: ManualClock()) }

    // MARK: - Work

    public func run(on disk: SimulatedFileSystem, _ book: CrashBook<Book>) async throws {
        let backend = backend(disk, 1)
        try await backend.createFolder()
        let store = try await Store.create(
            on: backend, chunker: try ChunkerParameters(averageExponent: 12),
            parityPercent: parityPercent, configuration: configuration(disk, 2))
        book.change { $0.hasBoard = true }
        book.endStep()
        let common = bytes(24_000, 1)
        let first = try await write(common, to: "p", store, book)
        // Two chunks are a little different, and become deltas.
        try await write(Self.edited(common), to: "p", store, book)
        try await write(bytes(100, 3), to: "q", store, book)
        _ = try await store.setLabel("best", of: "p", to: .named(first))
        book.endStep()
        try await delete(first, of: "p", store, book)
        try await collect(store, book)
        (disk.clock as? ManualClock)?.advance(seconds: 5)
        try await write(common, to: "q", store, book)
        try await collect(store, book)
        // Small packs, which the next collection puts together.
        for number in 0..<4 as Range<UInt64> {
            try await write(bytes(300, 10 + number), to: "r", store, book)
        }
        try await collect(store, book, exclusive: true)
        try await repair(disk, book)
        try await write(bytes(50, 4), to: "q", store, book)
        try await wander(disk, store, book)
    }

    /// Some more steps, which the seed chooses.
    private func wander(
        _ disk: SimulatedFileSystem, _ first: Store, _ book: CrashBook<Book>
    ) async throws {
        let random = SeededRandom(seed: seed).fork(50)
        var store = first
        for step in 0..<6 as Range<UInt64> {
            let versions = book.current.versions.flatMap { pin, versions in
                versions.map { (pin: pin, version: $0.key, bytes: $0.value) }
            }.sorted { ($0.pin, $0.version) < ($1.pin, $1.version) }
            let old = versions[random.below(versions.count)]
            switch random.below(6) {
            case 0: try await write(bytes(random.below(20_000), 20 + step), to: "s", store, book)
            case 1: try await write(Self.edited(old.bytes), to: old.pin, store, book)
            case 2: try await write(old.bytes, to: "copy-\(step)", store, book)
            case 3 where versions.count > 3:
                try await delete(old.version, of: old.pin, store, book)
            case 4:
                store = try await Store.open(
                    on: backend(disk, 30 + step), configuration: configuration(disk, 30 + step))
            default: try await collect(store, book, exclusive: random.oneIn(2))
            }
        }
    }

    /// Two bytes of every second chunk are others.
    private static func edited(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for place in stride(from: 5_000, to: bytes.count, by: 9_000) { bytes[place] ^= 0x55 }
        return bytes
    }

    @discardableResult
    private func write(
        _ bytes: [UInt8], to pin: String, _ store: Store, _ book: CrashBook<Book>
    ) async throws -> String {
        book.change { $0.writing = (pin, bytes) }
        let name = try await store.write(Self.request(bytes, pin)).version.versionName
        book.change { book in
            book.versions[pin, default: [:]][name] = bytes
            book.writing = nil
        }
        book.endStep()
        return name
    }

    private func delete(
        _ version: String, of pin: String, _ store: Store, _ book: CrashBook<Book>
    ) async throws {
        book.change { $0.deleting = (pin, version) }
        _ = try await store.delete(pin, .named(version))
        book.change { book in
            book.versions[pin]?[version] = nil
            book.deleting = nil
        }
        book.endStep()
    }

    private func collect(
        _ store: Store, _ book: CrashBook<Book>, exclusive: Bool = false
    ) async throws {
        _ = try await store.collect(Self.collection(exclusive: exclusive))
        book.endStep()
    }

    /// Damages `latest`, which nothing rests on, and every index segment but the packs' own
    /// footers; then repairs the board.
    private func repair(_ disk: SimulatedFileSystem, _ book: CrashBook<Book>) async throws {
        for path in disk.files where path.hasPrefix("/board/index/") {
            guard var content = disk.contents(of: path) else { continue }
            content[content.count / 2] ^= 0xFF
            disk.setContents(of: path, to: content)
        }
        disk.setContents(of: "/board/latest", to: [1, 2, 3])
        if parityPercent != nil { rot(disk, book) }
        var options = VerifyOptions()
        options.repairs = true
        options.readsData = parityPercent != nil
        let report = try await Store.verify(
            on: backend(disk, 5), options, configuration: configuration(disk, 6))
        guard report.isSound else {
            throw EngineError(.corrupt, "the repair left \(report.problems)")
        }
        book.change { $0.rotten = [] }
        book.endStep()
    }

    /// One pack rots, and another one's parity.
    private func rot(_ disk: SimulatedFileSystem, _ book: CrashBook<Book>) {
        let packs = disk.files.filter { $0.hasPrefix("/board/packs/") }
            .map { String($0.dropFirst("/board/".count)) }
        let rotten = packs.prefix(2).enumerated().map { number, key in
            number == 0
                ? key : key.replacing(BoardKeys.packPrefix, with: BoardKeys.parityPrefix)
        }
        book.change { $0.rotten = Set(rotten) }
        for key in rotten {
            guard var content = disk.contents(of: "/board/\(key)") else { continue }
            content[content.count / 2] ^= 0xFF
            disk.setContents(of: "/board/\(key)", to: content)
        }
    }

    // MARK: - Law

    public func problem(
        on disk: SimulatedFileSystem, _ book: Book, recovery: Int
    ) async -> String? {
        do {
            return try await check(disk, book, UInt64(recovery) * 1_000)
        } catch {
            return "\(error)"
        }
    }

    /// - Parameter label: That of the process: it draws names of its own.
    private func check(
        _ disk: SimulatedFileSystem, _ book: Book, _ label: UInt64
    ) async throws -> String? {
        let backend = backend(disk, label)
        guard let store = try await open(backend, configuration(disk, label)) else {
            if book.hasBoard { return "the board is gone" }
            // It was not made; then it can be made now.
            return try await makeAgain(backend, configuration(disk, label))
        }
        // What rots is no matter of a crash: it is mended first.
        if book.rotten.isEmpty, let what = try await difference(store, book) { return what }
        if let what = try await verify(backend, disk, book, label) { return what }
        if let what = try await difference(store, book) { return "after a check: \(what)" }
        let bytes = self.bytes(Self.laterByteCount, 99)
        _ = try await store.write(Self.request(bytes, Self.later))
        _ = try await store.collect(Self.collection(exclusive: false))
        if let what = try await difference(store, book) { return "after a collection: \(what)" }
        let fresh = try await Store.open(
            on: backend, configuration: configuration(disk, label + 1))
        guard try await Self.read(fresh, Self.later, .latest) == bytes else {
            return "the write after it is not what is read"
        }
        return nil
    }

    /// The board, or `nil` if there is none.
    private func open(
        _ backend: FolderBackend, _ configuration: StoreConfiguration
    ) async throws -> Store? {
        do throws(EngineError) {
            return try await Store.open(on: backend, configuration: configuration)
        } catch {
            guard error.code == .notFound || error.code == .unavailable else { throw error }
            return nil
        }
    }

    /// Whether nothing that a version needs is damaged; repairs what the scenario damages itself.
    private func verify(
        _ backend: FolderBackend, _ disk: SimulatedFileSystem, _ book: Book, _ label: UInt64
    ) async throws -> String? {
        var options = VerifyOptions()
        options.readsData = !book.rotten.isEmpty
        var report = try await Store.verify(
            on: backend, options, configuration: configuration(disk, label + 2))
        // A pack that a commit names has its parity: that was durable before.
        if let bare = report.problems.first(where: {
            $0.object.hasPrefix(BoardKeys.parityPrefix) && !book.rotten.contains($0.object)
        }) {
            return "\(bare.object): \(bare.what)"
        }
        if report.problems.contains(where: { Self.isOwn($0.object, book) }) {
            options.repairs = true
            report = try await Store.verify(
                on: backend, options, configuration: configuration(disk, label + 3))
        }
        let needed = report.problems.first { !$0.versions.isEmpty && !$0.isRepaired }
        return needed.map { "\($0.object): \($0.what)" }
    }

    /// Whether an object is one that the scenario itself damages.
    private static func isOwn(_ object: String, _ book: Book) -> Bool {
        object.hasPrefix(BoardKeys.indexPrefix) || object == BoardKeys.latest.text
            || book.rotten.contains(object)
    }

    private func makeAgain(
        _ backend: FolderBackend, _ configuration: StoreConfiguration
    ) async throws -> String? {
        try await backend.createFolder()
        let store = try await Store.create(on: backend, configuration: configuration)
        let bytes = self.bytes(Self.laterByteCount, 99)
        _ = try await store.write(Self.request(bytes, Self.later))
        return try await Self.read(store, Self.later, .latest) == bytes
            ? nil : "the write after it is not what is read"
    }

    /// What is wrong with a store, by the book.
    private func difference(_ store: Store, _ book: Book) async throws -> String? {
        var found: [String: [String: [UInt8]]] = [:]
        for pin in try await store.pins() {
            for version in try await store.versions(of: pin.name) {
                let bytes = try await Self.read(store, pin.name, .named(version.version))
                if pin.name == Self.later {
                    let isWhole = bytes == self.bytes(Self.laterByteCount, 99)
                    if !isWhole { return "an earlier recovery's write is not whole" }
                } else {
                    found[pin.name, default: [:]][version.version] = bytes
                }
            }
        }
        for (pin, versions) in book.versions {
            for (version, bytes) in versions {
                if found[pin]?[version] == bytes {
                    found[pin]?[version] = nil
                } else if book.deleting?.pin != pin || book.deleting?.version != version
                    || found[pin]?[version] != nil
                {
                    return "version \(version) of '\(pin)' is not what was acknowledged"
                }
            }
        }
        // What is left over was on its way: one version, whole.
        let rest = found.flatMap { pin, versions in versions.values.map { (pin, $0) } }
        guard let one = rest.first else { return nil }
        guard rest.count == 1, let writing = book.writing, writing == one else {
            return "there are \(rest.count) versions that nobody wrote"
        }
        return nil
    }

    private static func read(
        _ store: Store, _ pin: String, _ version: VersionSelector
    ) async throws -> [UInt8] {
        let reader = try await store.reader(of: pin, version).reader
        return try await reader.bytes(reader.files[0])
    }

    // MARK: - Pieces

    private func backend(_ disk: SimulatedFileSystem, _ label: UInt64) -> FolderBackend {
        FolderBackend(
            "/board", fileSystem: disk, random: SeededRandom(seed: seed).fork(100 + label))
    }

    private func configuration(
        _ disk: SimulatedFileSystem, _ label: UInt64
    ) -> StoreConfiguration {
        StoreConfiguration(
            clock: disk.clock, random: SeededRandom(seed: seed).fork(200 + label),
            producer: "crash",
            workerCount: 1, packByteTarget: 16 << 10, inlineByteTarget: 600)
    }

    /// Random bytes of their own for every label.
    private func bytes(_ count: Int, _ label: UInt64) -> [UInt8] {
        SeededRandom(seed: seed).fork(1_000 + label).bytes(count: count)
    }

    private static func request(_ bytes: [UInt8], _ pin: String) -> WriteRequest {
        WriteRequest(
            pin: pin, files: [InputFile(path: "data", source: BytesSource(bytes))],
            metadata: VersionMetadata(createdSeconds: 1))
    }

    private static func collection(exclusive: Bool) -> CollectionOptions {
        var options = CollectionOptions()
        options.graceSeconds = 0
        options.isExclusive = exclusive
        return options
    }
}

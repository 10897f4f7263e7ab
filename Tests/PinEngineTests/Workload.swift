import PinEngine
import PinFormat
import PinStorage
import PinTesting
import Synchronization
import Testing

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Whether the long runs were asked for.
let isLong = getenv("PINS_LONG_TESTS") != nil

/// Everything a store does, once, on a simulated folder; and a book of what was acknowledged.
final class Workload: Sendable {
    /// What the caller was told, and what was under way when the last call failed or the power did.
    struct Book: Sendable {
        var hasBoard = false
        /// pin, version → bytes.
        var versions: [String: [String: [UInt8]]] = [:]
        /// A write that has begun: its pin and bytes.
        var writing: (pin: String, bytes: [UInt8])?
        /// A version whose deletion has begun.
        var deleting: (pin: String, version: String)?
    }

    let ground: Ground
    let disk: SimulatedFileSystem
    private let system: any FileSystem
    private let state = Mutex((book: Book(), error: EngineError?.none))

    /// - Parameter wrap: Puts something between the backend and the disk.
    init(_ ground: Ground, wrap: (SimulatedFileSystem) -> any FileSystem = { $0 }) {
        self.ground = ground
        disk = SimulatedFileSystem(folders: ["/board"], clock: ground.clock)
        system = wrap(disk)
    }

    var book: Book { state.withLock { $0.book } }
    var error: EngineError? { state.withLock { $0.error } }

    func backend(_ system: any FileSystem, label: UInt64 = 0) -> FolderBackend {
        FolderBackend("/board", fileSystem: system, random: ground.random.fork(500 + label))
    }

    /// Runs until something fails.
    func run() async {
        let result = await outcome { () throws(EngineError) in try await self.steps() }
        if case .failure(let error) = result { state.withLock { $0.error = error } }
    }

    private func steps() async throws(EngineError) {
        let parameters: ChunkerParameters
        do {
            parameters = try ChunkerParameters(averageExponent: 12)
        } catch {
            throw EngineError(.usage, "\(error)")
        }
        let store = try await Store.create(
            on: backend(system), chunker: parameters,
            configuration: ground.configuration(
                workerCount: 1, packByteTarget: 16 << 10, inlineByteTarget: 600))
        state.withLock { $0.book.hasBoard = true }
        let common = ground.bytes(24_000, 1)
        let first = try await write(common, to: "p", store)
        try await write(Array(common.dropLast(9_000)) + ground.bytes(7_000, 2), to: "p", store)
        try await write(ground.bytes(100, 3), to: "q", store)
        try await delete(first, of: "p", store)
        try await store.collect()
        ground.clock.advance(seconds: 5)
        try await write(common, to: "q", store)
        try await store.collect()
        try await store.collect(exclusive: true)
        try await write(ground.bytes(50, 4), to: "q", store)
    }

    @discardableResult
    private func write(
        _ bytes: [UInt8], to pin: String, _ store: Store
    ) async throws(EngineError) -> String {
        state.withLock { $0.book.writing = (pin, bytes) }
        let name = try await store.write(bytes, to: pin).version.versionName
        state.withLock { state in
            state.book.versions[pin, default: [:]][name] = bytes
            state.book.writing = nil
        }
        return name
    }

    private func delete(
        _ version: String, of pin: String, _ store: Store
    ) async throws(EngineError) {
        state.withLock { $0.book.deleting = (pin, version) }
        _ = try await store.delete(pin, .named(version))
        state.withLock { state in
            state.book.versions[pin]?[version] = nil
            state.book.deleting = nil
        }
    }

    /// Checks the board that a disk holds against the book.
    func check(
        _ label: String, on disk: SimulatedFileSystem? = nil, book: Book? = nil, writes: Bool = true
    ) async throws {
        let book = book ?? self.book
        let backend = backend(disk ?? self.disk, label: 1)
        let opened = await outcome { () throws(EngineError) in
            try await Store.open(
                on: backend, configuration: ground.configuration(label: 70, workerCount: 1))
        }
        let store: Store
        switch opened {
        case .success(let found): store = found
        case .failure(let error):
            #expect(error.code == .notFound && !book.hasBoard, "\(label): \(error)")
            return
        }
        let problem = await outcome { () throws(EngineError) in
            try await Self.compare(store, book)
        }
        switch problem {
        case .success(let text): if let text { Issue.record("\(label): \(text)") }
        case .failure(let error): Issue.record("\(label): \(error)")
        }
        guard writes else { return }
        let bytes = ground.bytes(9_000, 99)
        let later = await outcome { () throws(EngineError) in
            try await store.write(bytes, to: "later")
            try await store.collect()
            return try await store.read("later")
        }
        switch later {
        case .success(let found): #expect(found == bytes, "\(label)")
        case .failure(let error): Issue.record("\(label), a later write: \(error)")
        }
        let again = await outcome { () throws(EngineError) in
            try await Self.compare(store, book)
        }
        switch again {
        case .success(let text):
            if let text { Issue.record("\(label), after a collection: \(text)") }
        case .failure(let error): Issue.record("\(label), after a collection: \(error)")
        }
    }

    /// What is wrong with a store, by the book.
    static func compare(_ store: Store, _ book: Book) async throws(EngineError) -> String? {
        var found: [String: [String: [UInt8]]] = [:]
        for pin in try await store.pins() where pin.name != "later" {
            for version in try await store.versions(of: pin.name) {
                found[pin.name, default: [:]][version.version] = try await store.read(
                    pin.name, version.version)
            }
        }
        for (pin, versions) in book.versions {
            for (version, bytes) in versions {
                let bytes = Optional(bytes)
                if found[pin]?[version] == bytes {
                    found[pin]?[version] = nil
                } else if book.deleting?.pin != pin || book.deleting?.version != version
                    || found[pin]?[version] != nil
                {
                    return "\(version) of \(pin) is not what was acknowledged"
                }
            }
        }
        // What is left over was on its way: one version, whole.
        let rest = found.flatMap { pin, versions in versions.values.map { (pin, $0) } }
        if rest.isEmpty { return nil }
        guard rest.count == 1, let writing = book.writing, writing == rest[0] else {
            return "\(rest.map { "\($0.0): \($0.1.count) bytes" }) was never acknowledged"
        }
        return nil
    }
}

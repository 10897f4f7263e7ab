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
    typealias Book = WorkloadLedger.Book

    let ground: Ground
    let disk: SimulatedFileSystem
    private let system: any FileSystem
    private let ledger = WorkloadLedger()

    /// - Parameter wrap: Puts something between the backend and the disk.
    init(_ ground: Ground, wrap: (SimulatedFileSystem) -> any FileSystem = { $0 }) {
        self.ground = ground
        disk = SimulatedFileSystem(folders: ["/board"], clock: ground.clock)
        system = wrap(disk)
    }

    var book: Book { ledger.book }
    var error: EngineError? { ledger.error }

    func backend(_ system: any FileSystem, label: UInt64 = 0) -> FolderBackend {
        FolderBackend("/board", fileSystem: system, random: ground.random.fork(500 + label))
    }

    /// Runs until something fails.
    func run() async {
        await ledger.run { () throws(EngineError) in try await self.steps() }
    }

    private func steps() async throws(EngineError) {
        let store = try await Store.create(
            on: backend(system), chunker: WorkloadLedger.chunker(),
            configuration: ground.configuration(
                workerCount: 1, packByteTarget: 16 << 10, inlineByteTarget: 600))
        ledger.noteBoard()
        let common = ground.bytes(24_000, 1)
        let first = try await ledger.write(common, to: "p", store)
        try await ledger.write(
            Array(common.dropLast(9_000)) + ground.bytes(7_000, 2), to: "p", store)
        try await ledger.write(ground.bytes(100, 3), to: "q", store)
        try await ledger.delete(first, of: "p", store)
        try await store.collect()
        ground.clock.advance(seconds: 5)
        try await ledger.write(common, to: "q", store)
        try await store.collect()
        try await store.collect(exclusive: true)
        try await ledger.write(ground.bytes(50, 4), to: "q", store)
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
            try await WorkloadLedger.compare(store, book)
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
            try await WorkloadLedger.compare(store, book)
        }
        switch again {
        case .success(let text):
            if let text { Issue.record("\(label), after a collection: \(text)") }
        case .failure(let error): Issue.record("\(label), after a collection: \(error)")
        }
    }
}

import PinEngine
import PinFormat
import PinStorage
import PinTesting
import Synchronization
import Testing

/// What a store does, once, over any backend; and a book of what was acknowledged.
final class BackendWorkload: Sendable {
    typealias Book = WorkloadLedger.Book

    let ground: Ground
    private let backend: any BoardBackend
    /// The place itself, for looking at it afterwards.
    private let place: any BoardBackend
    private let parityPercent: Int?
    private let ledger = WorkloadLedger()

    init(
        _ ground: Ground, _ backend: any BoardBackend, over place: any BoardBackend,
        parityPercent: Int? = nil
    ) {
        (self.ground, self.backend, self.place) = (ground, backend, place)
        self.parityPercent = parityPercent
    }

    var book: Book { ledger.book }
    var error: EngineError? { ledger.error }

    private func configuration(_ label: UInt64) -> StoreConfiguration {
        ground.configuration(
            label: label, workerCount: 1, packByteTarget: 16 << 10, inlineByteTarget: 600)
    }

    /// Runs until something fails.
    func run() async {
        await ledger.run { () throws(EngineError) in try await self.steps() }
    }

    private func steps() async throws(EngineError) {
        var store = try await Store.create(
            on: backend, chunker: WorkloadLedger.chunker(), parityPercent: parityPercent,
            configuration: configuration(0))
        ledger.noteBoard()
        let common = ground.bytes(24_000, 1)
        let first = try await ledger.write(common, to: "p", store)
        try await ledger.write(
            Array(common.dropLast(9_000)) + ground.bytes(7_000, 2), to: "p", store)
        // Another process, which has nothing in memory.
        store = try await Store.open(on: backend, configuration: configuration(1))
        try await read(store)
        try await ledger.write(ground.bytes(100, 3), to: "q", store)
        try await ledger.delete(first, of: "p", store)
        try await store.collect()
        ground.clock.advance(seconds: 5)
        try await ledger.write(common, to: "q", store)
        try await store.collect(exclusive: true)
        try await read(store)
    }

    /// Reads every version; wrong bytes are nobody's error, they are a failure of the test.
    private func read(_ store: Store) async throws(EngineError) {
        if let what = try await WorkloadLedger.compare(store, book) { Issue.record("\(what)") }
    }

    /// Compares what is there with the book.
    func check(_ label: String) async throws {
        let opened = await outcome { () throws(EngineError) in
            try await Store.open(on: place, configuration: configuration(7))
        }
        switch opened {
        case .failure(let error):
            #expect(error.code == .notFound && !book.hasBoard, "\(label): \(error)")
        case .success(let store):
            let found = await outcome { () throws(EngineError) in
                try await WorkloadLedger.compare(store, book)
            }
            switch found {
            case .success(let what): if let what { Issue.record("\(label): \(what)") }
            case .failure(let error): Issue.record("\(label): \(error)")
            }
        }
    }

    /// Tries again: a write and two collections, after which nothing is left that nobody needs.
    func workOn(_ label: String) async throws {
        let bytes = ground.bytes(9_000, 99)
        let result = await outcome { () throws(EngineError) in
            var store: Store
            do throws(EngineError) {
                store = try await Store.open(on: place, configuration: configuration(8))
            } catch {
                guard error.code == .notFound else { throw error }
                store = try await Store.create(on: place, configuration: configuration(8))
            }
            try await store.write(bytes, to: "later")
            for _ in 0..<2 { try await store.collect(exclusive: true) }
            let problem = try await WorkloadLedger.compare(store, book)
            let report = try await Store.verify(
                on: place, VerifyOptions(), configuration: configuration(9))
            let found = try await store.read("later")
            return (found, problem, report)
        }
        switch result {
        case .failure(let error): Issue.record("\(label), trying again: \(error)")
        case .success(let (found, problem, report)):
            #expect(found == bytes, "\(label)")
            #expect(problem == nil, "\(label), after a collection")
            #expect(report.isSound, "\(label): \(report.problems.map(\.what))")
            #expect(report.orphanCount == 0, "\(label) leaves orphans")
        }
    }
}

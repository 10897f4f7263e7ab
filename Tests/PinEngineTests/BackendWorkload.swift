import PinEngine
import PinFormat
import PinStorage
import PinTesting
import Synchronization
import Testing

/// What a store does, once, over any backend; and a book of what was acknowledged.
final class BackendWorkload: Sendable {
    typealias Book = Workload.Book

    let ground: Ground
    private let backend: any BoardBackend
    /// The place itself, for looking at it afterwards.
    private let place: any BoardBackend
    private let parityPercent: Int?
    private let state = Mutex((book: Book(), error: EngineError?.none))

    init(
        _ ground: Ground, _ backend: any BoardBackend, over place: any BoardBackend,
        parityPercent: Int? = nil
    ) {
        (self.ground, self.backend, self.place) = (ground, backend, place)
        self.parityPercent = parityPercent
    }

    var book: Book { state.withLock { $0.book } }
    var error: EngineError? { state.withLock { $0.error } }

    private func configuration(_ label: UInt64) -> StoreConfiguration {
        ground.configuration(
            label: label, workerCount: 1, packByteTarget: 16 << 10, inlineByteTarget: 600)
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
        var store = try await Store.create(
            on: backend, chunker: parameters, parityPercent: parityPercent,
            configuration: configuration(0))
        state.withLock { $0.book.hasBoard = true }
        let common = ground.bytes(24_000, 1)
        let first = try await write(common, to: "p", store)
        try await write(Array(common.dropLast(9_000)) + ground.bytes(7_000, 2), to: "p", store)
        // Another process, which has nothing in memory.
        store = try await Store.open(on: backend, configuration: configuration(1))
        try await read(store)
        try await write(ground.bytes(100, 3), to: "q", store)
        try await delete(first, of: "p", store)
        try await store.collect()
        ground.clock.advance(seconds: 5)
        try await write(common, to: "q", store)
        try await store.collect(exclusive: true)
        try await read(store)
    }

    /// Reads every version; wrong bytes are nobody's error, they are a failure of the test.
    private func read(_ store: Store) async throws(EngineError) {
        if let what = try await Workload.compare(store, book) { Issue.record("\(what)") }
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
                try await Workload.compare(store, book)
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
            let problem = try await Workload.compare(store, book)
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

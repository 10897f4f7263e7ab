import PinEngine
import PinFormat
import PinStorage
import PinTesting
import PinTransforms
import Testing

/// Goal: after pruning and collecting, a board is about as small as one that never had the versions
/// that went, reads the same, and is left alone by the next collection (FORMAT.md §9.5).
/// Method: series of edited tables, pruned to several shapes, beside a fresh board.
@Suite struct CollectionSizeTests {
    /// What is left of a series of versions 0…
    enum Shape: CaseIterable {
        case last, lastThree, firstAndLast, withoutMiddle, everySecond

        func keeps(_ number: Int, of count: Int) -> Bool {
            switch self {
            case .last: number == count - 1
            case .lastThree: number >= count - 3
            case .firstAndLast: number == 0 || number == count - 1
            case .withoutMiddle: number != count / 2
            case .everySecond: number % 2 == 0
            }
        }
    }

    /// Series that differ in how their deltas lie over each other.
    static let series: [(kind: Corpus.Kind, edit: Corpus.Edit.Kind, closureFrameCount: Int)] = [
        (.csv, .rewriteColumn, 4), (.csv, .scatter, 4), (.csv, .delete, 4), (.csv, .append, 4),
        (.jsonLines, .scatter, 2), (.columns, .rewriteColumn, 8), (.csv, .block, 16),
    ]
    private static let versionCount = 7

    /// A board of two series, an old one and one that is being written.
    private struct Boards {
        let ground: Ground
        let closureFrameCount: Int
        var backend = MemoryBackend()
        var contents: [String: [[UInt8]]] = [:]

        init(_ number: Int) async throws {
            let (kind, edit, closure) = CollectionSizeTests.series[number]
            (ground, closureFrameCount) = (Ground(seed: 400 + UInt64(number)), closure)
            let store = try await Self.make(ground, closure, backend)
            for (pin, seed) in [("a", UInt64(1)), ("b", 2)] {
                contents[pin] = (1...CollectionSizeTests.versionCount).map { version in
                    Corpus(
                        kind, byteCount: pin == "a" ? 300_000 : 60_000,
                        seed: seed + 10 * UInt64(number),
                        edit: Corpus.Edit(edit, partsPerMillion: 4_000), version: version
                    ).bytes()
                }
            }
            for version in 0..<CollectionSizeTests.versionCount {
                for (pin, all) in contents.sorted(by: { $0.key < $1.key }) {
                    try await store.write(all[version], to: pin, title: "\(version)")
                }
            }
        }

        /// The same board in a place of its own.
        func copy() -> Boards {
            var other = self
            other.backend = MemoryBackend()
            for (key, bytes) in backend.snapshot { other.backend.replace(key, with: bytes) }
            return other
        }

        func open(_ label: UInt64) async throws -> Store {
            try await Store.open(
                on: backend,
                configuration: ground.configuration(label: label, packByteTarget: 256 << 10))
        }

        static func make(
            _ ground: Ground, _ closureFrameCount: Int, _ backend: MemoryBackend
        ) async throws -> Store {
            try await Store.create(
                on: backend, chunker: try ChunkerParameters(averageExponent: 13),
                closureFrameCount: closureFrameCount,
                configuration: ground.configuration(packByteTarget: 256 << 10))
        }

        /// Deletes what the shape does not keep; what is left, by pin.
        mutating func prune(_ shape: Shape, _ store: Store) async throws {
            for (pin, all) in contents {
                _ = try await store.prune(pin, isDryRun: false) { versions in
                    versions.enumerated().filter { !shape.keeps($0.offset, of: versions.count) }
                        .map(\.element)
                }
                contents[pin] = all.enumerated().filter { shape.keeps($0.offset, of: all.count) }
                    .map(\.element)
            }
        }

        /// A board that was written with what is left.
        func fresh() async throws -> MemoryBackend {
            let other = MemoryBackend()
            let store = try await Self.make(Ground(seed: 1), closureFrameCount, other)
            for (pin, all) in contents.sorted(by: { $0.key < $1.key }) {
                for (number, bytes) in all.enumerated() {
                    try await store.write(bytes, to: pin, title: "\(number)")
                }
            }
            return other
        }

        /// Every version reads back, and nothing is wrong with the board.
        func check(_ comment: Comment) async throws {
            let other = try await open(99)
            for (pin, all) in contents {
                let versions = try await other.versions(of: pin)
                #expect(versions.count == all.count, comment)
                for (version, bytes) in zip(versions, all) {
                    #expect(try await other.read(pin, version.version) == bytes, comment)
                }
            }
            var options = VerifyOptions()
            options.readsData = true
            let report = try await Store.verify(
                on: backend, options, configuration: ground.configuration(label: 98))
            #expect(report.problems.map(\.what) == [], comment)
        }
    }

    private static func size(_ backend: MemoryBackend) -> Int {
        backend.byteCount("packs/") + backend.byteCount("index/") + backend.byteCount("tables/")
    }

    @Test(arguments: series.indices) func aCollectedBoardIsAsSmallAsAFreshOne(
        number: Int
    ) async throws {
        let whole = try await Boards(number)
        for shape in Shape.allCases {
            var boards = whole.copy()
            let store = try await boards.open(1)
            try await boards.prune(shape, store)
            let report = try await store.collect(exclusive: true)
            let name = "\(Self.series[number]), \(shape)"
            try await boards.check("\(name)")
            let (found, best) = (
                Self.size(boards.backend), Self.size(try await boards.fresh())
            )
            print(
                "  \(name): \(Self.size(whole.backend)) before, \(found) after, \(best) fresh, "
                    + "\(found * 100 / best) %, \(report.reencodedFrames) frames encoded again")
            #expect(found * 10 <= best * 11, "\(name): \(found) against \(best)")

            let snapshot = boards.backend.snapshot
            #expect(try await store.collect(exclusive: true) == CollectionReport(), "\(name)")
            let isSame = boards.backend.snapshot == snapshot
            #expect(isSame, "\(name): a second collection changes the board")
        }
    }

    @Test func aBoardOfWhichNothingWasDeletedIsLeftAlone() async throws {
        let ground = Ground(seed: 420)
        let backend = MemoryBackend()
        let store = try await Boards.make(ground, 4, backend)
        for version in 1...6 {
            let corpus = Corpus(
                .csv, byteCount: 500_000, seed: 3, edit: Corpus.Edit(.rewriteColumn),
                version: version)
            try await store.write(corpus.bytes(), to: "p")
        }
        let before = backend.keys("packs/")
        let report = try await store.collect(exclusive: true)
        #expect(report.reencodedFrames == 0 && report.repackedPacks == 0)
        #expect(backend.keys("packs/") == before)
    }
}

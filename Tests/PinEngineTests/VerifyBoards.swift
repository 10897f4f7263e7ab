import PinFormat
import PinStorage
import PinTesting
import PinTransforms

@testable import PinEngine

/// A board in memory that a test verifies, damages and mends; the same in every run of one seed.
struct VerifyBoard: Sendable {
    let backend: MemoryBackend
    let random: SeededRandom
    let clock = ManualClock()
    var configuration: StoreConfiguration
    /// How much parity packs get.
    var parityPercent: Int?

    init(
        seed: UInt64, packByteTarget: Int = 64 << 10, inlineByteTarget: Int = 8 << 10,
        hasLocalObjects: Bool = true, parityPercent: Int? = nil
    ) {
        self.parityPercent = parityPercent
        backend = MemoryBackend(hasLocalObjects: hasLocalObjects)
        random = SeededRandom(seed: seed)
        configuration = StoreConfiguration(
            clock: clock, random: random, producer: "test", workerCount: 2,
            packByteTarget: packByteTarget, inlineByteTarget: inlineByteTarget)
    }

    /// Another board with the same objects.
    init(copying objects: [ObjectKey: [UInt8]], of other: VerifyBoard, hasLocalObjects: Bool = true)
    {
        backend = MemoryBackend(hasLocalObjects: hasLocalObjects)
        for (key, bytes) in objects { backend.replace(key, with: bytes) }
        random = other.random.fork(1)
        configuration = other.configuration
        configuration.random = random
    }

    func create() async throws -> Store {
        let chunker = try ChunkerParameters(averageExponent: 12)
        return try await Store.create(
            on: backend, chunker: chunker, parityPercent: parityPercent,
            configuration: configuration)
    }

    func open() async throws -> Store {
        try await Store.open(on: backend, configuration: configuration)
    }

    /// Writes a version of a pin from paths and bytes.
    @discardableResult
    func write(
        _ pin: String, _ files: [(String, [UInt8])], on store: Store, title: String? = nil
    ) async throws -> WriteResult {
        clock.advance(seconds: 60)
        let request = WriteRequest(
            pin: pin,
            files: files.map { InputFile(path: $0.0, source: BytesSource($0.1)) },
            metadata: VersionMetadata(createdSeconds: clock.secondsSince1970, title: title))
        return try await store.write(request)
    }

    func verify(data: Bool = true, repairs: Bool = false) async throws -> VerifyReport {
        var options = VerifyOptions()
        options.readsData = data
        options.repairs = repairs
        return try await Store.verify(on: backend, options, configuration: configuration)
    }

    /// What a reader gets of every version that can be read in full: a digest of all bytes of its
    /// files.
    func readable(_ names: [VerifyProblem.Version]) async -> [VerifyProblem.Version: Digest] {
        var out: [VerifyProblem.Version: Digest] = [:]
        guard let store = try? await open() else { return out }
        for name in names {
            guard
                let found = try? await store.reader(of: name.pin, .named(name.version)).reader
            else { continue }
            var all: [UInt8] = []
            var isWhole = true
            for file in found.files {
                guard let bytes = try? await found.bytes(file) else {
                    isWhole = false
                    break
                }
                all += Array(file.path.utf8) + bytes
            }
            if isWhole { out[name] = Checksums.standard.sha256(all, 0..<all.count) }
        }
        return out
    }

    /// Every version of the board.
    func versions() async throws -> [VerifyProblem.Version] {
        let store = try await open()
        var out: [VerifyProblem.Version] = []
        for pin in try await store.pins() {
            for version in try await store.versions(of: pin.name) {
                out.append(VerifyProblem.Version(pin: pin.name, version: version.version))
            }
        }
        return out
    }

    /// Changes one object of a copy.
    func damaged(
        _ key: ObjectKey, hasLocalObjects: Bool = true, _ change: (inout [UInt8]) -> Void
    ) -> VerifyBoard {
        var objects = backend.snapshot
        var bytes = objects[key] ?? []
        change(&bytes)
        objects[key] = bytes
        return VerifyBoard(copying: objects, of: self, hasLocalObjects: hasLocalObjects)
    }

    /// Whether any object speaks of a version: what nothing speaks of, nobody can name.
    func mentions(_ version: String) -> Bool {
        let name = Array(version.utf8)
        return backend.snapshot.values.contains { bytes in
            bytes.indices.contains { bytes[$0...].starts(with: name) }
        }
    }

    /// A copy without one object.
    func without(_ key: ObjectKey) -> VerifyBoard {
        var objects = backend.snapshot
        objects[key] = nil
        return VerifyBoard(copying: objects, of: self)
    }
}

/// Bytes that compress a little.
func sampleBytes(_ count: Int, _ random: SeededRandom) -> [UInt8] {
    random.bytes(count: count).map { $0 & 0x3F }
}

extension VerifyReport {
    /// What is wrong, for messages.
    var summary: String {
        problems.map { problem in
            let names = problem.versions.map { "\($0.pin)@\($0.version)" }
            return "\(problem.object): \(problem.what) \(names) repaired: \(problem.isRepaired)"
        }.joined(separator: "\n")
    }
}

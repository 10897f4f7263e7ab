import PinEngine
import PinFormat
import PinStorage
import PinTesting
import Testing

/// A repair that merges what two machines have written, for `CrashEnumerator`: the power fails at
/// any moment of it, and nothing of either writer is lost.
private struct MergeCrashScenario: CrashScenario {
    struct Book: Sendable {
        var isDone = false
    }

    let name = "merge of two branches"
    let scratch = ["/board/tmp"]
    /// As it lies there before the merge, and what was acknowledged on either side.
    let start: SimulatedFileSystem
    let acknowledged: [VerifyProblem.Version: [UInt8]]
    let seed: UInt64

    func disk() -> SimulatedFileSystem {
        start.crashed(.everything, SeededRandom(seed: 0))
    }

    func run(on disk: SimulatedFileSystem, _ book: CrashBook<Book>) async throws {
        let report = try await verify(disk, repairs: true, 1)
        guard report.isSound else {
            throw EngineError(.corrupt, "\(report.problems.map(\.what))")
        }
        book.change { $0.isDone = true }
        book.endStep()
    }

    func problem(
        on disk: SimulatedFileSystem, _ book: Book, recovery: Int
    ) async -> String? {
        do {
            let label = UInt64(10 * recovery)
            let report = try await verify(disk, repairs: true, label)
            guard report.isSound else { return "\(report.problems.map(\.what))" }
            let store = try await Store.open(
                on: backend(disk, label + 1), configuration: configuration(label + 1))
            for (name, bytes) in acknowledged {
                let reader = try await store.reader(
                    of: name.pin, .named(name.version)
                ).reader
                guard try await reader.bytes(reader.files[0]) == bytes else {
                    return "wrong bytes of \(name)"
                }
            }
            let count = try await store.versions(of: "pin").count
            let wanted = acknowledged.keys.count { $0.pin == "pin" }
            guard count == wanted else { return "\(count) versions, not \(wanted)" }
            return try await verify(disk, repairs: false, label + 2).isSound ? nil : "not sound"
        } catch {
            return "\(error)"
        }
    }

    private func backend(_ disk: SimulatedFileSystem, _ label: UInt64) -> FolderBackend {
        FolderBackend(
            "/board", fileSystem: disk, random: SeededRandom(seed: seed).fork(1_000 + label))
    }

    private func configuration(_ label: UInt64) -> StoreConfiguration {
        StoreConfiguration(
            clock: ManualClock(), random: SeededRandom(seed: seed).fork(label), producer: "test",
            workerCount: 1, packByteTarget: 24 << 10, inlineByteTarget: 1 << 10)
    }

    private func verify(
        _ disk: SimulatedFileSystem, repairs: Bool, _ label: UInt64
    ) async throws -> VerifyReport {
        var options = VerifyOptions()
        options.repairs = repairs
        return try await Store.verify(
            on: backend(disk, label), options, configuration: configuration(label))
    }
}

/// A merge may be cut short at any moment.
@Suite struct MergeCrashTests {
    @Test(arguments: [31, 32] as [UInt64])
    func aPowerCutInAMergeLosesNothingOfEitherWriter(seed: UInt64) async throws {
        let replicas = try await ConflictTests.diverged(seed: seed)
        let scenario = MergeCrashScenario(
            start: replicas.disks[0], acknowledged: replicas.acknowledged, seed: seed)
        let figures = try await CrashEnumerator(scenario, empty: .init(), seed: seed)
            .run(states: CrashTests.seconds == nil ? 60 : .max, seconds: CrashTests.seconds)
        print("crashes of a merge, seed \(seed): \(figures)")
        #expect(figures.lossCount == 0 && figures.momentCount > 10)
    }
}

import PinStorage
import PinTesting
import Testing

/// Every backend of this package keeps the contract, and the suite sees backends that do not.
@Suite struct ConformanceTests {
    /// A suite whose big object is not so big, for all but one run of each backend.
    private static let quick = BackendConformance(bigByteCount: 2 << 20, raceCount: 5)

    /// Runs the suite off the threads of the test library.
    private func violations(
        _ suite: BackendConformance = quick, of backend: any BoardBackend
    ) async -> [BackendConformance.Violation] {
        await runBlocking { await suite.violations(of: backend) }
    }

    /// Records each violation as an issue of its own.
    private func expectConformance(
        _ suite: BackendConformance = quick, of backend: any BoardBackend
    ) async {
        for violation in await violations(suite, of: backend) {
            Issue.record("\(backend.description): \(violation)")
        }
    }

    @Test func aRealFolderConforms() async throws {
        try await withTemporaryFolder { path in
            await expectConformance(BackendConformance(), of: FolderBackend(path))
            let leftovers = try PosixFileSystem().listDirectory(path + "/tmp")
            #expect(leftovers.isEmpty)
        }
    }

    @Test(arguments: [true, false])
    func aSimulatedFolderConforms(hasExclusiveRename: Bool) async {
        let disk = SimulatedFileSystem(
            folders: ["/board"], hasExclusiveRename: hasExclusiveRename)
        let backend = FolderBackend(
            "/board", fileSystem: disk, random: SeededRandom(seed: 1))
        await expectConformance(of: backend)
        #expect(disk.openCount == 0)
        #expect(disk.files == [])
    }

    @Test func aFolderForReadingConforms() async throws {
        try await withTemporaryFolder { path in
            await expectConformance(of: FolderBackend(path, isReadOnly: true))
            let names = try PosixFileSystem().listDirectory(path)
            #expect(names.isEmpty)
        }
    }

    @Test(arguments: [
        MemoryBackend(),
        MemoryBackend(pageCount: 7, hasLocalObjects: false),
        MemoryBackend(capabilities: BackendCapabilities(atomicCreate: false)),
        MemoryBackend(capabilities: BackendCapabilities(list: false, strongList: false)),
        MemoryBackend(capabilities: BackendCapabilities(readOnly: true)),
        MemoryBackend(capabilities: BackendCapabilities(maximumObjectByteCount: 400_000)),
    ])
    func memoryConforms(backend: MemoryBackend) async {
        await expectConformance(of: backend)
    }

    @Test func decoratorsConform() async {
        await expectConformance(BackendConformance(), of: CountingBackend(MemoryBackend()))
        await expectConformance(of: FaultyBackend(MemoryBackend(), plan: .none))
    }

    @Test(arguments: [
        ("readAfterWrite", BackendFault.flippedBit(3), BackendCall.Verb.get),
        ("bigObject", .truncatedBody, .get),
        ("ranges", .wrongRange, .get),
        ("missingObjects", .failBefore(.permissionDenied), .get),
        ("deleteTwice", .delayedDelete, .delete),
        ("listOrder", .failAfter(.unavailable), .list),
        ("overwrite", .failAfter(.ioError), .put),
    ])
    func aBackendThatLiesIsFound(law: String, fault: BackendFault, verb: BackendCall.Verb) async {
        let plan = FaultPlan { $0.verb == verb ? fault : nil }
        let backend = FaultyBackend(MemoryBackend(), plan: plan)
        let found = await violations(of: backend)
        #expect(found.map(\.law).contains(law))
    }

    @Test func aRaceThatTwoWinIsFound() async {
        // The weak backend looks and then writes, and claims that it does not.
        let weak = MemoryBackend(capabilities: BackendCapabilities(atomicCreate: false))
        let found = await violations(
            BackendConformance(bigByteCount: 1, manyCount: 1, raceCount: 200), of: Boaster(weak))
        #expect(found.map(\.law) == ["raceHasOneWinner"])
    }
}

/// Claims to create atomically.
private struct Boaster: ForwardingBackend {
    let base: any BoardBackend
    let capabilities = BackendCapabilities()

    init(_ base: any BoardBackend) { self.base = base }
}

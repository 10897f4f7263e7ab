import PinFormat
import PinStorage
import PinTesting
import Testing

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

@testable import PinEngine

/// Goal: on a network drive nothing that was acknowledged is lost, whatever the drive remembers,
/// forgets or answers; and what it cannot do is said before anybody relies on it.
/// Method: several machines over one simulated server, writing in turn and at once.
@Suite struct NetworkDriveTests {
    private static func traits(
        _ change: (inout NetworkDrive.Traits) -> Void = { _ in }
    ) -> NetworkDrive.Traits {
        var traits = NetworkDrive.Traits()
        change(&traits)
        return traits
    }

    /// NFS 3 and 4: hard links, no exclusive rename, old attributes, calls that are sent again.
    private static let nfs = traits {
        $0.cachedCallCount = 12
        $0.lostAnswerOneIn = 9
        $0.staleOneIn = 60
        $0.failedCloseOneIn = 25
    }
    /// SMB: no hard links, exclusive rename.
    private static let smb = traits {
        ($0.hasLinks, $0.hasExclusiveRename) = (false, true)
        $0.cachedCallCount = 20
        $0.lostAnswerOneIn = 15
        $0.failedCloseOneIn = 25
    }
    /// Some FUSE file systems: neither.
    private static let bare = traits { $0.hasLinks = false }

    private struct Machine {
        let drive: NetworkDrive
        let backend: FolderBackend
        let configuration: StoreConfiguration
    }

    private static func machines(
        _ count: Int, _ traits: NetworkDrive.Traits, _ server: SimulatedFileSystem, seed: UInt64,
        isSingleWriter: Bool = false
    ) -> [Machine] {
        (0..<count).map { number in
            let random = SeededRandom(seed: seed).fork(UInt64(100 + number))
            let drive = NetworkDrive(server, traits, seed: seed + UInt64(number))
            var configuration = StoreConfiguration(
                clock: server.clockForTests, random: random, producer: "test", workerCount: 2,
                packByteTarget: 64 << 10, inlineByteTarget: 1 << 10)
            configuration.pause = { _ in await Task.yield() }
            return Machine(
                drive: drive,
                backend: FolderBackend(
                    "/board", fileSystem: drive, random: random, hasAtomicCreate: !isSingleWriter),
                configuration: configuration)
        }
    }

    @Test(arguments: [nfs, smb], isLong ? Array(1...30) : [1, 2, 3] as [UInt64])
    func whatIsAcknowledgedStaysWhateverTheDriveAnswers(
        traits: NetworkDrive.Traits, seed: UInt64
    ) async throws {
        print("network drive, seed \(seed)")
        let server = SimulatedFileSystem(folders: ["/board"])
        let calm = Self.machines(
            1,
            Self.traits {
                ($0.hasLinks, $0.hasExclusiveRename) = (traits.hasLinks, !traits.hasLinks)
            },
            server, seed: seed)[0]
        _ = try await Store.create(
            on: calm.backend, chunker: try ChunkerParameters(averageExponent: 12),
            configuration: calm.configuration)
        let machines = Self.machines(3, traits, server, seed: seed)
        let done = await withTaskGroup(of: [(String, String, [UInt8])].self) { group in
            for (number, machine) in machines.enumerated() {
                group.addTask {
                    await Self.work(machine, pin: "pin-\(number)", seed: seed + UInt64(number))
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        let faultCount = machines.reduce(0) { $0 + $1.drive.faultCount }
        print("network drive: \(done.count) acknowledged, \(faultCount) misdeeds")
        #expect(faultCount > 10 && done.count > 10)
        let store = try await Store.open(
            on: calm.backend, configuration: calm.configuration)
        for (pin, version, bytes) in done {
            let read = try await store.read(pin, version)
            #expect(read == bytes, "\(pin) \(version)")
        }
        var options = VerifyOptions()
        options.readsData = true
        let report = try await Store.verify(
            on: calm.backend, options, configuration: calm.configuration)
        #expect(report.isSound, "\(report.summary)")
    }

    /// Writes until enough was acknowledged or refused; what was acknowledged.
    private static func work(
        _ machine: Machine, pin: String, seed: UInt64
    ) async -> [(String, String, [UInt8])] {
        let random = SeededRandom(seed: seed).fork(5)
        var done: [(String, String, [UInt8])] = []
        for _ in 0..<14 {
            let bytes = random.bytes(count: 1 + random.below(9_000))
            do {
                let store = try await Store.open(
                    on: machine.backend, configuration: machine.configuration)
                let result = try await store.write(bytes, to: pin)
                done.append((pin, result.version.versionName, bytes))
                let read = try? await store.read(pin, result.version.versionName)
                if let read, read != bytes { Issue.record("wrong bytes") }
            } catch {
                // Typed; the same may be tried again.
                continue
            }
        }
        return done
    }

    @Test func aDriveShowsWhatItCanDo() async throws {
        let cases: [(NetworkDrive.Traits, Bool)] = [
            (Self.traits(), true),
            (Self.traits { ($0.hasLinks, $0.hasExclusiveRename) = (false, true) }, true),
            (Self.bare, false),
            (Self.traits { $0.forgetsExclusion = true }, false),
            (Self.traits { ($0.hasExclusiveRename, $0.forgetsExclusion) = (true, true) }, false),
        ]
        for (traits, isExclusive) in cases {
            let server = SimulatedFileSystem(folders: ["/board"])
            let machine = Self.machines(1, traits, server, seed: 1)[0]
            #expect(try await machine.backend.probeExclusiveCreation() == isExclusive, "\(traits)")
            #expect(server.files.isEmpty, "nothing is left")
        }
    }

    /// Without links and exclusive renames a write is refused and says why; a single writer works.
    @Test func aDriveWithoutExclusionIsForOneWriter() async throws {
        let server = SimulatedFileSystem(folders: ["/board"])
        let machine = Self.machines(1, Self.bare, server, seed: 2)[0]
        let error = await #expect(throws: EngineError.self) {
            _ = try await Store.create(
                on: machine.backend, configuration: machine.configuration)
        }
        #expect(error?.message.contains("--single-writer") == true)
        let single = Self.machines(1, Self.bare, server, seed: 3, isSingleWriter: true)[0]
        _ = try await Store.create(
            on: single.backend, isSingleWriter: true, configuration: single.configuration)
        for number in 0..<5 as Range<UInt8> {
            let store = try await Store.open(
                on: single.backend, configuration: single.configuration)
            #expect(store.config.isSingleWriter)
            try await store.write([number], to: "pin")
        }
        // It looks before it writes.
        let again = await #expect(throws: EngineError.self) {
            _ = try await Store.create(
                on: single.backend, isSingleWriter: true, configuration: single.configuration)
        }
        #expect(again?.message.contains("there is a board") == true)
        let store = try await Store.open(on: single.backend, configuration: single.configuration)
        #expect(try await store.versions(of: "pin").count == 5)
    }
}

extension SimulatedFileSystem {
    /// Any clock will do: names of versions ascend by themselves.
    fileprivate var clockForTests: ManualClock { ManualClock() }
}

import PinFormat
import PinStorage
import PinTesting
import Synchronization
import Testing

@testable import PinEngine

/// Goal: writers of one store that meet share a commit, and each hears of its own write alone.
/// Method: the put of a commit is held until all others wait for their turn.
@Suite(.timeLimit(.minutes(10))) struct GroupCommitTests {
    /// A board whose next commit is held at a gate.
    private struct Held {
        let ground: Ground
        let backend: HookedBackend
        let store: Store
        let gate = Gate()

        init(seed: UInt64, on base: any BoardBackend) async throws {
            ground = Ground(seed: seed)
            backend = HookedBackend(base)
            store = try await ground.create(on: backend)
        }

        /// Holds the n-th put of a commit from now on.
        func hold(_ number: Int = 1) {
            let gate = gate
            backend.hookOnce(.put, "commits/", at: number) { await gate.wait() }
        }

        /// Waits, without a clock, until so many writers wait for their turn.
        func untilWaiting(_ count: Int) async {
            while store.commits.waitingCount != count { await Task.yield() }
        }

        func sequence() async throws -> UInt64 { try await store.snapshot().sequence }
    }

    private static func withPlaces(
        _ body: (any BoardBackend) async throws -> Void
    ) async throws {
        try await body(MemoryBackend())
        try await body(
            MemoryBackend(
                capabilities: BackendCapabilities(isRemote: true), hasLocalObjects: false))
        try await withTemporaryFolder { (folder) async throws in
            try await body(FolderBackend(folder))
        }
    }

    @Test func writersThatMeetShareACommit() async throws {
        try await Self.withPlaces { base in
            let held = try await Held(seed: 11, on: base)
            held.hold()
            let results = try await withThrowingTaskGroup(of: WriteResult.self) { group in
                for writer in 0..<8 {
                    group.addTask {
                        try await held.store.write(
                            held.ground.bytes(5_000, UInt64(writer)), to: "p-\(writer)")
                    }
                    // The first one is at the gate before the others begin.
                    if writer == 0 { await held.gate.arrival() }
                }
                await held.untilWaiting(7)
                held.gate.open()
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(try await held.sequence() == 2, "1 for the first, 1 for seven that met")
            #expect(results.count == 8)
            let fresh = try await held.ground.open(on: base)
            for writer in 0..<8 {
                let bytes = try await fresh.read("p-\(writer)")
                #expect(bytes == held.ground.bytes(5_000, UInt64(writer)))
            }
            let report = try await Store.verify(on: base, VerifyOptions())
            #expect(report.isSound, "\(report.problems)")
            // The shares of the commit sum to its bytes, and each has had its own pack.
            #expect(results.allSatisfy { $0.storedByteCount > 5_000 })
        }
    }

    @Test func writersOfOnePinMakeOneHistory() async throws {
        let base = MemoryBackend()
        let held = try await Held(seed: 12, on: base)
        held.hold()
        let names = try await withThrowingTaskGroup(of: String.self) { group in
            for writer in 0..<8 {
                group.addTask {
                    // Two of them write the same.
                    let label = UInt64(writer == 7 ? 6 : writer)
                    return try await held.store.write(held.ground.bytes(900, label), to: "p")
                        .version.versionName
                }
                if writer == 0 { await held.gate.arrival() }
            }
            await held.untilWaiting(7)
            held.gate.open()
            return try await group.reduce(into: [String]()) { $0.append($1) }
        }
        let versions = try await held.store.versions(of: "p")
        // Where the two equal ones came one after the other, the second changed nothing.
        #expect(versions.count == Set(names).count && versions.count >= 7)
        #expect(versions.map(\.version) == versions.map(\.version).sorted())
        #expect(
            versions.map(\.record.parent)
                == [String?.none] + versions.dropLast().map { String?.some($0.version) })
        #expect(try await held.sequence() == 2)
        #expect(try await Store.verify(on: base, VerifyOptions()).isSound)
    }

    @Test func oneThatFailsFailsAlone() async throws {
        let base = MemoryBackend()
        let held = try await Held(seed: 13, on: base)
        for label: UInt64 in 0..<2 {
            try await held.store.write(held.ground.bytes(100, label), to: "two")
        }
        let before = try await held.sequence()
        held.hold()
        let outcomes = await withTaskGroup(of: (Int, EngineError.Code?).self) { group in
            for writer in 0..<6 {
                group.addTask {
                    let source = BytesSource(held.ground.bytes(700, UInt64(10 + writer)))
                    var request = WriteRequest(
                        pin: writer % 2 == 1 ? "two" : "p-\(writer)",
                        files: [InputFile(path: "data", source: source)],
                        metadata: VersionMetadata(createdSeconds: 1))
                    request.replacesOnlyVersion = writer % 2 == 1
                    let write = request
                    let code = await failure { () throws(EngineError) in
                        try await held.store.write(write)
                    }
                    return (writer, code)
                }
                if writer == 0 { await held.gate.arrival() }
            }
            // The three that cannot be written say so before they store anything.
            await held.untilWaiting(2)
            for label in ["no-such-pin", "two"] {
                group.addTask {
                    let code = await failure { () throws(EngineError) in
                        try await held.store.setLabel("prod", of: label, to: .latest)
                    }
                    return (label == "two" ? 101 : 100, code)
                }
            }
            await held.untilWaiting(4)
            held.gate.open()
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        #expect(
            outcomes == [
                1: .cannotCreate, 3: .cannotCreate, 5: .cannotCreate, 100: .notFound,
            ])
        #expect(try await held.store.versions(of: "two").last?.labels == ["prod"])
        for writer in [0, 2, 4] {
            #expect(try await held.store.versions(of: "p-\(writer)").count == 1)
        }
        #expect(try await held.sequence() == before + 2)
    }

    /// A backend that a cancelled request fails on, as one over a network does; what it sent may
    /// have arrived all the same.
    private final class CutBackend: ForwardingBackend {
        let base: any BoardBackend
        let arrives: Bool
        let capabilities: BackendCapabilities
        let description = "cut"

        init(_ base: any BoardBackend, arrives: Bool) {
            (self.base, self.arrives, capabilities) = (base, arrives, base.capabilities)
        }

        func get(
            _ key: ObjectKey, range: Range<Int>?, limit: Int
        ) async throws(BackendError) -> [UInt8] {
            if Task.isCancelled { throw BackendError(.cancelled, key: key, "cut") }
            return try await base.get(key, range: range, limit: limit)
        }

        func put(
            _ key: ObjectKey, _ bytes: [UInt8], mode: PutMode, durable: Bool
        ) async throws(BackendError) -> PutOutcome {
            guard Task.isCancelled else {
                return try await base.put(key, bytes, mode: mode, durable: durable)
            }
            if arrives { _ = try await base.put(key, bytes, mode: mode, durable: durable) }
            throw BackendError(.cancelled, key: key, "cut")
        }

        func stat(_ key: ObjectKey) async throws(BackendError) -> ObjectStat? {
            if Task.isCancelled { throw BackendError(.cancelled, key: key, "cut") }
            return try await base.stat(key)
        }
    }

    /// Holds two commits of one store, each at a gate of its own.
    @Test(arguments: [false, true])
    func aLeaderThatIsCancelledHandsItsCommitOn(arrives: Bool) async throws {
        let base = MemoryBackend()
        let held = try await Held(seed: 14, on: CutBackend(base, arrives: arrives))
        let second = Gate()
        let (first, next) = (Once(at: 1), Once(at: 2))
        held.backend.setHook { call in
            guard call.verb == .put, call.text.hasPrefix("commits/") else { return }
            if first.fires() { await held.gate.wait() }
            if next.fires() { await second.wait() }
        }
        @Sendable func write(_ writer: Int) async -> EngineError.Code? {
            await failure { () throws(EngineError) in
                try await held.store.write(
                    held.ground.bytes(600, UInt64(writer)), to: "p-\(writer)")
            }
        }
        var tasks: [Task<EngineError.Code?, Never>] = [Task { await write(0) }]
        await held.gate.arrival()
        for writer in 1..<5 {
            tasks.append(Task { await write(writer) })
            await held.untilWaiting(writer)
        }
        // One that waits for its turn leaves at once.
        tasks[2].cancel()
        #expect(await tasks[2].value == .cancelled)
        await held.untilWaiting(3)
        held.gate.open()
        #expect(await tasks[0].value == nil)
        // The last one leads; its commit is under way.
        await second.arrival()
        tasks[4].cancel()
        second.open()
        #expect(await tasks[4].value == .cancelled)
        #expect(await tasks[1].value == nil)
        #expect(await tasks[3].value == nil)
        let pins = try await ground(held, base).pins().map(\.name)
        #expect(pins.contains("p-1") && pins.contains("p-3") && !pins.contains("p-2"))
        #expect(try await held.sequence() == 2)
        #expect(try await Store.verify(on: base, VerifyOptions()).isSound)
    }

    private func ground(_ held: Held, _ base: MemoryBackend) async throws -> Store {
        try await held.ground.open(on: base)
    }

    @Test func aBatchThatLosesARaceIsPlannedAgain() async throws {
        let base = MemoryBackend()
        let held = try await Held(seed: 15, on: base)
        held.hold()
        let other = try await held.ground.open(on: base, label: 9)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<5 {
                group.addTask {
                    try await held.store.write(held.ground.bytes(800, UInt64(writer)), to: "p")
                }
                if writer == 0 { await held.gate.arrival() }
            }
            await held.untilWaiting(4)
            // Another process takes the number that the first one holds in its hand.
            try await other.write(held.ground.bytes(800, 99), to: "p")
            held.gate.open()
            try await group.waitForAll()
        }
        let versions = try await held.store.versions(of: "p")
        #expect(versions.count == 6)
        #expect(versions.first?.record.parent == nil)
        #expect(try await held.sequence() <= 4)
        #expect(try await Store.verify(on: base, VerifyOptions()).isSound)
    }

    @Test func aCommitThatFailsIsToldToAll() async throws {
        let base = MemoryBackend()
        let held = try await Held(seed: 16, on: base)
        let isBroken = Mutex(false)
        let faulty = FaultyBackend(
            base,
            plan: FaultPlan { call in
                let isCommit =
                    call.verb == .put && call.key?.description.hasPrefix("commits/") == true
                return isCommit && isBroken.withLock { $0 } ? .failBefore(.noSpace) : nil
            })
        let hooked = HookedBackend(faulty)
        let store = try await held.ground.open(on: hooked)
        let (gate, once) = (Gate(), Once(at: 1))
        hooked.setHook { call in
            if call.verb == .put, call.text.hasPrefix("commits/"), once.fires() {
                await gate.wait()
                isBroken.withLock { $0 = true }
            }
        }
        let codes = await withTaskGroup(of: EngineError.Code?.self) { group in
            for writer in 0..<4 {
                group.addTask {
                    await failure { () throws(EngineError) in
                        try await store.write(
                            held.ground.bytes(100, UInt64(writer)), to: "p-\(writer)")
                    }
                }
                if writer == 0 { await gate.arrival() }
            }
            while store.commits.waitingCount != 3 { await Task.yield() }
            gate.open()
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(codes.count == 4 && codes.allSatisfy { $0 != nil })
        // The turn was given back every time: the store goes on.
        isBroken.withLock { $0 = false }
        try await store.write([1], to: "after")
        #expect(try await store.pins().map(\.name) == ["after"])
    }
}

import PinEngine
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

/// Any system call fails, once or for ever: a typed error, a sound board, and what was acknowledged
/// is there.
@Suite struct FaultTests {
    enum Length: Sendable, CaseIterable { case once, forEver }

    static let changing: Set<SystemError.Call> = [
        .createExclusive, .write, .synchronize, .close, .rename, .renameExclusive, .link, .unlink,
        .makeDirectory, .removeDirectory, .synchronizeDirectory,
    ]

    @Test(arguments: [EIO, ENOSPC], Length.allCases)
    func anyCallThatFailsLeavesASoundBoard(number: Int32, length: Length) async throws {
        let total = try await run(at: nil, number, length, calls: nil).disk.operations.count
        let changes = try await run(at: nil, number, length, calls: nil).disk.operations
            .count { Self.changing.contains($0.call) }
        #expect(total > 100)
        // Calls that change something matter most; of all calls a sample.
        var cases = stride(from: 1, through: changes, by: isLong ? 1 : 9).map {
            ($0, Optional(Self.changing))
        }
        cases += stride(from: 1, through: total, by: isLong ? 1 : 41).map { ($0, nil) }
        for (position, calls) in cases {
            let label = "call \(position) of \(calls == nil ? "all" : "changes"), error \(number)"
            let workload = try await run(at: position, number, length, calls: calls)
            if let error = workload.error { #expect(error.code != .corrupt, "\(label): \(error)") }
            workload.disk.clearFaults()
            try await workload.check(label)
            await expectNoTemporaries(workload, label)
        }
    }

    /// What a writer leaves in `tmp/` is gone after the next collection, once it is old.
    private func expectNoTemporaries(_ workload: Workload, _ label: String) async {
        guard workload.book.hasBoard else { return }
        let ground = workload.ground
        ground.clock.advance(seconds: 2 * 86_400)
        let code = await failure { () throws(EngineError) in
            let store = try await Store.open(
                on: workload.backend(workload.disk, label: 12),
                configuration: ground.configuration(label: 72, workerCount: 1))
            try await store.collect()
        }
        #expect(code == nil, "\(label)")
        let left = workload.disk.files.filter { $0.hasPrefix("/board/tmp/") }
        #expect(left == [], "\(label)")
    }

    /// A signal, or a call that moves half of the bytes, is no error: it goes on where it was.
    @Test(arguments: [SimulatedFault.Kind.error(EINTR), .shortTransfer])
    func interruptedAndShortCallsAreNoErrors(kind: SimulatedFault.Kind) async throws {
        // A synchronising call that was interrupted is not tried again: nobody knows what it did.
        let calls = Set(SystemError.Call.allCases).subtracting([
            .synchronize, .synchronizeDirectory,
        ])
        let total = try await run(at: nil, 0, .once, calls: nil).disk.operations
            .count { calls.contains($0.call) }
        for position in stride(from: 1, through: total, by: isLong ? 1 : 29) {
            let workload = Workload(Ground(seed: 1))
            workload.disk.inject(SimulatedFault(kind, at: position, calls: calls))
            await workload.run()
            #expect(workload.error == nil, "\(kind) at \(position)")
            try await workload.check("\(kind) at \(position)", writes: false)
        }
    }

    @Test func whatIsAcknowledgedAfterAFaultSurvivesAPowerCut() async throws {
        for call in [SystemError.Call.synchronize, .synchronizeDirectory, .write, .renameExclusive]
        {
            var position = 1
            while true {
                let workload = try await run(at: position, EIO, .once, calls: [call])
                if workload.error == nil { break }
                let label = "\(call) \(position)"
                for style in [CrashStyle.onlySynchronized, .namesWithoutData, .seeded] {
                    let disk = workload.disk.crashed(style, SeededRandom(seed: UInt64(position)))
                    try await workload.check("\(label), \(style)", on: disk, writes: false)
                }
                position += isLong ? 1 : 3
            }
            #expect(position > 5)
        }
    }

    @Test func aFullDiskIsAnErrorAndNoDamage() async throws {
        let ground = Ground(seed: 3)
        let workload = Workload(ground)
        await workload.run()
        #expect(workload.error == nil)
        let store = try await ground.open(on: workload.backend(workload.disk), label: 9)
        for room in [0, 100, 1_000, 20_000, 70_000] {
            let used = workload.disk.files.reduce(0) {
                $0 + (workload.disk.contents(of: $1)?.count ?? 0)
            }
            workload.disk.setCapacity(used + room)
            let result = await outcome { () throws(EngineError) in
                try await store.write(ground.bytes(200_000, UInt64(room)), to: "large")
            }
            #expect(result.code == .ioError)
        }
        workload.disk.setCapacity(nil)
        try await workload.check("after the disk was full")
    }

    private func run(
        at position: Int?, _ number: Int32, _ length: Length, calls: Set<SystemError.Call>?
    ) async throws -> Workload {
        let workload = Workload(Ground(seed: 1))
        if let position {
            workload.disk.inject(
                SimulatedFault(
                    .error(number), at: position, isSticky: length == .forEver, calls: calls))
        }
        await workload.run()
        return workload
    }
}

import PinEngine
import PinFormat
import PinStorage
import PinTesting
import Testing

/// Answers are lost on their way back: what was acknowledged exists exactly once, whatever was
/// tried again.
@Suite struct LostResponseTests {
    private static let faults: [BackendFault] = [
        .failBefore(.unavailable), .failAfter(.unavailable), .failBefore(.ioError),
        .failAfter(.ioError), .failBefore(.throttled), .failAfter(.throttled), .unknownBefore,
        .unknownAfter,
    ]

    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func eachAcknowledgedWriteExistsOnce(seed: UInt64) async throws {
        let ground = Ground(seed: seed)
        let backend = MemoryBackend()
        try await ground.create(on: backend).write([0], to: "first")
        let faulty = FaultyBackend(
            backend, plan: .seeded(seed, oneIn: 9, Self.faults, verbs: [.put, .get, .stat, .list]))
        var store: Store?
        var acknowledged: [String: [UInt8]] = [:]
        var failed: Set<[UInt8]> = []
        for number in 0..<30 {
            let bytes = ground.bytes(100 + number * 301, UInt64(number))
            if store == nil {
                store = try? await ground.open(on: faulty, label: UInt64(number + 3))
            }
            guard let writer = store else { continue }
            switch await outcome({ () throws(EngineError) in try await writer.write(bytes, to: "p")
            })
            {
            case .success(let result):
                #expect(acknowledged[result.version.versionName] == nil, "seed \(seed)")
                acknowledged[result.version.versionName] = bytes
            case .failure(let error):
                #expect(
                    [.ioError, .unavailable, .tryAgain].contains(error.code),
                    "seed \(seed): \(error)")
                failed.insert(bytes)
            }
            if number % 7 == 6 { store = nil }
        }
        #expect(acknowledged.count >= 1, "seed \(seed)")
        #expect(faulty.faultCount > 4)
        let sound = try await ground.open(on: backend, label: 99)
        var seen: Set<[UInt8]> = []
        for version in try await sound.versions(of: "p") {
            let bytes = try await sound.read("p", version.version)
            #expect(seen.insert(bytes).inserted, "seed \(seed): a version is there twice")
            if let known = acknowledged.removeValue(forKey: version.version) {
                #expect(known == bytes, "seed \(seed)")
            } else {
                #expect(failed.contains(bytes), "seed \(seed)")
            }
        }
        #expect(acknowledged.isEmpty, "seed \(seed): lost \(acknowledged.keys.sorted())")
    }

    @Test(arguments: faults, ["commits/", "packs/", "latest", "index/", "tables/"])
    func oneLostAnswerIsOverCome(fault: BackendFault, prefix: String) async throws {
        let ground = Ground(seed: 9)
        let backend = MemoryBackend()
        let store = try await ground.create(on: backend)
        for number in 0..<3 {
            try await store.write(ground.bytes(9_000, UInt64(number)), to: "p")
        }
        let once = Once()
        let faulty = FaultyBackend(
            backend,
            plan: FaultPlan { call in
                guard call.verb == .put, call.key?.description.hasPrefix(prefix) == true,
                    once.fires()
                else { return nil }
                return fault
            })
        let writer = try await ground.open(on: faulty, label: 4)
        let before = try await store.versions(of: "p").count
        let bytes = ground.bytes(120_000, 50)
        let result = await outcome { () throws(EngineError) in
            try await writer.write(bytes, to: "p")
        }
        let after = try await ground.open(on: backend, label: 5).versions(of: "p")
        if case .success(let written) = result {
            #expect(after.count == before + 1)
            #expect(after.last?.version == written.version.versionName)
            // Before the second write, which would store what it finds missing.
            #expect(try await ground.open(on: backend, label: 7).read("p") == bytes)
        } else {
            #expect(after.count <= before + 1)
        }
        // An advisory pointer is not worth an error; an unclear commit is cleared up.
        if prefix == "latest" { #expect(result.code == nil) }
        if prefix == "commits/",
            fault == .unknownAfter || fault == .unknownBefore
                || fault == .failAfter(.unavailable) || fault == .failBefore(.unavailable)
        {
            #expect(result.code == nil)
        }
        // Trying again is always right.
        let again = try await writer.write(bytes, to: "p")
        let versions = try await ground.open(on: backend, label: 6).versions(of: "p")
        #expect(versions.count == before + 1)
        #expect(versions.last?.version == again.version.versionName)
        #expect(try await store.read("p") == bytes)
    }

    @Test(arguments: faults) func aLostAnswerToTheConfigIsNoBoardOrOne(fault: BackendFault)
        async throws
    {
        let ground = Ground(seed: 10)
        let backend = MemoryBackend()
        let faulty = FaultyBackend(backend, plan: .nth(1, of: .put, fault))
        let result = await outcome { () throws(EngineError) in
            try await Store.create(on: faulty, configuration: ground.configuration())
        }
        #expect(
            result.code == nil || [.ioError, .unavailable, .tryAgain].contains(result.code),
            "\(String(describing: result.code))")
        if case .success(let store) = result {
            try await store.write([1], to: "p")
            #expect(try await ground.open(on: backend).read("p") == [1])
        }
    }

    @Test func readsThatFailOnceOrArriveWrongAreNeverWrong() async throws {
        let ground = Ground(seed: 11)
        let backend = MemoryBackend()
        let bytes = ground.bytes(150_000)
        let store = try await ground.create(on: backend)
        try await store.write(bytes, to: "p")
        let faults: [BackendFault] = [
            .truncatedBody, .flippedBit(12_345), .wrongRange, .failBefore(.ioError),
        ]
        for seed in 0..<20 as Range<UInt64> {
            let faulty = FaultyBackend(
                backend, plan: .seeded(seed, oneIn: 6, faults, verbs: [.get]))
            let result = await outcome { () throws(EngineError) in
                let store = try await Store.open(
                    on: faulty, configuration: ground.configuration(label: 3))
                return try await store.read("p")
            }
            switch result {
            case .success(let found): #expect(found == bytes, "seed \(seed)")
            case .failure(let error):
                #expect(
                    [.corrupt, .ioError, .needsNewer].contains(error.code), "seed \(seed): \(error)"
                )
            }
        }
    }

    @Test func aDeleteThatComesLateHitsNobody() async throws {
        let ground = Ground(seed: 12)
        let backend = MemoryBackend()
        let store = try await ground.create(on: backend)
        let bytes = ground.bytes(100_000)
        try await store.write(bytes, to: "p")
        _ = try await store.delete("p", nil)
        let faulty = FaultyBackend(
            backend, plan: FaultPlan { $0.verb == .delete ? .delayedDelete : nil })
        let collector = try await ground.open(on: faulty, label: 3)
        let code = await failure { () throws(EngineError) in
            try await collector.collect(exclusive: true)
        }
        #expect(code == .unavailable)
        try await store.write(bytes, to: "p")
        try await faulty.releaseDelayedDeletes()
        #expect(try await ground.open(on: backend).read("p") == bytes)
        try await store.collect()
        #expect(try await ground.open(on: backend).read("p") == bytes)
    }
}

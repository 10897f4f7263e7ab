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

/// The power fails after each system call of a put, and the medium keeps what it likes of what was
/// not brought to it: the object is whole or absent, and present if the put had returned.
@Suite struct CrashTests {
    static let old: [UInt8] = [1, 2, 3, 4]
    static let new = SeededRandom(seed: 11).bytes(count: 3_000)
    static let key: ObjectKey = "packs/ab/one"

    @Test(arguments: [PutMode.ifAbsent, .overwrite], [true, false])
    func aPowerCutAnywhereLeavesTheObjectWholeOrAbsent(
        mode: PutMode, hasExclusiveRename: Bool
    ) async throws {
        var position = 1
        var returned: PutOutcome?
        while returned == nil {
            let disk = SimulatedFileSystem(
                folders: ["/board"], hasExclusiveRename: hasExclusiveRename)
            let backend = FolderBackend("/board", fileSystem: disk, random: SeededRandom(seed: 2))
            if mode == .overwrite { _ = try await backend.put(Self.key, Self.old, mode: .ifAbsent) }
            // No call works from here on: the machine is off.
            disk.inject(SimulatedFault(.error(EIO), at: position, isSticky: true))
            returned = try? await backend.put(Self.key, Self.new, mode: mode)
            try await check(disk, mode, returned: returned, position)
            position += 1
        }
        #expect(returned == .created)
        #expect(position > 6)
    }

    private func check(
        _ disk: SimulatedFileSystem, _ mode: PutMode, returned: PutOutcome?, _ position: Int
    ) async throws {
        let styles =
            CrashStyle.allCases.filter { $0 != .seeded } + Array(repeating: .seeded, count: 40)
        for (index, style) in styles.enumerated() {
            let seed = UInt64(position * 1_000 + index)
            let label = "call \(position), \(style), seed \(seed)"
            let after = disk.crashed(style, SeededRandom(seed: seed))
            let backend = FolderBackend("/board", fileSystem: after, random: SeededRandom(seed: 3))
            let found = try await backend.contents(of: Self.key)
            let before = mode == .overwrite ? Self.old : nil
            if returned != nil {
                #expect(found == Self.new, "\(label)")
            } else {
                #expect(found == before || found == Self.new, "\(label)")
            }
            // The board works on, and the leftovers can be removed.
            #expect(try await backend.put("packs/ab/two", [5], mode: .ifAbsent) == .created)
            let later = ManualClock()
            later.advance(seconds: 100)
            _ = try await backend.removeStaleTemporaries(olderThan: 10, now: later)
            #expect(after.files.allSatisfy { !$0.hasPrefix("/board/tmp/") }, "\(label)")
        }
    }

    @Test func aPowerCutAnywhereInAWriterLeavesTheObjectWholeOrAbsent() async throws {
        var position = 1
        var returned: PutOutcome?
        while returned == nil {
            let disk = SimulatedFileSystem(folders: ["/board"])
            let backend = FolderBackend("/board", fileSystem: disk, random: SeededRandom(seed: 2))
            disk.inject(SimulatedFault(.error(EIO), at: position, isSticky: true))
            if let writer = try? await backend.writer(
                Self.key, byteCount: Self.new.count, mode: .ifAbsent),
                (try? await writer.append(Array(Self.new[..<1_000]))) != nil,
                (try? await writer.append(Array(Self.new[1_000...]))) != nil
            {
                returned = try? await writer.publish()
            }
            try await check(disk, .ifAbsent, returned: returned, position)
            position += 1
        }
        #expect(returned == .created)
        #expect(position > 6)
    }

    @Test func aWriterTakesAsManyBytesAsItWasPromised() async throws {
        let disk = SimulatedFileSystem(folders: ["/board"])
        let backend = FolderBackend("/board", fileSystem: disk, random: SeededRandom(seed: 2))
        for count in [2, 4] {
            let result = await outcome { () async throws(BackendError) in
                let writer = try await backend.writer(Self.key, byteCount: 3, mode: .ifAbsent)
                try await writer.append([UInt8](repeating: 1, count: count))
                return try await writer.publish()
            }
            #expect((try? result.get()) == nil, "\(count) bytes")
            let found = try await backend.contents(of: Self.key)
            #expect(found == nil, "\(count) bytes")
        }
    }

    @Test func aBoardThatWasMadeIsThere() async throws {
        let disk = SimulatedFileSystem()
        let backend = FolderBackend("/a/b", fileSystem: disk, random: SeededRandom(seed: 2))
        try await backend.createFolder()
        _ = try await backend.put(Self.key, Self.new, mode: .ifAbsent)
        for style in CrashStyle.allCases {
            let after = disk.crashed(style, SeededRandom(seed: 1))
            #expect(after.contents(of: "/a/b/packs/ab/one") == Self.new, "\(style)")
        }
    }

    @Test func whatOneWriterSawSurvivesThePowerCut() async throws {
        // A writer is stopped before its folders are on the medium; another is told that the object
        // exists. From then on it must exist.
        for hasExclusiveRename in [true, false] {
            let disk = SimulatedFileSystem(
                folders: ["/board"], hasExclusiveRename: hasExclusiveRename)
            try disk.makeDirectory("/board/packs")
            try disk.makeDirectory("/board/packs/ab")
            let file = try OwnedFile.createExclusive("/board/packs/ab/one", of: disk)
            try file.write(Self.new, at: 0)
            try file.synchronize()
            try file.close()
            let before = disk.crashed(.onlySynchronized, SeededRandom(seed: 0))
            #expect(before.contents(of: "/board/packs/ab/one") == nil)

            let second = FolderBackend("/board", fileSystem: disk, random: SeededRandom(seed: 3))
            #expect(try await second.put(Self.key, Self.old, mode: .ifAbsent) == .exists)
            for style in CrashStyle.allCases {
                let after = disk.crashed(style, SeededRandom(seed: 0))
                #expect(after.contents(of: "/board/packs/ab/one") == Self.new, "\(style)")
            }
        }
    }

    @Test func aDeleteThatReturnedStays() async throws {
        let disk = SimulatedFileSystem(folders: ["/board"])
        let backend = FolderBackend("/board", fileSystem: disk, random: SeededRandom(seed: 2))
        _ = try await backend.put(Self.key, Self.new, mode: .ifAbsent)
        try await backend.delete(Self.key)
        for style in CrashStyle.allCases {
            let after = disk.crashed(style, SeededRandom(seed: 1))
            #expect(after.contents(of: "/board/packs/ab/one") == nil, "\(style)")
        }
    }

    @Test func aRemovalThatReturnedStays() async throws {
        let disk = SimulatedFileSystem(folders: ["/board"])
        let backend = FolderBackend("/board", fileSystem: disk, random: SeededRandom(seed: 2))
        _ = try await backend.put("commits/one", Self.new, mode: .ifAbsent)
        try await backend.remove("one", in: "commits")
        for style in CrashStyle.allCases {
            let after = disk.crashed(style, SeededRandom(seed: 1))
            #expect(after.contents(of: "/board/commits/one") == nil, "\(style)")
        }
    }

    @Test func aPutWithoutASynchronisationLosesOnlyItself() async throws {
        let disk = SimulatedFileSystem(folders: ["/board"])
        let backend = FolderBackend("/board", fileSystem: disk, random: SeededRandom(seed: 2))
        _ = try await backend.put("kept", Self.new, mode: .ifAbsent)
        _ = try await backend.put("latest", Self.new, mode: .overwrite, durable: false)
        let calls = disk.operations.suffix(4).map(\.call)
        #expect(calls == [.createExclusive, .write, .close, .rename])
        for seed in 0..<100 {
            let after = disk.crashed(.seeded, SeededRandom(seed: UInt64(seed)))
            #expect(after.contents(of: "/board/kept") == Self.new, "seed \(seed)")
        }
    }

    /// The simulation must be able to lose what a careless writer does not synchronise, or the laws
    /// above prove nothing.
    @Test func theSimulationTearsWhatWasNotSynchronised() throws {
        let disk = SimulatedFileSystem(folders: ["/board"])
        let file = try OwnedFile.createExclusive("/board/tmp", of: disk)
        try file.write(Self.new, at: 0)
        try file.close()
        try disk.rename("/board/tmp", to: "/board/one")
        try disk.synchronizeDirectory("/board")
        var found: Set<[UInt8]?> = []
        for seed in 0..<200 {
            let after = disk.crashed(.seeded, SeededRandom(seed: UInt64(seed)))
            found.insert(after.contents(of: "/board/one"))
        }
        #expect(found.contains(Self.new))
        #expect(found.contains([]))
        #expect(found.contains([UInt8](repeating: 0, count: 3_000)))
        #expect(found.contains { ($0?.count ?? 0) % 512 == 0 && ($0?.count ?? 0) > 0 })
        #expect(found.contains { ($0?.count ?? 0) % 512 != 0 && ($0?.count ?? 0) < 3_000 })
        #expect(!found.contains(nil))

        let ahead = disk.crashed(.namesWithoutData, SeededRandom(seed: 0))
        #expect(ahead.contents(of: "/board/one") == [])
    }

    @Test func bytesOfAFailedSynchronisationAreGone() throws {
        let disk = SimulatedFileSystem(folders: ["/board"])
        let file = try OwnedFile.createExclusive("/board/one", of: disk)
        try file.write(Self.new, at: 0)
        disk.inject(SimulatedFault(.error(EIO), calls: [.synchronize]))
        #expect(throws: SystemError(.synchronize, EIO)) { try file.synchronize() }
        // The second try says that all is well.
        try file.synchronize()
        try disk.synchronizeDirectory("/board")
        #expect(disk.contents(of: "/board/one") == Self.new)
        let after = disk.crashed(.onlySynchronized, SeededRandom(seed: 0))
        #expect(after.contents(of: "/board/one") == [])
    }
}

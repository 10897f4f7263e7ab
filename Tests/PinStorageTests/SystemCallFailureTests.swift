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

/// Every system call of a put fails once, or for good, at each place it can: the object is whole
/// or absent, the error is typed, nothing is left open, and no temporary file remains where the
/// process could still remove it.
@Suite struct SystemCallFailureTests {
    static let old: [UInt8] = [1, 2, 3, 4]
    static let new = SeededRandom(seed: 7).bytes(count: 3_000)
    static let key: ObjectKey = "packs/ab/one"

    /// A put to a board, new or with an object to replace.
    struct Scene: Sendable, CustomTestStringConvertible {
        var kind: SimulatedFault.Kind
        var isSticky = false
        var mode = PutMode.ifAbsent
        var hasOld = false
        var hasExclusiveRename = true
        var calls: Set<SystemError.Call>?

        var testDescription: String {
            "\(kind) sticky \(isSticky) \(mode) old \(hasOld) rename \(hasExclusiveRename)"
        }

        static var all: [Scene] {
            var scenes: [Scene] = []
            let kinds: [SimulatedFault.Kind] = [
                .error(EIO), .error(ENOSPC), .error(EINTR), .error(EACCES), .error(ENOENT),
                .errorAfterEffect(EIO), .errorAfterEffect(EINTR), .shortTransfer,
            ]
            for kind in kinds {
                for isSticky in [false, true] {
                    // Interrupted for ever is waiting for ever, as it should be.
                    if isSticky, kind == .error(EINTR) || kind == .errorAfterEffect(EINTR) {
                        continue
                    }
                    for (mode, hasOld) in [
                        (PutMode.ifAbsent, false), (.overwrite, true), (.ifAbsent, true),
                    ] {
                        for hasExclusiveRename in [true, false] {
                            scenes.append(
                                Scene(
                                    kind: kind, isSticky: isSticky, mode: mode, hasOld: hasOld,
                                    hasExclusiveRename: hasExclusiveRename))
                        }
                    }
                }
            }
            return scenes
        }
    }

    @Test(arguments: Scene.all)
    func aPutThatFailsAnywhereLeavesTheObjectWholeOrAbsent(scene: Scene) async throws {
        var position = 1
        while true {
            let struck = try await strike(scene, at: position)
            if !struck { break }
            position += 1
            try #require(position < 100, "a put makes a bounded number of calls")
        }
        #expect(position > 5, "the fault must have struck some calls")
    }

    /// Runs a put with the fault at one place; gives whether it struck.
    private func strike(_ scene: Scene, at position: Int) async throws -> Bool {
        let disk = SimulatedFileSystem(
            folders: ["/board"], hasExclusiveRename: scene.hasExclusiveRename)
        let backend = FolderBackend("/board", fileSystem: disk, random: SeededRandom(seed: 2))
        if scene.hasOld { _ = try await backend.put(Self.key, Self.old, mode: .ifAbsent) }
        let done = disk.operations.count
        disk.inject(
            SimulatedFault(
                scene.kind, at: position, isSticky: scene.isSticky, calls: scene.calls))

        let result = await outcome { () async throws(BackendError) in
            try await backend.put(Self.key, Self.new, mode: scene.mode)
        }
        if case .failure(let error) = result {
            #expect(error.cause != nil, "\(position): \(error)")
            #expect(error.message.contains("/board"), "\(position): \(error)")
        }
        let calls = disk.operations.count - done
        let removals = disk.operations[done...].filter { $0.call == .unlink }
        disk.clearFaults()

        #expect(disk.openCount == 0, "\(position)")
        try await checkContent(scene, try? result.get(), disk, "\(position)")
        // Interrupted after it made the file, it meets its own file and takes another name.
        let struck = disk.operations[done...].dropFirst(position - 1).first?.call
        if scene.kind == .errorAfterEffect(EINTR), struck == .createExclusive { return true }
        let isClean = disk.files.allSatisfy { !$0.hasPrefix("/board/tmp/") }
        let couldRemove = removals.allSatisfy { $0.errorNumber == nil }
        #expect(isClean || !couldRemove, "\(position): \(disk.files)")
        return calls >= position
    }

    private func checkContent(
        _ scene: Scene, _ outcome: PutOutcome?, _ disk: SimulatedFileSystem, _ label: String
    ) async throws {
        let fresh = FolderBackend("/board", fileSystem: disk, random: SeededRandom(seed: 3))
        let found = try await fresh.contents(of: Self.key)
        let before = scene.hasOld ? Self.old : nil
        switch outcome {
        case .created: #expect(found == Self.new, "\(label)")
        case .exists: #expect(scene.hasOld && found == Self.old, "\(label)")
        case .unknown, nil: #expect(found == before || found == Self.new, "\(label)")
        }
        if scene.mode == .ifAbsent, scene.hasOld { #expect(found == Self.old, "\(label)") }
        // What failed once does not stand in the way of the next.
        _ = try await fresh.put(Self.key, Self.new, mode: .overwrite)
        #expect(try await fresh.get(Self.key, limit: 10_000) == Self.new)
    }

    @Test(arguments: [SystemError.Call.synchronize, .synchronizeDirectory])
    func aFailedSynchronisationIsNeverTriedAgain(call: SystemError.Call) async throws {
        let disk = SimulatedFileSystem(folders: ["/board"])
        let backend = FolderBackend("/board", fileSystem: disk, random: SeededRandom(seed: 4))
        for number in [EIO, EINTR, ENOSPC] {
            let done = disk.operations.count
            disk.inject(SimulatedFault(.error(number), calls: [call]))
            await #expect(throws: BackendError.self) {
                _ = try await backend.put("a/b", Self.new, mode: .overwrite)
            }
            let calls = disk.operations.dropFirst(done).filter { $0.call == call }
            #expect(calls.count == 1)
            #expect(disk.files.allSatisfy { !$0.hasPrefix("/board/tmp/") })
        }
    }

    @Test func aFullDiskIsNamedAndGetsItsRoomBack() async throws {
        let disk = SimulatedFileSystem(folders: ["/board"], capacity: 5_000)
        let backend = FolderBackend("/board", fileSystem: disk, random: SeededRandom(seed: 5))
        _ = try await backend.put("a", Self.new, mode: .ifAbsent)
        for _ in 0..<3 {
            await #expect(throws: BackendError(.noSpace, "")) {
                _ = try await backend.put("b", Self.new, mode: .ifAbsent)
            }
        }
        #expect(disk.files == ["/board/a"])
        #expect(try await backend.put("b", [1], mode: .ifAbsent) == .created)
    }

    @Test(arguments: [
        (SystemError.Call.createExclusive, EROFS, BackendError.Code.readOnly),
        (.createExclusive, EACCES, .readOnly), (.makeDirectory, EACCES, .readOnly),
        (.makeDirectory, EROFS, .readOnly), (.write, EDQUOT, .noSpace), (.write, EFBIG, .tooLarge),
        (.close, EDQUOT, .noSpace), (.renameExclusive, EACCES, .readOnly),
        (.createExclusive, EMFILE, .unavailable), (.write, ESTALE, .unavailable),
        (.synchronize, EIO, .ioError),
    ])
    func aFailedPutSaysWhy(call: SystemError.Call, number: Int32, code: BackendError.Code) async {
        let disk = SimulatedFileSystem(folders: ["/board"])
        let backend = FolderBackend("/board", fileSystem: disk, random: SeededRandom(seed: 6))
        disk.inject(SimulatedFault(.error(number), isSticky: true, calls: [call]))
        await #expect(throws: BackendError(code, "")) {
            _ = try await backend.put("a/b", [1], mode: .ifAbsent)
        }
        #expect(disk.files == [])
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6])
    func aReadThatFailsAnywhereThrows(position: Int) async throws {
        let disk = SimulatedFileSystem(folders: ["/board"])
        let writer = FolderBackend("/board", fileSystem: disk, random: SeededRandom(seed: 8))
        _ = try await writer.put("a/b", Self.new, mode: .ifAbsent)
        let backend = FolderBackend("/board", fileSystem: disk, random: SeededRandom(seed: 9))
        let kinds: [SimulatedFault.Kind] = [.error(EIO), .error(EINTR), .shortTransfer]
        for kind in kinds {
            disk.inject(SimulatedFault(kind, at: position))
            let result = await outcome { () async throws(BackendError) in
                try await backend.get("a/b", limit: 10_000)
            }
            switch result {
            case .success(let bytes): #expect(bytes == Self.new)
            case .failure(let error):
                #expect(kind == .error(EIO) && error.code == .ioError, "\(kind): \(error)")
            }
            disk.clearFaults()
            #expect(disk.openCount == 0)
        }
    }
}

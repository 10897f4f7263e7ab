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

/// A board in a real folder: what stands in its way, and what it leaves behind.
@Suite struct FolderBackendTests {
    let fileSystem = PosixFileSystem()

    /// Makes a file with these bytes.
    private func write(_ bytes: [UInt8], to path: String) throws {
        let file = try OwnedFile.createExclusive(path, of: fileSystem)
        try file.write(bytes, at: 0)
        try file.close()
    }

    @Test func aPathIsTheKey() async throws {
        try await withTemporaryFolder { path in
            let backend = FolderBackend(path + "///")
            #expect(backend.path == path)
            #expect(try await backend.put("packs/ab/one", [1, 2, 3], mode: .ifAbsent) == .created)
            let status = try fileSystem.status(path + "/packs/ab/one", followingLinks: false)
            #expect(status.kind == .file)
            #expect(status.byteCount == 3)
            #expect(try await backend.stat("packs/ab/one")?.byteCount == 3)
            let leftovers = try fileSystem.listDirectory(path + "/tmp")
            #expect(leftovers.isEmpty)
        }
    }

    @Test func permissionsAreThoseOfTheUmask() async throws {
        try await withTemporaryFolder { path in
            // The mask belongs to the process and other tests run: it is read from a file instead.
            try write([], to: path + "/model")
            try fileSystem.makeDirectory(path + "/folder")
            _ = try await FolderBackend(path).put("packs/one", [1], mode: .ifAbsent)
            func mode(_ name: String) -> mode_t {
                var status = stat()
                #expect(lstat("\(path)/\(name)", &status) == 0)
                return status.st_mode
            }
            #expect(mode("packs/one") == mode("model"))
            #expect(mode("packs") == mode("folder"))
            #expect(mode("tmp") == mode("folder"))
        }
    }

    @Test func aMissingBoardIsNotAnEmptyOne() async throws {
        try await withTemporaryFolder { path in
            let backend = FolderBackend(path + "/missing")
            let unavailable = BackendError(.unavailable, "")
            await #expect(throws: unavailable) { _ = try await backend.get("a", limit: 1) }
            await #expect(throws: unavailable) { _ = try await backend.get("a/b", limit: 1) }
            await #expect(throws: unavailable) { _ = try await backend.stat("a") }
            await #expect(throws: unavailable) { _ = try await backend.openLocal("a") }
            await #expect(throws: unavailable) { _ = try await backend.delete("a/b") }
            await #expect(throws: unavailable) {
                _ = try await backend.list(prefix: "", after: nil)
            }
            await #expect(throws: unavailable) {
                _ = try await backend.list(prefix: "a/", after: nil)
            }
            for mode in [PutMode.ifAbsent, .overwrite] {
                await #expect(throws: unavailable) {
                    _ = try await backend.put("a", [1], mode: mode)
                }
            }
            let names = try fileSystem.listDirectory(path)
            #expect(names.isEmpty)

            let deep = FolderBackend(path + "/missing/and/deep")
            try await deep.createFolder()
            try await deep.createFolder()
            let objects = try await deep.list(prefix: "", after: nil).objects
            #expect(objects.isEmpty)
            #expect(try await deep.put("a", [1], mode: .ifAbsent) == .created)
        }
    }

    @Test func aFileIsNoBoard() async throws {
        try await withTemporaryFolder { path in
            try write([1], to: path + "/file")
            let backend = FolderBackend(path + "/file")
            let wrong = BackendError(.notADirectory, "")
            await #expect(throws: wrong) { _ = try await backend.get("a", limit: 1) }
            await #expect(throws: wrong) { _ = try await backend.stat("a/b") }
            await #expect(throws: wrong) { _ = try await backend.list(prefix: "", after: nil) }
            await #expect(throws: wrong) { _ = try await backend.put("a", [1], mode: .ifAbsent) }
            await #expect(throws: wrong) { _ = try await backend.put("a/b", [1], mode: .overwrite) }
            await #expect(throws: wrong) { try await backend.createFolder() }
        }
    }

    @Test func aFileWhereAFolderMustBeIsNamed() async throws {
        try await withTemporaryFolder { path in
            let backend = FolderBackend(path)
            _ = try await backend.put("a", [1], mode: .ifAbsent)
            let wrong = BackendError(.notADirectory, "")
            await #expect(throws: wrong) { _ = try await backend.put("a/b", [1], mode: .ifAbsent) }
            await #expect(throws: wrong) { _ = try await backend.get("a/b", limit: 1) }
            await #expect(throws: wrong) { _ = try await backend.stat("a/b") }
            await #expect(throws: wrong) { _ = try await backend.delete("a/b/c") }
            #expect(try await backend.get("a", limit: 1) == [1])
        }
    }

    @Test func aFolderWhereAnObjectMustBeIsNamed() async throws {
        try await withTemporaryFolder { path in
            let backend = FolderBackend(path)
            _ = try await backend.put("a/b", [1], mode: .ifAbsent)
            let wrong = BackendError(.notADirectory, "")
            await #expect(throws: wrong) { _ = try await backend.get("a", limit: 1) }
            await #expect(throws: wrong) { _ = try await backend.stat("a") }
            await #expect(throws: wrong) { _ = try await backend.openLocal("a") }
            await #expect(throws: wrong) { _ = try await backend.put("a", [1], mode: .ifAbsent) }
            await #expect(throws: wrong) { _ = try await backend.put("a", [1], mode: .overwrite) }
            let leftovers = try fileSystem.listDirectory(path + "/tmp")
            #expect(leftovers.isEmpty)
            #expect(try await backend.get("a/b", limit: 1) == [1])
        }
    }

    @Test func linksInsideTheBoardAreNotFollowed() async throws {
        try await withTemporaryFolder { path in
            try fileSystem.makeDirectory(path + "/board")
            try fileSystem.makeDirectory(path + "/outside")
            try write([9], to: path + "/outside/secret")
            #expect(symlink(path + "/outside/secret", path + "/board/object") == 0)
            #expect(symlink(path + "/outside", path + "/board/packs") == 0)
            let backend = FolderBackend(path + "/board")
            let wrong = BackendError(.notADirectory, "")
            await #expect(throws: wrong) { _ = try await backend.get("object", limit: 1) }
            await #expect(throws: wrong) { _ = try await backend.stat("object") }
            await #expect(throws: wrong) {
                _ = try await backend.put("object", [1], mode: .ifAbsent)
            }
            await #expect(throws: wrong) { _ = try await backend.get("packs/secret", limit: 1) }
            await #expect(throws: wrong) { _ = try await backend.delete("packs/secret") }
            await #expect(throws: wrong) {
                _ = try await backend.list(prefix: "packs/", after: nil)
            }
            for mode in [PutMode.ifAbsent, .overwrite] {
                await #expect(throws: wrong) {
                    _ = try await backend.put("packs/new", [1], mode: mode)
                }
            }
            let objects = try await backend.list(prefix: "", after: nil).objects
            #expect(objects.isEmpty)
            // An overwrite replaces the link and not what it leads to.
            #expect(try await backend.put("object", [1], mode: .overwrite) == .created)
            #expect(try await backend.get("object", limit: 1) == [1])
            let names = try fileSystem.listDirectory(path + "/outside").map(\.name)
            #expect(names == ["secret"])
            #expect(try await FolderBackend(path + "/outside").get("secret", limit: 1) == [9])
        }
    }

    @Test func theBoardItselfMayBeALink() async throws {
        try await withTemporaryFolder { path in
            try fileSystem.makeDirectory(path + "/board")
            #expect(symlink(path + "/board", path + "/link") == 0)
            let backend = FolderBackend(path + "/link")
            try await backend.createFolder()
            _ = try await backend.put("a/b", [1], mode: .ifAbsent)
            _ = try await backend.put("c", [1], mode: .ifAbsent)
            let keys = try await backend.list(prefix: "", after: nil).objects.map(\.key)
            #expect(keys == ["a/b", "c"])
            #expect(try await FolderBackend(path + "/board").get("a/b", limit: 1) == [1])
        }
    }

    @Test func aPipeIsNoObjectAndDoesNotHang() async throws {
        try await withTemporaryFolder { path in
            #expect(mkfifo(path + "/pipe", 0o600) == 0)
            let backend = FolderBackend(path)
            let wrong = BackendError(.notADirectory, "")
            await #expect(throws: wrong) { _ = try await backend.get("pipe", limit: 1) }
            let objects = try await backend.list(prefix: "", after: nil).objects
            #expect(objects.isEmpty)
        }
    }

    @Test func foreignFilesAreNotListed() async throws {
        try await withTemporaryFolder { path in
            let backend = FolderBackend(path)
            _ = try await backend.put("packs/one", [1], mode: .ifAbsent)
            for name in [".DS_Store", "README", "a b", "tmp/left", "packs/.nfs0001", "packs/ü"] {
                try write([1], to: "\(path)/\(name)")
            }
            try fileSystem.makeDirectory(path + "/lost+found")
            try fileSystem.makeDirectory(path + "/.git")
            try write([1], to: path + "/.git/config")
            let keys = try await backend.list(prefix: "", after: nil).objects.map(\.key)
            #expect(keys == ["packs/one"])
            for prefix in ["tmp/", "../", "packs/../", "/", "packs//", ".git/", "./packs/"] {
                let page = try await backend.list(prefix: prefix, after: nil)
                #expect(page.objects.isEmpty, "\(prefix)")
            }
        }
    }

    @Test func aFolderThatWasTakenAwayIsMadeAgain() async throws {
        try await withTemporaryFolder { path in
            let backend = FolderBackend(path)
            _ = try await backend.put("packs/one", [1], mode: .ifAbsent)
            try fileSystem.removeTree(path + "/packs")
            try fileSystem.removeTree(path + "/tmp")
            await #expect(throws: BackendError(.unavailable, "")) {
                _ = try await backend.put("packs/two", [1], mode: .ifAbsent)
            }
            #expect(try await backend.put("packs/two", [1], mode: .ifAbsent) == .created)
            #expect(try await backend.contents(of: "packs/one") == nil)
        }
    }

    @Test func onlyOldTemporariesAreRemoved() async throws {
        let clock = ManualClock()
        let disk = SimulatedFileSystem(folders: ["/board", "/board/tmp"], clock: clock)
        let backend = FolderBackend("/board", fileSystem: disk, random: SeededRandom(seed: 1))
        for name in ["first", "second", "third"] {
            _ = try disk.createExclusive("/board/tmp/" + name)
            clock.advance(seconds: 10)
        }
        // They are 30, 20 and 10 seconds old.
        #expect(try await backend.removeStaleTemporaries(olderThan: 30, now: clock) == 0)
        #expect(try await backend.removeStaleTemporaries(olderThan: 19, now: clock) == 2)
        #expect(disk.files == ["/board/tmp/third"])
        // A clock that went back removes nothing; one at the end of its numbers does not trap.
        clock.advance(seconds: -1_000)
        #expect(try await backend.removeStaleTemporaries(olderThan: 0, now: clock) == 0)
        let last = ManualClock(millisecondsSince1970: .max)
        #expect(try await backend.removeStaleTemporaries(olderThan: 0, now: last) == 1)
        #expect(try await backend.removeStaleTemporaries(olderThan: 0, now: last) == 0)
    }

    @Test func aFileThatIsCutShortWhileOpenIsAnError() async throws {
        try await withTemporaryFolder { path in
            let backend = FolderBackend(path)
            _ = try await backend.put("one", [1, 2, 3, 4], mode: .ifAbsent)
            let object = try #require(try await backend.openLocal("one"))
            #expect(truncate(path + "/one", 2) == 0)
            #expect(throws: BackendError(.ioError, "")) { _ = try object.bytes(in: 0..<4) }
            let rest = try object.bytes(in: 0..<2)
            #expect(rest == [1, 2])
        }
    }

    @Test func theCallsOfAPutAreThoseOfTheProtocol() async throws {
        let disk = SimulatedFileSystem(folders: ["/board"])
        let backend = FolderBackend("/board", fileSystem: disk, random: SeededRandom(seed: 1))
        _ = try await backend.put("a/one", [1], mode: .ifAbsent)
        let first = disk.operations.map(\.call)
        // The new folder and its entry, the temporary folder, then the object.
        let object: [SystemError.Call] = [
            .createExclusive, .write, .synchronize, .close, .renameExclusive, .synchronizeDirectory,
        ]
        #expect(first == [.makeDirectory, .synchronizeDirectory, .makeDirectory] + object)
        _ = try await backend.put("a/two", [1], mode: .ifAbsent)
        #expect(disk.operations.map(\.call).dropFirst(first.count) == object[...])
    }
}

/// Goal: a folder that cannot give a name only if it is free serves one writer, who looks first.
@Suite struct SingleWriterTests {
    @Test func aSingleWriterLooksBeforeItWrites() async throws {
        let disk = SimulatedFileSystem(folders: ["/board"], hasExclusiveRename: false)
        disk.inject(SimulatedFault(.error(EPERM), isSticky: true, calls: [.link]))
        let backend = FolderBackend("/board", fileSystem: disk, hasAtomicCreate: false)
        #expect(!backend.capabilities.atomicCreate)
        #expect(try await backend.put("a", [1], mode: .ifAbsent) == .created)
        #expect(try await backend.put("a", [2], mode: .ifAbsent) == .exists)
        #expect(try await backend.get("a", limit: 9) == [1])
        let writer = try await backend.writer("a", byteCount: 1, mode: .ifAbsent)
        try await writer.append([3])
        #expect(try await writer.publish() == .exists)
        #expect(try await backend.get("a", limit: 9) == [1])
        #expect(disk.files == ["/board/a"])
    }

    @Test func aFolderThatGivesNoNamesExclusivelySaysSo() async throws {
        for number in [EPERM, ENOTSUP, ENOSYS] {
            let disk = SimulatedFileSystem(folders: ["/board"], hasExclusiveRename: false)
            disk.inject(SimulatedFault(.error(number), isSticky: true, calls: [.link]))
            let backend = FolderBackend("/board", fileSystem: disk)
            #expect(try await !backend.probeExclusiveCreation())
            let error = await #expect(throws: BackendError.self) {
                _ = try await backend.put("a", [1], mode: .ifAbsent)
            }
            #expect(error?.message.contains("--single-writer") == true)
            #expect(disk.files.isEmpty)
        }
        let able = SimulatedFileSystem(folders: ["/board"])
        let backend = FolderBackend("/board", fileSystem: able)
        #expect(try await backend.probeExclusiveCreation())
        #expect(able.files.isEmpty)
    }

    /// A drive that replaces what has a name, against its word.
    @Test func aFolderWhereSeveralWinSaysSo() async throws {
        for hasLinks in [true, false] {
            let server = SimulatedFileSystem(folders: ["/board"])
            var traits = NetworkDrive.Traits()
            (traits.hasLinks, traits.hasExclusiveRename) = (hasLinks, !hasLinks)
            traits.forgetsExclusion = true
            let drive = NetworkDrive(server, traits, seed: 1)
            let backend = FolderBackend("/board", fileSystem: drive)
            #expect(try await !backend.probeExclusiveCreation())
            #expect(server.files.isEmpty)
        }
    }

    @Test func otherFilesAreSeenReadAndRemovedByTheirNames() async throws {
        let disk = SimulatedFileSystem(folders: ["/board", "/board/commits"])
        let backend = FolderBackend("/board", fileSystem: disk)
        let name = "0001 (conflicted copy 2026-11-26)"
        try disk.close(try disk.createExclusive("/board/commits/\(name)"))
        disk.setContents(of: "/board/commits/\(name)", to: [4, 5])
        #expect(try await backend.names(in: "commits") == [name])
        #expect(try await backend.names(in: "packs") == [])
        #expect(try await backend.read(name, in: "commits", limit: 2) == [4, 5])
        await #expect(throws: BackendError.self) {
            _ = try await backend.read(name, in: "commits", limit: 1)
        }
        for wrong in ["", ".", "..", "a/b", "../config"] {
            await #expect(throws: BackendError.self) {
                try await backend.remove(wrong, in: "commits")
            }
        }
        try await backend.remove(name, in: "commits")
        try await backend.remove(name, in: "commits")
        #expect(disk.files.isEmpty)
    }
}

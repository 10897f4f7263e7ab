import Foundation
import PinEngine
import PinFormat
import PinStorage
import PinTesting
import Testing

@testable import Pins

/// Goal: on a folder a version appears whole and goes whole, and staging disturbs nobody. Method:
/// what stands in the folder at every step, on real and simulated disks.
@Suite struct PlainFolderTests {
    private static let content: KeyValuePairs = ["a": "one", "b/c": "two"]

    /// Every system call of a write and a delete is watched: whatever a reader finds below the
    /// board, each version is whole.
    @Test func aReaderNeverSeesAPartOfAVersion() async throws {
        let disk = SimulatedFileSystem(folders: ["/home", "/home/board"])
        let watcher = WatchedFileSystem(disk) { call in
            // Python takes every folder of the board for a pin, every folder in it for a version.
            for pin in (try? disk.listDirectory("/home/board")) ?? [] {
                let versions = (try? disk.listDirectory("/home/board/\(pin.name)")) ?? []
                #expect(!versions.isEmpty, "\(call)")
                for version in versions {
                    let path = "/home/board/\(pin.name)/\(version.name)"
                    #expect(disk.contents(of: "\(path)/data.txt")?.last == 0x0A, "\(call)")
                    #expect(disk.contents(of: "\(path)/a") == Array("one".utf8), "\(call)")
                    #expect(disk.contents(of: "\(path)/b/c") == Array("two".utf8), "\(call)")
                }
            }
        }
        let folder = PlainFolder(
            "/home/board", fileSystem: watcher, random: SeededRandom(seed: 1))
        let board = PlainBoard(folder)
        for pin in ["p", "q"] {
            for title in ["1", "2"] {
                _ = try await board.write(
                    PlainGround.request(pin, Self.content, title: title), progress: nil)
            }
        }
        _ = try await board.edit("p") { $0.tags = ["x"] }
        _ = try await board.setLabel("prod", of: "p", to: .latest)
        _ = try await board.delete("p", .latest)
        _ = try await board.delete("q", nil)
        _ = try await board.delete("p", .latest)
        _ = try await board.delete("p", .latest)
        #expect(disk.files.isEmpty, "\(disk.files)")
        #expect(try disk.listDirectory("/home").map(\.name) == ["board"])
        #expect(disk.openCount == 0)
    }

    @Test func stagingThatCannotBeBesideTheBoardIsInsideAVersion() async throws {
        // Making a folder in /home fails, as it does without the permission.
        let disk = SimulatedFileSystem(folders: ["/home", "/home/board"])
        let watcher = WatchedFileSystem(disk, refusing: "/home/.pins-staging") { call in
            for pin in (try? disk.listDirectory("/home/board")) ?? []
            where pin.name != ".pins-staging" {
                for version in (try? disk.listDirectory("/home/board/\(pin.name)")) ?? [] {
                    let path = "/home/board/\(pin.name)/\(version.name)"
                    #expect(disk.contents(of: "\(path)/data.txt")?.last == 0x0A, "\(call)")
                }
            }
        }
        let board = PlainBoard(
            PlainFolder("/home/board", fileSystem: watcher, random: SeededRandom(seed: 1)))
        for text in ["1", "2", "3"] {
            _ = try await board.write(PlainGround.request("p", ["f": text]), progress: nil)
            #expect(try await board.pins().map(\.name) == ["p"])
            let names = disk.files.filter { $0.contains(".pins-") }
            #expect(names.isEmpty, "\(names)")
        }
        let versions = try await board.versions(of: "p").map(\.version)
        #expect(versions.count == 3)
        // Also the version that the staging place would be in goes away.
        for version in versions {
            #expect(try await board.delete("p", .named(version)) == [version])
        }
        #expect(try await board.pins().isEmpty && disk.files.isEmpty)
    }

    @Test func whatAnInterruptedWriterLeftIsRemovedAndWhatALivingOneHasIsNot() async throws {
        try await withTemporaryFolder { path in
            let folder = PlainFolder("\(path)/board")
            try await folder.create()
            let living = try await folder.stage(for: "p")
            try await living.write("f", Self.pieces("1"))
            let dead: PlainStaging
            do {
                let staging = try PlainStaging(folder)
                let claim = try staging.claim()
                try folder.fileSystem.makeDirectory("\(claim.folder)/p")
                dead = staging
            }
            let before = try folder.list(dead.root)?.count
            #expect(before == 5, "two folders, two owners and a lock")
            let next = try await folder.stage(for: "q")
            #expect(try folder.list(dead.root)?.count == 5, "one went and one came")
            await next.abandon()
            #expect(try await living.publish(as: "v1", metadata: Array("file: f\n".utf8)))
            #expect(try folder.list("\(folder.path)/p/v1")?.count == 2)
        }
    }

    private static func pieces(_ text: String) -> () async throws(EngineError) -> [UInt8]? {
        var rest: [UInt8]? = Array(text.utf8)
        return { () async throws(EngineError) in
            defer { rest = nil }
            return rest
        }
    }

    @Test func aTakenNameIsNotOverwritten() async throws {
        for hasExclusiveRename in [true, false] {
            let disk = SimulatedFileSystem(
                folders: ["/board"], hasExclusiveRename: hasExclusiveRename)
            let folder = PlainFolder("/board", fileSystem: disk, random: SeededRandom(seed: 1))
            let stages = [try await folder.stage(for: "p"), try await folder.stage(for: "p")]
            for (index, stage) in stages.enumerated() {
                try await stage.write("f", Self.pieces("\(index)"))
            }
            #expect(try await stages[0].publish(as: "v1", metadata: [0x30]))
            #expect(try await !stages[1].publish(as: "v1", metadata: [0x31]))
            #expect(disk.contents(of: "/board/p/v1/f") == [0x30])
            #expect(try await stages[1].publish(as: "v2", metadata: [0x31]))
            #expect(disk.contents(of: "/board/p/v2/f") == [0x31])
        }
    }

    @Test func concurrentWritersAllSucceedInOneOrder() async throws {
        try await withTemporaryFolder { path in
            let folder = PlainFolder("\(path)/board")
            try await folder.create()
            let written = try await withThrowingTaskGroup(of: String.self) { group in
                for writer in 0..<4 {
                    group.addTask {
                        // Each as a process of its own would: nothing is shared but the folder.
                        let board = PlainBoard(PlainFolder("\(path)/board"))
                        var last = ""
                        for round in 0..<8 {
                            let name = try await board.write(
                                PlainGround.request("p", ["f": "\(writer)-\(round)"], created: 1),
                                progress: nil
                            ).info.version
                            #expect(name > last)
                            last = name
                        }
                        return last
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let board = PlainBoard(folder)
            let versions = try await board.versions(of: "p").map(\.version)
            #expect(versions.count == 32 && Set(versions.map { $0.prefix(16) }).count == 32)
            #expect(written.contains(versions.last ?? ""))
            #expect(try PosixFileSystem().listDirectory(path).map(\.name) == ["board"])
        }
    }

    @Test func anEditLinksTheFilesOfTheVersionBefore() async throws {
        try await PlainGround.with(.folder) { ground in
            let folder = try #require(ground.folder)
            let first = try await ground.write("p", Self.content).info.version
            let second = try await ground.board.edit("p") { $0.title = "t" }
            #expect(second.storedByteCount == second.info.newByteCount)
            for file in ["a", "b/c"] {
                let inodes = try [first, second.info.version].map { version in
                    try #require(
                        try folder.status(
                            "\(folder.path)/p/\(version)/\(file)", followingLinks: false)
                    ).inode
                }
                #expect(inodes[0] == inodes[1])
            }
            _ = try await ground.board.delete("p", .named(first))
            #expect(try await ground.read("p") == ["a": "one", "b/c": "two"])
        }
    }

    @Test func linksToFoldersAreFollowedAndLinksInsideOfAVersionAreNot() async throws {
        try await withTemporaryFolder { path in
            let files = FileManager.default
            let real = PlainBoard(PlainFolder("\(path)/real"))
            try await real.tree.create()
            let version = try await real.write(
                PlainGround.request("p", Self.content), progress: nil
            ).info.version
            // The board, a pin and a version, each behind a link.
            try files.createDirectory(atPath: "\(path)/b/v", withIntermediateDirectories: true)
            let links = [
                ("board", "real"), ("b/p", "../real/p"),
                ("b/v/\(version)", "../../real/p/\(version)"),
            ]
            for (name, target) in links {
                try files.createSymbolicLink(
                    atPath: "\(path)/\(name)", withDestinationPath: target)
            }
            for board in [PlainFolder("\(path)/board/"), PlainFolder("\(path)/b")] {
                for pin in try await PlainBoard(board).pins() {
                    let read = try await PlainBoard(board).version(of: pin.name, .latest)
                    #expect(try await read.bytes(read.files[1]) == Array("two".utf8))
                }
            }
            #expect(
                try await PlainBoard(PlainFolder("\(path)/b")).pins().map(\.name) == ["p", "v"])
            _ = try await PlainBoard(PlainFolder("\(path)/board")).write(
                PlainGround.request("q", ["f": "1"]), progress: nil)
            // A link that is removed takes nothing along.
            _ = try await PlainBoard(PlainFolder("\(path)/b")).delete("v", nil)
            #expect(try await real.pins().map(\.name) == ["p", "q"])
            // Inside of a version a link may lead anywhere.
            try files.removeItem(atPath: "\(path)/real/p/\(version)/b/c")
            try files.createSymbolicLink(
                atPath: "\(path)/real/p/\(version)/b/c", withDestinationPath: "/etc/hostname")
            #expect(try await real.pins().map(\.name) == ["q"])
            try files.removeItem(atPath: "\(path)/real/p/\(version)/b")
            try files.createDirectory(atPath: "\(path)/out", withIntermediateDirectories: true)
            try Data("two".utf8).write(to: URL(fileURLWithPath: "\(path)/out/c"))
            try files.createSymbolicLink(
                atPath: "\(path)/real/p/\(version)/b", withDestinationPath: "\(path)/out")
            #expect(try await real.pins().map(\.name) == ["q"])
        }
    }

    @Test func aFolderIsRecognisedAsWhatItHolds() async throws {
        try await withTemporaryFolder { path in
            let plain = try await Board.create("plain:\(path)/plain")
            #expect(plain.form.layout == "plain")
            #expect(
                await plainFailure { () throws(EngineError) in
                    try await Board.open("\(path)/plain")
                } == .notFound, "an empty folder is no board")
            _ = try await plain.write(PlainGround.request("p", ["f": "1"]))
            #expect(try await Board.open("\(path)/plain").form.layout == "plain")
            for location in ["\(path)/plain", "plain:\(path)/plain"] {
                var options = VerifyOptions()
                options.readsData = true
                let report = try await Board.verify(location, options)
                #expect(report.isSound && report.checkedByteCount == 1)
            }
            #expect(try await Board.open("plain:\(path)/plain").list().map(\.name) == ["p"])
            #expect(
                await plainFailure { () throws(EngineError) in
                    try await Board.create("plain:\(path)/plain")
                } == .cannotCreate)
            #expect(
                await plainFailure { () throws(EngineError) in
                    try await Board.open("plain:\(path)/none")
                } == .notFound)
            #expect(try await plain.writeManifest().versionCount == 1)
            let manifest = try String(contentsOfFile: "\(path)/plain/_pins.yaml", encoding: .utf8)
            #expect(manifest.hasPrefix("p:\n- p/2") && manifest.hasSuffix("/\n"))
            #expect(try await Board.open("\(path)/plain").list().map(\.name) == ["p"])
            #expect(try await Board.openOrCreate("plain:\(path)/new").form.layout == "plain")
            #expect(try await Board.openOrCreate("\(path)/engine").form.layout == "engine")
            #expect(
                await plainFailure { () throws(EngineError) in
                    try await Board.open("plain:\(path)/engine")
                } == .usage)
        }
    }
}

/// A file system that tells somebody after every call, and can refuse to make folders.
final class WatchedFileSystem: FileSystem {
    private let base: SimulatedFileSystem
    private let refused: String?
    private let watch: @Sendable (String) -> Void

    init(
        _ base: SimulatedFileSystem, refusing refused: String? = nil,
        _ watch: @escaping @Sendable (String) -> Void
    ) {
        self.base = base
        self.refused = refused
        self.watch = watch
    }

    func openForReading(_ path: String) throws(SystemError) -> FileToken {
        try base.openForReading(path)
    }

    func createExclusive(_ path: String) throws(SystemError) -> FileToken {
        defer { watch("create \(path)") }
        return try base.createExclusive(path)
    }

    func read(
        _ file: FileToken, at offset: Int, into buffer: UnsafeMutableRawBufferPointer
    ) throws(SystemError) -> Int { try base.read(file, at: offset, into: buffer) }

    func write(
        _ file: FileToken, at offset: Int, _ bytes: UnsafeRawBufferPointer
    ) throws(SystemError) -> Int {
        defer { watch("write") }
        return try base.write(file, at: offset, bytes)
    }

    func synchronize(_ file: FileToken) throws(SystemError) { try base.synchronize(file) }
    func close(_ file: FileToken) throws(SystemError) { try base.close(file) }
    func lock(_ file: FileToken) throws(SystemError) -> Bool { try base.lock(file) }
    func status(of file: FileToken) throws(SystemError) -> FileStatus { try base.status(of: file) }

    func status(_ path: String, followingLinks: Bool) throws(SystemError) -> FileStatus {
        try base.status(path, followingLinks: followingLinks)
    }

    func rename(_ old: String, to new: String) throws(SystemError) {
        defer { watch("rename \(old) \(new)") }
        try base.rename(old, to: new)
    }

    func renameExclusive(_ old: String, to new: String) throws(SystemError) {
        defer { watch("rename \(old) \(new)") }
        try base.renameExclusive(old, to: new)
    }

    func link(_ old: String, to new: String) throws(SystemError) {
        defer { watch("link \(new)") }
        try base.link(old, to: new)
    }

    func unlink(_ path: String) throws(SystemError) {
        defer { watch("unlink \(path)") }
        try base.unlink(path)
    }

    func makeDirectory(_ path: String) throws(SystemError) {
        if let refused, path.hasPrefix(refused) { throw SystemError(.makeDirectory, EACCES) }
        defer { watch("make \(path)") }
        try base.makeDirectory(path)
    }

    func removeDirectory(_ path: String) throws(SystemError) {
        defer { watch("remove \(path)") }
        try base.removeDirectory(path)
    }

    func synchronizeDirectory(_ path: String) throws(SystemError) {
        try base.synchronizeDirectory(path)
    }

    func listDirectory(_ path: String) throws(SystemError) -> [DirectoryEntry] {
        try base.listDirectory(path)
    }
}

import PinEngine
import PinFormat
import PinStorage
import PinTesting
import Testing

@testable import Pins

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The power fails after each system call of a write, an edit and a delete, and the medium keeps
/// what it likes of what was not brought to it: every version that is there is whole, what was
/// acknowledged stays, and the board works on.
@Suite struct PlainCrashTests {
    enum Step: String, CaseIterable, CustomTestStringConvertible {
        case firstWrite, secondWrite, replacement, edit, deleteVersion, deletePin

        var testDescription: String { rawValue }
        /// Versions before, by their only byte.
        var before: [UInt8] { self == .firstWrite ? [] : self == .deleteVersion ? [1, 2] : [1] }
        /// And after.
        var after: [UInt8] {
            switch self {
            case .firstWrite: [9]
            case .secondWrite: [1, 9]
            case .replacement: [9]
            case .edit: [1, 1]
            case .deleteVersion: [1]
            case .deletePin: []
            }
        }
        /// What may be found in between: a replacement adds before it removes.
        var between: [[UInt8]] {
            self == .replacement ? [before, [1, 9], after] : [before, after]
        }
    }

    @Test(arguments: Step.allCases, [true, false])
    func aPowerCutAnywhereLeavesEveryVersionWholeOrAbsent(
        step: Step, hasSibling: Bool
    ) async throws {
        var position = 1
        var isDone = false
        while !isDone {
            let disk = SimulatedFileSystem(folders: ["/home", "/home/board"])
            let board = Self.board(disk, hasSibling: hasSibling, seed: 1)
            for content in step.before { try await Self.write(content, to: board) }
            disk.inject(SimulatedFault(.error(EIO), at: position, isSticky: true))
            do {
                try await Self.run(step, on: board)
                isDone = true
            } catch let error as EngineError {
                #expect(error.code != .corrupt, "\(step) call \(position): \(error)")
            }
            try await check(disk, step, isDone, hasSibling, position)
            // The second way is the same calls in another place.
            position += hasSibling ? 1 : 5
        }
        #expect(position > 10)
    }

    /// Another writer has made the pin and was stopped before its folder was on the medium.
    @Test func aVersionOfAPinThatAnotherHasMadeSurvives() async throws {
        let disk = SimulatedFileSystem(folders: ["/home", "/home/board"])
        try disk.makeDirectory("/home/board/p")
        let board = Self.board(disk, hasSibling: true, seed: 1)
        try await Self.write(9, to: board)
        for style in CrashStyle.allCases {
            let after = disk.crashed(style, SeededRandom(seed: 0))
            let found = try await Self.contents(of: Self.board(after, hasSibling: true, seed: 2))
            #expect(found == [9], "\(style)")
        }
    }

    /// A version that pins for Python or R wrote, which bring nothing to the medium.
    @Test func anEditBringsWhatItTakesToTheMedium() async throws {
        let disk = SimulatedFileSystem(folders: ["/home", "/home/board"])
        let board = Self.board(disk, hasSibling: true, seed: 1)
        try await Self.write(1, to: board)
        let version = try await board.versions(of: "p")[0].version
        let path = "/home/board/p/\(version)/a"
        try disk.unlink(path)
        let file = try OwnedFile.createExclusive(path, of: disk)
        try file.write([1], at: 0)
        try file.close()
        let edited = try await board.edit("p") { $0.title = "new" }
        let after = disk.crashed(.onlySynchronized, SeededRandom(seed: 0))
        let copy = Self.board(after, hasSibling: true, seed: 2)
        let found = try await copy.version(of: "p", .named(edited.info.version))
        let bytes = try await found.bytes(found.files[0])
        #expect(bytes == [1])
    }

    /// What is acknowledged besides versions: the board itself, the list for R, and labels.
    @Test func boardsListsAndLabelsSurvive() async throws {
        let disk = SimulatedFileSystem(folders: ["/home"])
        let folder = PlainFolder(
            "/home/board", fileSystem: disk, random: SeededRandom(seed: 1))
        try await folder.create()
        let board = PlainBoard(folder)
        try await Self.write(1, to: board)
        try await Self.write(2, to: board)
        let versions = try await board.versions(of: "p").map(\.version)
        let manifest = try await board.writeManifest()
        #expect(manifest.versionCount == 2)
        _ = try await board.setLabel("best", of: "p", to: .named(versions[0]))
        try await expect(disk, versions, label: versions[0])
        _ = try await board.setLabel("best", of: "p", to: .named(versions[1]))
        try await expect(disk, versions, label: versions[1])
        _ = try await board.setLabel("best", of: "p", to: nil)
        try await expect(disk, versions, label: nil)
    }

    private func expect(
        _ disk: SimulatedFileSystem, _ versions: [String], label: String?
    ) async throws {
        let list = try #require(disk.contents(of: "/home/board/_pins.yaml"))
        for style in CrashStyle.allCases {
            let after = disk.crashed(style, SeededRandom(seed: 0))
            #expect(after.contents(of: "/home/board/_pins.yaml") == list, "\(style)")
            let board = Self.board(after, hasSibling: true, seed: 2)
            let found = try await board.versions(of: "p")
            #expect(found.map(\.version) == versions, "\(style)")
            let labelled = found.filter { $0.labels.contains("best") }.map(\.version)
            #expect(labelled == [label].compactMap { $0 }, "\(style)")
        }
    }

    private func check(
        _ disk: SimulatedFileSystem, _ step: Step, _ isDone: Bool, _ hasSibling: Bool,
        _ position: Int
    ) async throws {
        let styles =
            CrashStyle.allCases.filter { $0 != .seeded } + Array(repeating: .seeded, count: 3)
        for (index, style) in styles.enumerated() {
            let seed = UInt64(position * 1_000 + index)
            let label = "\(step) call \(position), \(style), seed \(seed)"
            let after = disk.crashed(style, SeededRandom(seed: seed))
            let board = Self.board(after, hasSibling: hasSibling, seed: 2)
            let found = try await Self.contents(of: board)
            if isDone {
                #expect(found == step.after, "\(label)")
            } else {
                #expect(step.between.contains(found), "\(label): \(found)")
            }
            // What others see is nothing but whole versions.
            let report = try await board.verify(VerifyOptions(), progress: nil)
            #expect(report.isSound, "\(label): \(report.problems)")
            // The board works on, the next writer cleans up, and harms nothing.
            try await Self.write(7, to: board)
            #expect(try await Self.contents(of: board) == found + [7], "\(label)")
        }
    }

    // MARK: - Pieces

    private static func board(
        _ disk: SimulatedFileSystem, hasSibling: Bool, seed: UInt64
    ) -> PlainBoard {
        let random = SeededRandom(seed: seed)
        if hasSibling {
            return PlainBoard(PlainFolder("/home/board", fileSystem: disk, random: random))
        }
        let refusing = WatchedFileSystem(disk, refusing: "/home/.pins-staging") { _ in }
        return PlainBoard(PlainFolder("/home/board", fileSystem: refusing, random: random))
    }

    private static func request(_ content: UInt8) -> WriteRequest {
        WriteRequest(
            pin: "p",
            files: [
                InputFile(path: "a", source: BytesSource([content])),
                InputFile(path: "b/c", source: BytesSource([content, content])),
            ], metadata: VersionMetadata(createdSeconds: 100))
    }

    private static func write(_ content: UInt8, to board: PlainBoard) async throws {
        _ = try await board.write(request(content), progress: nil)
    }

    private static func run(_ step: Step, on board: PlainBoard) async throws {
        switch step {
        case .firstWrite, .secondWrite: try await write(9, to: board)
        case .replacement:
            var request = request(9)
            request.replacesOnlyVersion = true
            _ = try await board.write(request, progress: nil)
        case .edit: _ = try await board.edit("p") { $0.title = "new" }
        case .deleteVersion: _ = try await board.delete("p", .latest)
        case .deletePin: _ = try await board.delete("p", nil)
        }
    }

    /// The first byte of every version, oldest first, all files checked.
    private static func contents(of board: PlainBoard) async throws -> [UInt8] {
        guard try await !board.pins().isEmpty else { return [] }
        var contents: [UInt8] = []
        for info in try await board.versions(of: "p") {
            let version = try await board.version(of: "p", .named(info.version))
            let bytes = try await version.bytes(version.files[0])
            #expect(try await version.bytes(version.files[1]) == bytes + bytes)
            contents += bytes
        }
        return contents
    }
}

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

/// Everything that a plain board does in a folder, for `CrashEnumerator`.
struct PlainCrashScenario: CrashScenario {
    /// The first bytes of the versions of the pin, oldest first: what there may be.
    struct Book: Sendable {
        var hasBoard = false
        var allowed: [[UInt8]] = [[]]
    }

    let name = "plain board"
    // Named after the number of the board's folder.
    let scratch = ["/home/.pins-staging-2"]
    let seed: UInt64

    func disk() -> SimulatedFileSystem { SimulatedFileSystem(folders: ["/home"]) }

    private func folder(_ disk: SimulatedFileSystem, _ label: UInt64) -> PlainFolder {
        PlainFolder(
            "/home/board", fileSystem: disk, random: SeededRandom(seed: seed).fork(label))
    }

    private func board(_ disk: SimulatedFileSystem, _ label: UInt64) -> PlainBoard {
        PlainBoard(folder(disk, label), clock: ManualClock())
    }

    func run(on disk: SimulatedFileSystem, _ book: CrashBook<Book>) async throws {
        try await folder(disk, 1).create()
        book.change { $0.hasBoard = true }
        book.endStep()
        let board = board(disk, 2)
        var now: [UInt8] = []
        func step(
            _ next: [UInt8], between: [[UInt8]] = [], _ body: () async throws -> Void
        ) async throws {
            let before = now
            book.change { $0.allowed = [before, next] + between }
            try await body()
            book.change { $0.allowed = [next] }
            book.endStep()
            now = next
        }
        try await step([1]) { try await write(1, to: board) }
        try await step([9], between: [[1, 9]]) { try await write(9, to: board, replaces: true) }
        try await step([9, 2]) { try await write(2, to: board) }
        try await step([9, 2, 2]) { _ = try await board.edit("p") { $0.title = "new" } }
        try await step([9, 2]) { _ = try await board.delete("p", .latest) }
        try await step([9, 2, 3]) { try await write(3, to: board) }
        _ = try await board.writeManifest()
        try await step([]) { _ = try await board.delete("p", nil) }
        try await step([4]) { try await write(4, to: board) }
    }

    func problem(on disk: SimulatedFileSystem, _ book: Book, recovery: Int) async -> String? {
        do {
            return try await check(disk, book, UInt64(recovery) * 100)
        } catch {
            return "\(error)"
        }
    }

    private func check(
        _ disk: SimulatedFileSystem, _ book: Book, _ label: UInt64
    ) async throws -> String? {
        let folder = folder(disk, label)
        if try await !folder.exists() {
            if book.hasBoard { return "the board is gone" }
            try await folder.create()
        }
        let board = PlainBoard(folder, clock: ManualClock())
        let found = try await contents(of: board)
        // What an earlier recovery wrote is the last, if it came so far.
        guard book.allowed.contains(found.filter { $0 != 7 }) else {
            return "the versions are \(found), where \(book.allowed) are allowed"
        }
        let report = try await board.verify(VerifyOptions(), progress: nil)
        if let problem = report.problems.first { return "\(problem.object): \(problem.what)" }
        try await write(7, to: board, isForced: true)
        let after = try await contents(of: board)
        return after == found + [7] ? nil : "after one more write the versions are \(after)"
    }

    private func write(
        _ content: UInt8, to board: PlainBoard, replaces: Bool = false, isForced: Bool = false
    ) async throws {
        var request = WriteRequest(
            pin: "p",
            files: [
                InputFile(path: "a", source: BytesSource([content])),
                InputFile(path: "b/c", source: BytesSource([content, content])),
            ], metadata: VersionMetadata(createdSeconds: 100))
        request.replacesOnlyVersion = replaces
        request.forcesIdentical = isForced
        _ = try await board.write(request, progress: nil)
    }

    /// The first byte of every version, oldest first, all files checked.
    private func contents(of board: PlainBoard) async throws -> [UInt8] {
        guard try await !board.pins().isEmpty else { return [] }
        var contents: [UInt8] = []
        for info in try await board.versions(of: "p") {
            let version = try await board.version(of: "p", .named(info.version))
            let bytes = try await version.bytes(version.files[0])
            guard try await version.bytes(version.files[1]) == bytes + bytes else {
                throw EngineError(.corrupt, "the files of one version do not fit")
            }
            contents += bytes
        }
        return contents
    }
}

/// As the crashes of an engine board: every state of the medium after every change of the disk.
@Suite struct PlainCrashEnumerationTests {
    static let seed = getenv("PINS_CRASH_SEED").flatMap { UInt64(String(cString: $0)) } ?? 1
    static let seconds = getenv("PINS_CRASH_SECONDS").flatMap { Int(String(cString: $0)) }

    @Test func aPowerCutAnywhereLosesNothingAcknowledged() async throws {
        let (seed, seconds) = (Self.seed, Self.seconds)
        let enumerator = CrashEnumerator(
            PlainCrashScenario(seed: seed), empty: .init(), seed: seed)
        let figures = try await enumerator.run(
            states: seconds == nil ? 200 : .max, seconds: seconds)
        print("crashes of a plain board, seed \(seed): \(figures)")
        #expect(figures.lossCount == 0)
        #expect(figures.momentCount > 200)
        #expect(figures.recoveryCount > 5)
        #expect(figures.isComplete || seconds != nil)
    }
}

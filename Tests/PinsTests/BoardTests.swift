import PinEngine
import PinFormat
import PinStorage
import PinTesting
import Pins
import Testing

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Boards by their location.
@Suite struct BoardTests {
    @Test func aBoardIsMadeOnceAndOpenedAsOftenAsWanted() async throws {
        try await withTemporaryFolder { path in
            let location = path + "/new/board"
            let code1 = await failure { () throws(EngineError) in try await Board.open(location) }
            #expect(code1 == .notFound)
            let made = try await Board.create(location)
            #expect(made.location == location)
            let again = await failure { () throws(EngineError) in try await Board.create(location) }
            #expect(again == .cannotCreate)
            try await made.write(["f": [1]], to: "p")
            for place in [location, location + "/", "folder:" + location] {
                let board = try await Board.open(place)
                #expect(try await board.list().map(\.name) == ["p"])
                let other = try await Board.openOrCreate(place)
                #expect(try await other.list().count == 1)
            }
        }
    }

    @Test func aFolderWithOtherThingsIsNotTakenOver() async throws {
        try await withTemporaryFolder { path in
            try write([1], to: path + "/letters/from-home.txt")
            let code = await failure { () throws(EngineError) in
                try await Board.create(path + "/letters")
            }
            #expect(code == .cannotCreate)
            let either = await failure { () throws(EngineError) in
                try await Board.openOrCreate(path + "/letters")
            }
            #expect(either == .cannotCreate)
            #expect(try PosixFileSystem().listDirectory(path + "/letters").count == 1)
            // A file is no folder, and what is below one is nothing.
            let file = path + "/letters/from-home.txt"
            let code2 = await failure { () throws(EngineError) in try await Board.open(file) }
            #expect(code2 == .notFound)
            let made = await failure { () throws(EngineError) in try await Board.create(file) }
            #expect(made == .cannotCreate || made == .ioError)
            let below = await failure { () throws(EngineError) in try await Board.open(file + "/x")
            }
            #expect(below == .notFound || below == .ioError)
        }
    }

    @Test(arguments: [
        "", "folder:", "plain:", "s3://bucket/x", "https://example.org/b", "plain+s3://b",
        "a\u{0}b",
    ])
    func locationsThatAreNoFolderAreUsageErrors(location: String) async throws {
        for code in [
            await failure { () throws(EngineError) in try await Board.open(location) },
            await failure { () throws(EngineError) in try await Board.create(location) },
            await failure { () throws(EngineError) in try await Board.openOrCreate(location) },
        ] { #expect(code == .usage) }
    }

    @Test func settingsThatAreNotAllowedAreUsageErrors() async throws {
        try await withTemporaryFolder { path in
            for size in [0, -1, 1, 1_000, 2_048, 65_535, 8 << 20, Int.max, Int.min] {
                var settings = BoardSettings()
                settings.chunkAverageByteCount = size
                let made = settings
                let code = await failure { () throws(EngineError) in
                    try await Board.create(path + "/b", made)
                }
                #expect(code == .usage, "\(size)")
            }
            for level in [0, -5, 20, Int.max] {
                var settings = BoardSettings()
                settings.level = level
                let made = settings
                let code = await failure { () throws(EngineError) in
                    try await Board.create(path + "/b", made)
                }
                #expect(code == .usage, "\(level)")
            }
            #expect(try PosixFileSystem().listDirectory(path).isEmpty)
            for size in [4_096, 4 << 20] {
                var settings = BoardSettings()
                settings.chunkAverageByteCount = size
                settings.level = 19
                let board = try await Board.create(path + "/\(size)", settings)
                try await board.write(["f": [UInt8](repeating: 5, count: 10_000)], to: "p")
            }
        }
    }

    @Test func twoBoardsMadeAtOnceAreOne() async throws {
        try await withTemporaryFolder { path in
            let boards = try await withThrowingTaskGroup(of: Board.self) { group in
                for _ in 0..<6 { group.addTask { try await Board.openOrCreate(path + "/b") } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(Set(boards.map(\.store?.config.boardID)).count == 1)
            for (number, board) in boards.enumerated() {
                try await board.write(["f": [UInt8(number)]], to: "p\(number)")
            }
            #expect(try await boards[0].list().count == 6)
        }
    }

    @Test func metadataMustBeAJSONObject() async throws {
        try await withTemporaryFolder { path in
            let board = try await Board.create(path + "/b")
            try await board.write(["f": [1]], to: "good")
            for text in ["", "1", "[]", "null", "{", "{\"a\":}", "\"x\"", "{\"a\":1} x"] {
                var metadata = VersionMetadata(createdSeconds: 1)
                metadata.userJSON = Array(text.utf8)
                let made = metadata
                let code = await failure { () throws(EngineError) in
                    try await board.write(["f": [2]], to: "p", made)
                }
                #expect(code == .usage, "\(text)")
                let edited = await failure { () throws(EngineError) in
                    try await board.edit("good") { $0.userJSON = Array(text.utf8) }
                }
                // Empty text is none.
                #expect(edited == (text.isEmpty ? nil : .usage), "\(text)")
            }
            var metadata = VersionMetadata(createdSeconds: 1)
            metadata.userJSON = Array("{ \"b\": [1, 2.50, null], \"a\": {} }".utf8)
            try await board.write(["f": [1]], to: "p", metadata)
            #expect(try await board.list().first { $0.name == "p" }?.metadata == metadata)
        }
    }

    @Test func searchLooksAtNamesTitlesTagsAndMetadata() async throws {
        try await withTemporaryFolder { path in
            let board = try await Board.create(path + "/b")
            var metadata = VersionMetadata(
                createdSeconds: 1, title: "Größe der Stadt", description: "Einwohner",
                tags: ["census"])
            metadata.userJSON = Array("{\"source\": \"Statistik\"}".utf8)
            try await board.write(["f": [1]], to: "cities", metadata)
            try await board.write(["f": [2]], to: "owner/Cars")
            let cases: [(String, [String])] = [
                ("", ["cities", "owner/Cars"]), ("CIT", ["cities"]), ("cars", ["owner/Cars"]),
                ("größe", ["cities"]), ("EINWOHNER", ["cities"]), ("census", ["cities"]),
                ("statistik", ["cities"]), ("nothing", []), ("c", ["cities", "owner/Cars"]),
            ]
            for (text, names) in cases {
                #expect(try await board.search(text).map(\.name) == names, "'\(text)'")
            }
        }
    }

    @Test func pruningNeverRemovesTheLatest() async throws {
        try await withTemporaryFolder { path in
            let board = try await Board.create(path + "/b")
            for number in 1...5 as ClosedRange<UInt8> {
                try await board.write(["f": [number]], to: "p")
            }
            let names = try await board.versions("p").map(\.version)
            #expect(try await board.prune("p", .keep(2), isDryRun: true) == Array(names.prefix(3)))
            #expect(try await board.versions("p").count == 5)
            #expect(try await board.prune("p", .keep(2)) == Array(names.prefix(3)))
            #expect(try await board.prune("p", .keep(2)).isEmpty)
            #expect(try await board.prune("p", .days(1)).isEmpty)
            #expect(try await board.versions("p").map(\.version) == Array(names.suffix(2)))
            #expect(try await board.version("p").bytes(board.version("p").files[0]) == [5])
            for rule in [PruneRule.keep(0), .keep(-1), .days(-1), .days(Int.max), .days(1_000_001)]
            {
                let code = await failure { () throws(EngineError) in
                    try await board.prune("p", rule)
                }
                #expect(code == .usage)
            }
            let none = await failure { () throws(EngineError) in
                try await board.prune("q", .keep(1))
            }
            #expect(none == .notFound)
            #expect(try await board.prune("p", .keep(Int.max)).isEmpty)
        }
    }

    @Test func aDifferenceNamesTheBytesThatChanged() async throws {
        try await withTemporaryFolder { path in
            var settings = BoardSettings()
            settings.chunkAverageByteCount = 4_096
            let board = try await Board.create(path + "/b", settings)
            let old = SeededRandom(seed: 1).bytes(count: 100_000)
            var new = old
            new.replaceSubrange(50_000..<50_010, with: [UInt8](repeating: 1, count: 10))
            let first = try await board.write(["a": old, "same": [1]], to: "p")
            try await board.write(["a": new, "same": [1], "more": [1, 2]], to: "p")
            let name = first.info.version
            let diff = try await board.diff("p", .named(name), .latest)
            #expect(diff.totalByteCount == 100_003)
            #expect(diff.changedByteCount < 60_000 && diff.changedByteCount > 10)
            #expect(diff.changed.allSatisfy { $0.start < $0.end })
            #expect(
                diff.changed.contains { $0.file == "a" && $0.start <= 50_000 && $0.end >= 50_010 })
            #expect(diff.changed.contains { $0.file == "more" && $0.start == 0 && $0.end == 2 })
            #expect(!diff.changed.contains { $0.file == "same" })
            #expect(try await board.diff("p", .latest, .latest).changed.isEmpty)
        }
    }

    /// Two processes on one folder, where the command is built.
    @Test func twoProcessesShareABoard() async throws {
        let parts = CommandLine.arguments[0].split(separator: "/", omittingEmptySubsequences: false)
        let command = parts.dropLast().joined(separator: "/") + "/pins"
        guard access(command, X_OK) == 0 else {
            print("twoProcessesShareABoard is left out: there is no \(command)")
            return
        }
        try await withTemporaryFolder { path in
            let location = path + "/b"
            let board = try await Board.create(location)
            var processes: [pid_t] = []
            for number in 0..<4 {
                try write([UInt8(number), 1, 2], to: path + "/in-\(number)")
                for pin in ["shared", "own-\(number)"] {
                    processes.append(
                        try spawn([command, "write", location, pin, path + "/in-\(number)"]))
                }
            }
            for number in 10..<16 as Range<UInt8> {
                try await board.write(["f": [number]], to: "shared")
            }
            for process in processes {
                var status: Int32 = 0
                #expect(waitpid(process, &status, 0) == process)
                #expect(status == 0, "status \(status)")
            }
            #expect(try await board.list().count == 5)
            let versions = try await board.versions("shared").map(\.version)
            #expect(versions.count == 10)
            #expect(versions == versions.sorted())
            var seen: Set<[UInt8]> = []
            for version in versions {
                let found = try await board.version("shared", .named(version))
                seen.insert(try await found.bytes(found.files[0]))
            }
            #expect(seen.count == 10)
        }
    }

    /// Starts a program with its output thrown away.
    private func spawn(_ arguments: [String]) throws -> pid_t {
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
        #else
            var actions = posix_spawn_file_actions_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        var texts = arguments.map { strdup($0) } + [nil]
        defer { for text in texts { free(text) } }
        var process: pid_t = 0
        let result = posix_spawn(&process, arguments[0], &actions, nil, &texts, environ)
        try #require(result == 0, "cannot start \(arguments[0])")
        return process
    }
}

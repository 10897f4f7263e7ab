import Testing

/// Goal: everything that a test must be able to replace comes in through a seam: files through
/// `FileSystem`, the time through `WallClock`, chance through `RandomSource`. Method: the sources
/// are read as text.
@Suite struct SeamTests {
    /// System calls that touch files, and what else would.
    private static let fileCalls = [
        " open(", " openat(", "pread(", "pwrite(", "fsync(", "fdatasync(", "opendir(", "readdir(",
        "fopen(", "mkdir(", "rmdir(", "lstat(", "fstat(", "mmap(", "ftruncate(", "utimensat(",
        "flock(", "renameat2(", "linkat(", "O_RDONLY", "O_CREAT", "FileManager", "FileHandle(",
    ]
    private static let fileDoor = "Sources/PinStorage/PosixFileSystem.swift"

    @Test func boardsTouchFilesThroughOneProtocol() throws {
        let rooms = [
            "PinFormat", "PinTransforms", "PinStorage", "PinEngine", "Pins/Plain", "Pins/Engine",
            "PinsWeb",
        ]
        for room in rooms {
            for file in try Repository.files(in: "Sources/\(room)", suffixes: [".swift"])
            where file != Self.fileDoor {
                for line in try Self.code(file) {
                    for call in Self.fileCalls where line.contains("unsafe" + call) {
                        Issue.record("\(file): \(line)")
                    }
                    for call in Self.fileCalls.dropFirst(2) where line.contains(call) {
                        Issue.record("\(file): \(line)")
                    }
                }
            }
        }
    }

    /// What reads the time or draws numbers, and the only files that may: the doors, a bar that
    /// shows progress, and the generator of tests.
    @Test func timeAndChanceHaveOneDoorEach() throws {
        let doors: [String: Set<String>] = [
            "clock_gettime": ["Sources/PinStorage/WallClock.swift"],
            "gettimeofday": [], "DispatchTime": [], "Date()": [], "SuspendingClock": [],
            "ContinuousClock": ["Sources/PinsCommand/Output/ProgressBar.swift"],
            "SystemRandomNumberGenerator": ["Sources/PinStorage/RandomSource.swift"],
            "arc4random": [], "getrandom(": [], "UUID()": [], ".shuffled()": [],
            "randomElement()": [], ".random(in": ["Sources/PinTesting/SeededRandom.swift"],
        ]
        for file in try Repository.files(in: "Sources", suffixes: [".swift"]) {
            for line in try Self.code(file) {
                for (word, allowed) in doors where line.contains(word) {
                    #expect(allowed.contains(file), "\(file): \(line)")
                }
            }
        }
    }

    /// The clock and the numbers of the system are defaults that a caller replaces; where they are
    /// not, they decide about a time that is shown, or a name that means nothing.
    @Test func theSystemIsADefaultOnly() throws {
        let edges: Set<String> = [
            "Sources/Pins/OutputFile.swift", "Sources/Pins/PinCoder.swift",
            "Sources/Pins/Cache/CacheFolder.swift", "Sources/Pins/Timestamp.swift",
            "Sources/PinTesting/TemporaryFolder.swift",
            "Sources/PinsConnect/Bundle/SpoolFile.swift",
            "Sources/PinsCommand/Commands/WriteCommand.swift",
        ]
        for file in try Repository.files(in: "Sources", suffixes: [".swift"])
        where !edges.contains(file) {
            for line in try Self.code(file) {
                for source in ["SystemClock()", "SystemRandom()"] where line.contains(source) {
                    #expect(line.contains("= \(source)"), "\(file): \(line)")
                }
            }
        }
    }

    /// The lines of a file that are not comments.
    private static func code(_ file: String) throws -> [String] {
        try Repository.lines(file).map { $0.drop { $0 == " " } }
            .filter { !$0.hasPrefix("//") }.map { " " + $0 }
    }
}

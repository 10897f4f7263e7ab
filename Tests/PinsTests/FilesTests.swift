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

/// Files and folders on their way into a board.
@Suite struct InputTests {
    @Test func foldersKeepWhatIsInsideAndFilesTheirNames() async throws {
        try await withTemporaryFolder { path in
            for name in ["t/b/x.csv", "t/a.csv", "t/b/c/y", "t/.hidden", "z.bin"] {
                try write(Array(name.utf8), to: "\(path)/\(name)")
            }
            try PosixFileSystem().makeDirectory(path + "/t/empty")
            let files = try InputTree.files(atPaths: [path + "/t", path + "/z.bin"])
            #expect(files.map(\.path) == ["t/.hidden", "t/a.csv", "t/b/c/y", "t/b/x.csv", "z.bin"])
            let slash = try InputTree.files(atPaths: [path + "/t/"])
            #expect(slash.map(\.path) == [".hidden", "a.csv", "b/c/y", "b/x.csv"])
            let board = try await Board.create(path + "/board")
            _ = try await board.write(
                WriteRequest(pin: "p", files: files, metadata: VersionMetadata(createdSeconds: 1)))
            let version = try await board.version("p")
            #expect(try await version.bytes(version.file("t/b/c/y")) == Array("t/b/c/y".utf8))
            try await version.extractAll(to: path + "/out")
            #expect(try text(of: path + "/out/t/b/x.csv") == "t/b/x.csv")
        }
    }

    @Test func whatIsNoFileIsRefused() async throws {
        try await withTemporaryFolder { path in
            func code(_ names: [String], following: Bool = false) async -> EngineError.Code? {
                await failure { () throws(EngineError) in
                    try InputTree.files(
                        atPaths: names.map { "\(path)/\($0)" }, followingSymlinks: following)
                }
            }
            try write([1], to: path + "/a/f")
            try write([2], to: path + "/b/f")
            #expect(await code(["missing"]) == .notFound)
            #expect(await code(["a/f/below"]) == .notFound)
            #expect(await code(["a/f", "b/f"]) == .usage)
            #expect(await code(["a", "b"]) == nil)
            #expect(await code(["a", "a"]) == .usage)
            try PosixFileSystem().makeDirectory(path + "/empty")
            #expect(await code(["empty"]) == .notFound)
            #expect(mkfifo(path + "/pipe", 0o600) == 0)
            #expect(await code(["pipe"]) == .usage)
            try write([3], to: path + "/c/g")
            #expect(mkfifo(path + "/c/pipe", 0o600) == 0)
            #expect(await code(["c"]) == .usage)
            #expect(await code([]) == .notFound)
        }
    }

    @Test func symbolicLinksAreFollowedOnlyWhenAsked() async throws {
        try await withTemporaryFolder { path in
            try write([1, 2, 3], to: path + "/real/f")
            #expect(symlink("../real/f", path + "/real/link") == 0)
            #expect(symlink("real", path + "/folder-link") == 0)
            #expect(symlink("nowhere", path + "/broken") == 0)
            func names(_ name: String, following: Bool) async -> [String] {
                let files = try? InputTree.files(
                    atPaths: ["\(path)/\(name)"], followingSymlinks: following)
                return files?.map(\.path) ?? ["refused"]
            }
            #expect(await names("real", following: false) == ["refused"])
            #expect(await names("real/link", following: false) == ["refused"])
            #expect(await names("folder-link", following: false) == ["refused"])
            #expect(await names("broken", following: true) == ["refused"])
            #expect(await names("real", following: true) == ["f", "link"])
            #expect(await names("folder-link", following: true) == ["f", "link"])
            #expect(symlink("..", path + "/real/up") == 0)
            #expect(await names("real", following: true) == ["refused"])
            let code = await failure { () throws(EngineError) in
                try FileSource(path: path + "/real/link").open()
            }
            #expect(code == .usage)
        }
    }

    @Test func namesThatABoardCannotHaveAreRefused() async throws {
        try await withTemporaryFolder { path in
            let board = try await Board.create(path + "/board")
            for name in ["new\nline", "back\\slash", "esc\u{1B}"] {
                try write([1], to: "\(path)/in/\(name)")
                let files = try InputTree.files(atPaths: [path + "/in"])
                let request = WriteRequest(
                    pin: "p", files: files, metadata: VersionMetadata(createdSeconds: 1))
                let code1 = await failure { () throws(EngineError) in
                    try await board.write(request)
                }
                #expect(code1 == .usage)
                try PosixFileSystem().unlink("\(path)/in/\(name)")
            }
            // Bytes that are no UTF-8.
            let odd = Array((path + "/in/").utf8) + [0xFF, 0xFE, 0]
            let made = odd.map { CChar(bitPattern: $0) }.withUnsafeBufferPointer {
                open($0.baseAddress!, O_CREAT | O_WRONLY, 0o600)
            }
            // macOS makes no such file.
            if made >= 0 {
                close(made)
                let code = await failure { () throws(EngineError) in
                    try InputTree.files(atPaths: [path + "/in"])
                }
                #expect(code == .usage)
            }
        }
    }

    @Test(arguments: ["grows", "shrinks", "is replaced in place"])
    func aFileThatChangesWhileItIsReadIsNotWritten(how: String) async throws {
        try await withTemporaryFolder { path in
            let board = try await Board.create(path + "/board")
            let name = path + "/f"
            try write([UInt8](repeating: 1, count: 5 << 20), to: name)
            let source = ChangingSource(base: FileSource(path: name)) {
                let file = open(name, O_WRONLY)
                switch how {
                case "grows":
                    lseek(file, 0, SEEK_END)
                    _ = Glibc_write(file, [9])
                case "shrinks": ftruncate(file, 1_000)
                default:
                    // A change of the time is enough, whatever the resolution of the clock.
                    lseek(file, 100, SEEK_SET)
                    _ = Glibc_write(file, [9])
                    var times = [timespec(tv_sec: 1, tv_nsec: 0), timespec(tv_sec: 1, tv_nsec: 0)]
                    futimens(file, &times)
                }
                close(file)
            }
            let request = WriteRequest(
                pin: "p", files: [InputFile(path: "f", source: source)],
                metadata: VersionMetadata(createdSeconds: 1))
            let code = await failure { () throws(EngineError) in try await board.write(request) }
            #expect(code == .ioError)
            #expect(try await board.list().isEmpty)
        }
    }

    @Test func standardInputIsReadToItsEnd() async throws {
        try await withTemporaryFolder { path in
            let board = try await Board.create(path + "/board")
            var ends: [Int32] = [0, 0]
            #expect(pipe(&ends) == 0)
            let bytes = SeededRandom(seed: 3).bytes(count: 50_000)
            var sent = 0
            // The pipe holds 64 KiB.
            while sent < bytes.count { sent += Glibc_write(ends[1], Array(bytes[sent...])) }
            close(ends[1])
            let request = WriteRequest(
                pin: "p", files: [InputFile(path: "-", source: DescriptorSource(ends[0]))],
                metadata: VersionMetadata(createdSeconds: 1))
            _ = try await board.write(request)
            close(ends[0])
            let version = try await board.version("p")
            #expect(try await version.bytes(version.file()) == bytes)
        }
    }
}

/// Writes bytes to a descriptor.
private func Glibc_write(_ descriptor: Int32, _ bytes: [UInt8]) -> Int {
    bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
}

/// A source that changes after the first read.
private struct ChangingSource: ByteSource {
    let base: FileSource
    let change: @Sendable () -> Void

    var isRepeatable: Bool { true }
    var expectedByteCount: UInt64? { base.expectedByteCount }

    func open() throws(EngineError) -> any ByteStream { Stream(try base.open(), change) }

    private final class Stream: ByteStream {
        private let base: any ByteStream
        private var change: (@Sendable () -> Void)?

        init(_ base: any ByteStream, _ change: @escaping @Sendable () -> Void) {
            self.base = base
            self.change = change
        }

        func read(into buffer: inout [UInt8], from offset: Int) async throws(EngineError) -> Int {
            let count = try await base.read(into: &buffer, from: offset)
            change?()
            change = nil
            return count
        }

        func finish() async throws(EngineError) { try await base.finish() }
    }
}

/// Files on their way out of a board.
@Suite struct ExtractionTests {
    private func withBoard(
        _ files: [String: [UInt8]], _ body: (Board, PinVersion, String) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { path in
            let board = try await Board.create(path + "/board")
            try await board.write(files, to: "p")
            try await body(board, try await board.version("p"), path)
        }
    }

    @Test func aFileReplacesWhatWasThereOnlyWhenItIsWhole() async throws {
        let bytes = SeededRandom(seed: 1).bytes(count: 3 << 20)
        try await withBoard(["f": bytes]) { _, version, path in
            let target = path + "/out"
            try write([1, 2], to: target)
            try await version.extract(version.file(), range: 10..<20, to: target)
            #expect(try contents(of: target) == Array(bytes[10..<20]))
            try await version.extract(version.file(), to: target)
            #expect(try contents(of: target) == bytes)
            // A damaged board: what stands there stays, and nothing half-written does.
            let system = PosixFileSystem()
            for entry in try system.listDirectory(path + "/board/packs") {
                let pack = path + "/board/packs/" + entry.name
                var damaged = try contents(of: pack)
                damaged[damaged.count / 2] ^= 1
                try system.unlink(pack)
                try write(damaged, to: pack)
            }
            // Opened again, because the board that was read has the file in memory.
            let code = await failure { () throws(EngineError) in
                let fresh = try await Board.open(path + "/board").version("p")
                try await fresh.extract(fresh.file(), to: target)
            }
            #expect(code == .corrupt)
            #expect(try contents(of: target) == bytes)
            #expect(try system.listDirectory(path).map(\.name).sorted() == ["board", "out"])
        }
    }

    /// A file of several batches, which are written side by side.
    @Test(arguments: [1, 3, 6]) func aDamagedFrameAnywhereLeavesNoFile(part: Int) async throws {
        let bytes = SeededRandom(seed: 4).bytes(count: 9 << 20)
        try await withBoard(["f": bytes]) { board, _, path in
            let system = PosixFileSystem()
            let packs = try system.listDirectory(path + "/board/packs").map {
                path + "/board/packs/" + $0.name
            }
            let largest = try #require(
                try packs.max { try contents(of: $0).count < contents(of: $1).count })
            var damaged = try contents(of: largest)
            damaged[damaged.count * part / 7] ^= 1
            try system.unlink(largest)
            try write(damaged, to: largest)
            let version = try await board.version("p")
            let code = await failure { () throws(EngineError) in
                try await version.extract(version.file(), to: path + "/out")
            }
            #expect(code == .corrupt)
            #expect(try system.listDirectory(path).map(\.name) == ["board"])
        }
    }

    @Test func aCancelledExtractionLeavesNoFile() async throws {
        let bytes = SeededRandom(seed: 5).bytes(count: 12 << 20)
        try await withBoard(["f": bytes]) { _, version, path in
            let file = try version.file()
            let code = await Task { () -> EngineError.Code? in
                await failure { () throws(EngineError) in
                    try await version.extract(file, to: path + "/out") { _ in
                        // At the first batch that was written.
                        withUnsafeCurrentTask { $0?.cancel() }
                    }
                }
            }.value
            #expect(code == .cancelled)
            #expect(try PosixFileSystem().listDirectory(path).map(\.name) == ["board"])
        }
    }

    @Test func placesThatCannotBeWrittenAreTypedErrors() async throws {
        try await withBoard(["f": [1]]) { _, version, path in
            let file = try version.file()
            func code(_ target: String) async -> EngineError.Code? {
                await failure { () throws(EngineError) in
                    try await version.extract(file, to: target)
                }
            }
            #expect(await code(path) == .usage)
            #expect(await code(path + "/no/such/folder") == .ioError)
            try write([7], to: path + "/plain")
            #expect(await code(path + "/plain/x") == .ioError)
            #expect(
                try PosixFileSystem().listDirectory(path).map(\.name).sorted() == [
                    "board", "plain",
                ])
        }
    }

    @Test func extractingAllNeverLeavesTheFolder() async throws {
        let files: [String: [UInt8]] = ["a/b/c": [1], "a/d": [2], "e": [3], "empty": []]
        try await withBoard(files) { _, version, path in
            let out = path + "/out"
            try await version.extractAll(to: out)
            for (name, bytes) in files { #expect(try contents(of: "\(out)/\(name)") == bytes) }
            try await version.extractAll(to: out)
            // A link that leads outside is not followed.
            let system = PosixFileSystem()
            try system.removeTree(out + "/a")
            try system.makeDirectory(path + "/elsewhere")
            #expect(symlink(path + "/elsewhere", out + "/a") == 0)
            let code = await failure { () throws(EngineError) in
                try await version.extractAll(to: out)
            }
            #expect(code == .ioError || code == .usage)
            #expect(try system.listDirectory(path + "/elsewhere").isEmpty)
            // A link in the place of a file is replaced, not written through.
            try system.unlink(out + "/a")
            try write([9], to: path + "/victim")
            try system.unlink(out + "/e")
            #expect(symlink(path + "/victim", out + "/e") == 0)
            try await version.extractAll(to: out)
            #expect(try contents(of: path + "/victim") == [9])
            #expect(try contents(of: out + "/e") == [3])
        }
    }

    @Test func hashesAreCheckedByTheirRules() async throws {
        let files: [String: [UInt8]] = ["f": Array("abc".utf8), "g": [1]]
        try await withBoard(files) { board, version, _ in
            let flat = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
            let pin = version.info.pinHash
            let file = try version.file("f")
            let good: [(String, PinFile?)] = [
                (pin, nil), (pin, file), (String(pin.prefix(8)), nil), (pin.uppercased(), nil),
                (flat, file), (String(flat.prefix(8)), file), (flat.uppercased(), file),
            ]
            for (hash, file) in good { try await version.checkHash(hash, file: file) }
            let other = try version.file("g")
            let bad: [(String, PinFile?, EngineError.Code)] = [
                (flat, nil, .corrupt), (flat, other, .corrupt),
                (String(pin.prefix(7)), nil, .usage),
                (pin + "0", nil, .usage), ("", nil, .usage), ("not hex!", nil, .usage),
                ("00000000", file, .corrupt), (String(flat.prefix(63)) + "e", file, .corrupt),
            ]
            for (hash, file, code) in bad {
                let found = await failure { () throws(EngineError) in
                    try await version.checkHash(hash, file: file)
                }
                #expect(found == code, "\(hash)")
            }
        }
    }

    @Test func oneOfSeveralFilesMustBeNamed() async throws {
        try await withBoard(["f": [1], "g": [2]]) { board, version, _ in
            let code2 = await failure { () throws(EngineError) in try version.file() }
            #expect(code2 == .usage)
            let code3 = await failure { () throws(EngineError) in try version.file("h") }
            #expect(code3 == .notFound)
            #expect(try version.file("g").byteCount == 1)
            try await board.write(["only": [5]], to: "q")
            let single = try await board.version("q")
            #expect(try single.file().path == "only")
        }
    }

    @Test func piecesAreTheFile() async throws {
        let bytes = SeededRandom(seed: 2).bytes(count: 100_000)
        try await withBoard(["f": bytes]) { _, version, _ in
            let file = try version.file()
            var whole: [UInt8] = []
            for try await piece in version.pieces(of: file) { whole += piece }
            #expect(whole == bytes)
            var part: [UInt8] = []
            for try await piece in version.pieces(of: file, range: 99_990..<200_000) {
                part += piece
            }
            #expect(part == Array(bytes.suffix(10)))
        }
    }

    @Test func labelsPointAtVersions() async throws {
        try await withBoard(["f": [1]]) { board, version, _ in
            let name = version.info.version
            #expect(try await board.setLabel("gold", of: "p") == name)
            try await board.write(["f": [2]], to: "p")
            #expect(try await board.version("p", .named("gold")).info.version == name)
            #expect(try await board.version("p", .named("gold")).info.labels == ["gold"])
            #expect(try await board.versions("p").map(\.labels) == [["gold"], []])
            #expect(try await board.delete("p", version: .named("gold")) == [name])
            let gone = await failure { () throws(EngineError) in
                try await board.version("p", .named("gold"))
            }
            #expect(gone == .notFound)
            _ = try await board.setLabel("x", of: "p")
            try await board.removeLabel("x", of: "p")
            let twice = await failure { () throws(EngineError) in
                try await board.removeLabel("x", of: "p")
            }
            #expect(twice == .notFound)
        }
    }
}

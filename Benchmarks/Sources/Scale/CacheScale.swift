import BenchmarkSupport
import PinEngine
import PinFormat
import PinStorage
import PinTesting
import PinTransforms
import Pins

/// A full local cache: how long it takes to open it and to make room in it.
///
/// Its files have the form that the cache gives them, but their frames are holes: opening reads
/// footers alone, so that 10 GiB need no disk.
struct CacheScale {
    /// Bytes of a frame as it is stored: a chunk that does not compress.
    private static let frameByteCount = 256 << 10
    private static let identity = CacheIdentity(origin: "scale")

    let folder: String
    let frameCount: Int
    let batchFrameCounts = [32, 4, 1]
    let keeps: Bool

    init(_ options: Options) throws {
        folder = "\(options["--folder"] ?? "/tmp")/pins-scale-cache"
        frameCount = try options.integer("--count", default: 40_960, in: 1...1_000_000)
        keeps = options.has("--keep")
    }

    func run() throws {
        defer { if !keeps { try? Folders.remove(folder) } }
        var table = MarkdownTable([
            "frames of a file", "files", "open, ms", "of the processor, ms", "open again, ms",
            "prune to half, ms", "MiB resident",
        ])
        for count in batchFrameCounts {
            try Folders.remove(folder)
            try Files.makeFolder(folder)
            Program.note("making files of \(count) frames")
            try write(filesOf: count)
            table.append(try measure(count))
        }
        print(table.text, terminator: "")
    }

    /// In a process of its own, so that its memory is that of the cache alone.
    private func measure(_ count: Int) throws -> [String] {
        let output = "\(folder)/figures"
        var child = Child(
            CommandLine.arguments[0], ["cache-open", "--folder", folder, "--count", "\(count)"])
        child.output = output
        try child.run(messages: "\(folder)/messages")
        return try Files.text(of: output).split(separator: "|").map {
            String($0.filter { !$0.isWhitespace })
        }
    }

    /// Files whose footers list so many frames each, all bytes before them holes.
    private func write(filesOf count: Int) throws {
        let (folder, identity) = (folder, Self.identity)
        // The cache makes the identity's folder.
        try Program.wait {
            await BoardCache(Self.settings(folder)).keep([0], named: "x", identity: identity)
        }
        let frames = try Self.frames(folder)
        try Files.makeFolder(frames)
        for start in stride(from: 0, to: frameCount, by: count) {
            let random = SeededRandom(seed: UInt64(start)).bytes(count: 16)
            try Self.write(start..<min(start + count, frameCount), in: frames, random)
        }
    }

    private static func write(_ numbers: Range<Int>, in frames: String, _ random: [UInt8]) throws {
        let name = ObjectName(base: 0, random: random)
        let header = FrameHeader(
            kind: .chunk, codec: .raw, filter: .none, rawByteCount: frameByteCount - 64)
        var offset = PackHeader.byteCount
        let entries = numbers.map { number in
            defer { offset += frameByteCount }
            return PackEntry(
                digest: digest(number), header: header, offset: offset,
                storedByteCount: frameByteCount, bases: [])
        }
        let footer = PackFooter(entries: entries, producer: "").encoded
        let trailer = PackTrailer(
            footerOffset: offset, footerByteCount: footer.count, frameCount: entries.count,
            footerDigest: Checksums.standard.sha256(footer, 0..<footer.count))
        let file = try OwnedFile.createExclusive("\(frames)/\(name)", of: PosixFileSystem())
        try file.write(PackHeader(content: .chunks, name: name).encoded, at: 0)
        try file.write(footer + trailer.encoded, at: offset)
        try file.close()
    }

    // MARK: - In a process of its own

    /// Opens the cache as a store does before its first read, and makes room.
    static func open(_ options: Options) throws {
        let folder = options["--folder"] ?? ""
        let count = try options.integer("--count", default: 1, in: 1...1_000)
        let files = try PosixFileSystem().listDirectory(frames(folder)).count
        guard files > 0 else { throw Failure("there is no cache") }
        let before = Resources()
        let (first, again, all) = try Program.wait {
            try await (opened(folder), opened(folder), BoardCache(settings(folder)).info())
        }
        let after = Resources()
        guard first.frames == again.frames, all.frameCount >= files * count else {
            throw Failure("the cache has \(all.frameCount) frames")
        }
        let clock = ContinuousClock()
        let start = clock.now
        try Program.wait {
            let freed = try await BoardCache(settings(folder)).prune(to: all.byteCount / 2)
            guard freed >= all.byteCount / 2 else { throw Failure("\(freed) bytes were freed") }
        }
        let pruning = Child.seconds(clock.now - start)
        print(
            [
                "\(count)", "\(files)", Decimals.text(first.seconds * 1_000, 0),
                Decimals.text(
                    (after.userSeconds + after.systemSeconds - before.userSeconds
                        - before.systemSeconds) * 1_000, 0),
                Decimals.text(again.seconds * 1_000, 0), Decimals.text(pruning * 1_000, 0),
                ByteSize.mebibytes(after.residentByteCount),
            ].joined(separator: "|"), terminator: "")
    }

    private static func opened(_ folder: String) async throws -> (seconds: Double, frames: Int) {
        let cache = BoardCache(settings(folder))
        let clock = ContinuousClock()
        let start = clock.now
        let backend = cache.backend(MemoryBackend(), identity: identity, board: "b")
        guard let backend = backend as? any FrameCachingBackend else { return (0, 0) }
        let found = backend.frames.copies(digest(0), .chunk).count
        return (Child.seconds(clock.now - start), found)
    }

    private static func settings(_ folder: String) -> CacheSettings {
        CacheSettings(path: folder + "/cache")
    }

    /// The folder of the frames of the one identity.
    private static func frames(_ folder: String) throws -> String {
        let entries = try PosixFileSystem().listDirectory("\(folder)/cache")
        guard let name = entries.first(where: { $0.kind == .directory })?.name else {
            throw Failure("the cache has no identity")
        }
        return "\(folder)/cache/\(name)/frames"
    }

    private static func digest(_ number: Int) -> Digest {
        let bytes = SeededRandom(seed: UInt64(number)).bytes(count: 32)
        return Checksums.standard.sha256(bytes, 0..<32)
    }
}

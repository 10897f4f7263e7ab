#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

public import PinTesting

/// The few things that the programs do with files, by system calls.
public enum Files {
    /// Writes a corpus to a file, or to standard output for `-`, piece by piece.
    ///
    /// - Returns: How many bytes it has.
    @discardableResult
    public static func write(_ corpus: Corpus, to path: String) throws -> Int {
        let file = path == "-" ? 1 : open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        guard file >= 0 else { throw failure("cannot write", path) }
        defer { if file != 1 { close(file) } }
        var total = 0
        for piece in corpus.pieces() {
            try write(piece, to: file, path)
            total += piece.count
        }
        return total
    }

    /// Replaces a file's content.
    public static func write(_ text: String, to path: String) throws {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        guard file >= 0 else { throw failure("cannot write", path) }
        defer { close(file) }
        try write(Array(text.utf8), to: file, path)
    }

    /// The whole of a file, as text.
    public static func text(of path: String) throws -> String {
        let file = open(path, O_RDONLY)
        guard file >= 0 else { throw failure("cannot read", path) }
        defer { close(file) }
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(file, &buffer, buffer.count)
            guard count >= 0 else { throw failure("cannot read", path) }
            if count == 0 { return String(decoding: all, as: UTF8.self) }
            all += buffer[..<count]
        }
    }

    /// Makes a folder; one that exists is fine.
    public static func makeFolder(_ path: String) throws {
        guard mkdir(path, 0o755) == 0 || errno == EEXIST else { throw failure("cannot make", path) }
    }

    /// Puts a second name of the file `other` in the place of `path`; a copy is not needed, no tool
    /// changes its input.
    public static func replace(_ path: String, with other: String) throws {
        if exists(path), unlink(path) != 0 { throw failure("cannot remove", path) }
        guard link(other, path) == 0 else { throw failure("cannot link", path) }
    }

    /// Gives a file or a folder another name on the same file system.
    public static func move(_ path: String, to other: String) throws {
        guard rename(path, other) == 0 else { throw failure("cannot move", path) }
    }

    /// The path without links and `..`, from the root.
    public static func absolute(_ path: String) throws -> String {
        guard let resolved = realpath(path, nil) else { throw failure("there is no", path) }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// Whether something is there.
    public static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Whether a folder is kept in memory (Linux's tmpfs).
    public static func isMemoryFolder(_ path: String) -> Bool {
        guard access(path, W_OK) == 0, let mounts = try? text(of: "/proc/self/mounts") else {
            return false
        }
        // Device, mount point, type, …: the longest mount point above the folder is its own.
        var (longest, kind) = (0, "")
        for line in mounts.split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            guard words.count > 2, words[1].utf8.count > longest,
                words[1] == "/" || path == words[1] || path.hasPrefix(words[1] + "/")
            else { continue }
            (longest, kind) = (words[1].utf8.count, words[2])
        }
        return kind == "tmpfs"
    }

    /// Throws unless two files have the same bytes.
    public static func requireEqual(_ left: String, _ right: String) throws {
        let (first, second) = (open(left, O_RDONLY), open(right, O_RDONLY))
        defer {
            close(first)
            close(second)
        }
        guard first >= 0, second >= 0 else { throw failure("cannot compare", "\(left), \(right)") }
        var (ours, theirs) = (
            [UInt8](repeating: 0, count: 1 << 20), [UInt8](repeating: 0, count: 1 << 20)
        )
        while true {
            let count = try fill(&ours, from: first, left)
            guard try fill(&theirs, from: second, right) == count,
                ours[..<count] == theirs[..<count]
            else { throw Failure("\(right) is not equal to \(left): what was restored is wrong") }
            if count == 0 { return }
        }
    }

    private static func fill(
        _ buffer: inout [UInt8], from file: Int32, _ path: String
    ) throws -> Int {
        var filled = 0
        while filled < buffer.count {
            let room = buffer.count - filled
            let count = buffer.withUnsafeMutableBytes { bytes in
                read(file, bytes.baseAddress.map { $0 + filled }, room)
            }
            guard count >= 0 else { throw failure("cannot read", path) }
            if count == 0 { break }
            filled += count
        }
        return filled
    }

    private static func write(_ bytes: [UInt8], to file: Int32, _ path: String) throws {
        var written = 0
        while written < bytes.count {
            let rest = bytes.count - written
            #if canImport(Darwin)
                let call = Darwin.write
            #elseif canImport(Glibc)
                let call = Glibc.write
            #elseif canImport(Musl)
                let call = Musl.write
            #endif
            let count = bytes.withUnsafeBytes { all in
                call(file, all.baseAddress.map { $0 + written }, rest)
            }
            guard count > 0 else { throw failure("cannot write", path) }
            written += count
        }
    }

    private static func failure(_ what: String, _ path: String) -> Failure {
        Failure("\(what) \(path): \(String(cString: strerror(errno)))")
    }
}

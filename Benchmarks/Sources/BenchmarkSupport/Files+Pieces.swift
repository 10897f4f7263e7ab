#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Reading and writing as the engine does: in pieces, at a place.
extension Files {
    /// The first bytes of a file, fewer where it is shorter.
    public static func prefix(of path: String, byteCount: Int) throws -> [UInt8] {
        try bytes(of: path, at: 0, byteCount: byteCount)
    }

    /// The bytes at a place of a file, fewer where it ends.
    public static func bytes(of path: String, at offset: Int, byteCount: Int) throws -> [UInt8] {
        let file = open(path, O_RDONLY)
        guard file >= 0 else { throw Failure("cannot read \(path)") }
        defer { close(file) }
        return try bytes(of: file, at: offset, byteCount: byteCount)
    }

    /// As the other, of a file that is open.
    public static func bytes(of file: Int32, at offset: Int, byteCount: Int) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: byteCount) { out, used in
            while used < byteCount {
                let count = pread(
                    file, out.baseAddress.map { $0 + used }, byteCount - used,
                    off_t(offset + used))
                guard count >= 0 else { throw Failure("a file cannot be read") }
                if count == 0 { break }
                used += count
            }
        }
    }

    /// Reads the first bytes of a file into one buffer, piece by piece.
    public static func readThrough(_ path: String, byteCount: Int, by pieceByteCount: Int) throws {
        let file = open(path, O_RDONLY)
        guard file >= 0 else { throw Failure("cannot read \(path)") }
        defer { close(file) }
        var buffer = [UInt8](repeating: 0, count: pieceByteCount)
        var offset = 0
        while offset < byteCount {
            let wanted = min(pieceByteCount, byteCount - offset)
            let count = pread(file, &buffer, wanted, off_t(offset))
            guard count > 0 else { throw Failure("\(path) ends early") }
            offset += count
        }
    }

    /// Writes bytes to a new file, piece by piece.
    public static func write(_ bytes: [UInt8], to path: String, by pieceByteCount: Int) throws {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        guard file >= 0 else { throw Failure("cannot write \(path)") }
        defer { close(file) }
        var offset = 0
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes { all in
                pwrite(
                    file, all.baseAddress.map { $0 + offset },
                    min(pieceByteCount, bytes.count - offset), off_t(offset))
            }
            guard count > 0 else { throw Failure("cannot write \(path)") }
            offset += count
        }
    }
}

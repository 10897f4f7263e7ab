import PinEngine

/// A whole file in memory.
enum FileBytes {
    /// - Throws: `not-found`, `usage` for a folder or a file over the limit, `not-permitted`,
    ///   `io-error`.
    static func read(_ path: String, limit: Int) throws(CommandFailure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path, errno) }
        defer { close(descriptor) }
        guard let status = FileStatus(path: path), !status.isDirectory else {
            throw .usage("'\(path)' is a folder; name a file in it", object: path)
        }
        var bytes: [UInt8] = []
        let piece = 1 << 20
        while true {
            guard bytes.count <= limit else {
                throw .usage(
                    "'\(path)' is larger than \(ByteCount.text(UInt64(limit)))", object: path)
            }
            var failed: Int32 = 0
            var count = 0
            bytes.append(addingCapacity: piece) { (out: inout OutputSpan<UInt8>) in
                out.withUnsafeMutableBufferPointer { buffer, initialized in
                    let got = Platform.read(
                        descriptor, UnsafeMutableRawPointer(buffer.baseAddress), piece)
                    if got < 0 { failed = errno } else { count = got }
                    initialized += count
                }
            }
            guard failed == 0 || failed == EINTR else { throw failure(path, failed) }
            if failed == 0, count == 0 { return bytes }
        }
    }

    private static func failure(_ path: String, _ number: Int32) -> CommandFailure {
        let reason = String(cString: strerror(number))
        switch number {
        case ENOENT, ENOTDIR:
            return CommandFailure(.notFound, "there is no file '\(path)'", object: path)
        case EACCES, EPERM:
            return CommandFailure(
                .notPermitted, "'\(path)' may not be read: \(reason)", object: path)
        default:
            return CommandFailure(.ioError, "'\(path)' cannot be read: \(reason)", object: path)
        }
    }
}

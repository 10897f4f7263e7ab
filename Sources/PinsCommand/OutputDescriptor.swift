import PinEngine
import Synchronization

/// An open device or pipe that bytes are written to.
final class OutputDescriptor: Sendable {
    private let path: String
    private let descriptor: Int32
    private let lostReader = Atomic(false)

    /// Whether a write failed because nobody reads any more.
    var isClosedPipe: Bool { lostReader.load(ordering: .relaxed) }

    /// - Parameter creating: Whether the path is a file to be made, and not a device or a pipe.
    /// - Throws: `not-permitted`, `io-error`.
    init(_ path: String, creating: Bool = false) throws(CommandFailure) {
        self.path = path
        let flags = O_WRONLY | O_CLOEXEC | O_NOCTTY | (creating ? O_CREAT | O_EXCL : 0)
        descriptor = open(path, flags, 0o666)
        guard descriptor >= 0 else { throw Self.failure(path, errno) }
    }

    deinit { close(descriptor) }

    /// Writes all bytes.
    func write(_ bytes: [UInt8]) throws(CommandFailure) {
        let failed = bytes.withUnsafeBytes { writeAll(descriptor, $0) }
        guard failed != 0 else { return }
        if failed == EPIPE { lostReader.store(true, ordering: .relaxed) }
        throw Self.failure(path, failed)
    }

    private static func failure(_ path: String, _ number: Int32) -> CommandFailure {
        let isRefused = number == EACCES || number == EPERM
        return CommandFailure(
            isRefused ? .notPermitted : .ioError,
            "'\(path)' cannot be written: \(String(cString: strerror(number)))", object: path)
    }
}

import PinEngine
import PinFormat
import Synchronization

/// Standard output: data, and nothing else.
enum StandardOutput {
    private static let writers = Atomic<Int>(0)
    private static let firstFailure = Mutex<CommandFailure?>(nil)

    /// Whether a call to ``write(_:)`` is under way.
    static var isWriting: Bool { writers.load(ordering: .relaxed) > 0 }

    /// Why a write failed: for callers that could only pass on another type of error.
    static var failure: CommandFailure? { firstFailure.withLock { $0 } }

    /// Writes all bytes.
    ///
    /// - Throws: ``CommandFailure/closedPipe`` where nobody reads any more; `io-error` for the rest.
    static func write(_ bytes: [UInt8]) throws(CommandFailure) {
        writers.add(1, ordering: .relaxed)
        defer { writers.subtract(1, ordering: .relaxed) }
        let failed = bytes.withUnsafeBytes { writeAll(STDOUT_FILENO, $0) }
        guard failed != 0 else { return }
        let reason = String(cString: strerror(failed))
        let failure =
            failed == EPIPE
            ? .closedPipe
            : CommandFailure(.ioError, "standard output cannot be written: \(reason)")
        firstFailure.withLock { $0 = $0 ?? failure }
        throw failure
    }

    static func write(_ text: String) throws(CommandFailure) {
        try write(Array(text.utf8))
    }
}

/// Standard error: messages, progress and errors.
enum StandardError {
    /// Writes what can be written: nobody can be told of a failure here.
    static func write(_ text: String) {
        _ = Array(text.utf8).withUnsafeBytes { writeAll(STDERR_FILENO, $0) }
    }

    static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }
}

/// Text that is safe on a terminal, line by line: names and titles are what users made them.
func printableLines(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false)
        .map { Names.printable(String($0)) }
        .joined(separator: "\n")
}

/// Writes until nothing is left.
///
/// - Returns: 0, or the error number of the call that failed.
func writeAll(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int32 {
    var done = 0
    while done < bytes.count {
        let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
        let count = write(descriptor, rest.baseAddress, rest.count)
        if count >= 0 {
            done += count
        } else if errno == EAGAIN {
            var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            _ = poll(&wanted, 1, -1)
        } else if errno != EINTR {
            return errno
        }
    }
    return 0
}

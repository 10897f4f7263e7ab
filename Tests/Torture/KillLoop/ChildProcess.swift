#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A process that was started here, and what it says on its standard output.
struct ChildProcess {
    /// Why a process could not be started.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    let identifier: pid_t
    /// The end of its pipe.
    let output: Int32
    private var rest: [UInt8] = []

    /// Starts a program.
    init(_ program: String, _ arguments: [String]) throws {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw Failure(description: "no pipe: error \(errno)") }
        // Other children must not hold this pipe open.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[1]) }
        var words: [UnsafeMutablePointer<CChar>?] =
            ([program] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
            var attributes: posix_spawnattr_t?
        #else
            var actions = posix_spawn_file_actions_t()
            var attributes = posix_spawnattr_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // A child dies of a closed pipe, also where the test runner ignores the signal.
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigaddset(&signals, SIGPIPE)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF))
        var started: pid_t = 0
        let result = posix_spawn(&started, program, &actions, &attributes, &words, environ)
        guard result == 0 else {
            close(ends[0])
            throw Failure(description: "cannot start \(program): error \(result)")
        }
        identifier = started
        output = ends[0]
    }

    /// Whole lines that it has said; `nil` at the end. Waits for some.
    mutating func readLines() -> [String]? {
        var buffer = [UInt8](repeating: 0, count: 1 << 14)
        let count = read(output, &buffer, buffer.count)
        if count < 0, errno == EINTR { return [] }
        guard count > 0 else { return nil }
        rest += buffer[..<count]
        var lines: [String] = []
        while let end = rest.firstIndex(of: 10) {
            lines.append(String(decoding: rest[..<end], as: UTF8.self))
            rest.removeFirst(end + 1)
        }
        return lines
    }

    /// Kills it as a power cut would: it cannot notice.
    func killNow() { kill(identifier, SIGKILL) }

    /// Waits for its end.
    ///
    /// - Returns: The signal that ended it, or `nil` if it ended itself.
    func wait() -> Int32? {
        var status: Int32 = 0
        while waitpid(identifier, &status, 0) < 0 && errno == EINTR {}
        close(output)
        let signal = status & 0x7F
        return signal == 0 ? nil : signal
    }
}

/// Writes bytes to standard output in one call, so that a kill cannot leave half a line.
func putToOutput(_ bytes: [UInt8]) -> Bool {
    write(STDOUT_FILENO, bytes, bytes.count) == bytes.count
}

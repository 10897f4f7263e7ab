#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Runs another program and measures what it took, by the kernel's own account (`wait4`).
///
/// Foundation's `Process` is not used: it reaps the child itself and gives no account of it.
public struct Child: Sendable {
    /// What one run took.
    public struct Usage: Sendable {
        /// From the start to the end, in seconds.
        public let wallSeconds: Double
        /// Processor time in user and kernel mode, of the program and the programs it waited for.
        public let processorSeconds: Double
        /// The largest resident set of any of them. Never under that of this program at the start.
        public let peakByteCount: Int

        public init(wallSeconds: Double, processorSeconds: Double, peakByteCount: Int) {
            self.wallSeconds = wallSeconds
            self.processorSeconds = processorSeconds
            self.peakByteCount = peakByteCount
        }
    }

    /// The program, by path or by name in PATH.
    public let program: String
    /// The words after its name.
    public let arguments: [String]
    /// Variables beside those of this program.
    public var environment: [String: String] = [:]
    /// The folder that it runs in.
    public var folder: String?
    /// Where its standard output goes; nothing is kept without it.
    public var output = "/dev/null"

    public init(_ program: String, _ arguments: [String]) {
        self.program = program
        self.arguments = arguments
    }

    /// The same place and output for another command.
    public func with(_ program: String, _ arguments: [String]) -> Child {
        var copy = Child(program, arguments)
        copy.environment = environment
        copy.folder = folder
        copy.output = output
        return copy
    }

    /// The path of a program in PATH, or `nil`.
    public static func find(_ name: String) -> String? {
        if name.contains("/") { return access(name, X_OK) == 0 ? name : nil }
        guard let path = getenv("PATH") else { return nil }
        return String(cString: path).split(separator: ":")
            .map { "\($0)/\(name)" }
            .first { access($0, X_OK) == 0 }
    }

    /// Runs it to its end. Its messages go to `messages`, whose last line is in the error.
    ///
    /// - Throws: ``Failure`` where it cannot start, or ends otherwise than with 0.
    @discardableResult
    public func run(messages: String) throws -> Usage {
        guard let path = Self.find(program) else { throw Failure("there is no program \(program)") }
        let clock = ContinuousClock()
        let start = clock.now
        let process = try spawn(path, messages)
        var status: Int32 = 0
        var usage = rusage()
        while wait4(process, &status, 0, &usage) < 0 {
            guard errno == EINTR else { throw Failure("\(program) cannot be waited for") }
        }
        let wall = clock.now - start
        guard status == 0 else {
            let text = (try? Files.text(of: messages)) ?? ""
            let last = text.split(separator: "\n").last ?? ""
            let words = ([program] + arguments).joined(separator: " ")
            throw Failure("\(words) ended with status \(status >> 8 & 255): \(last)")
        }
        #if canImport(Darwin)
            let peakUnit = 1
        #else
            let peakUnit = 1024
        #endif
        return Usage(
            wallSeconds: Self.seconds(wall),
            processorSeconds: Self.seconds(usage.ru_utime) + Self.seconds(usage.ru_stime),
            peakByteCount: Int(usage.ru_maxrss) * peakUnit)
    }

    private func spawn(_ path: String, _ messages: String) throws -> pid_t {
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
        #else
            var actions = posix_spawn_file_actions_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let create = O_WRONLY | O_CREAT | O_TRUNC
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, create, 0o644)
        posix_spawn_file_actions_addopen(&actions, 2, messages, create, 0o644)
        var words = ([program] + arguments).map { strdup($0) } + [nil]
        var variables = Self.variables(adding: environment).map { strdup($0) } + [nil]
        defer { for word in words + variables { free(word) } }
        // The child inherits the folder. These programs have one thread, so nobody else sees it.
        let here = open(".", O_RDONLY)
        defer {
            if folder != nil { fchdir(here) }
            close(here)
        }
        if let folder, chdir(folder) != 0 { throw Failure("there is no folder \(folder)") }
        var process: pid_t = 0
        let failure = posix_spawn(&process, path, &actions, nil, &words, &variables)
        guard failure == 0 else {
            throw Failure("\(path) cannot be started: \(String(cString: strerror(failure)))")
        }
        return process
    }

    private static func variables(adding more: [String: String]) -> [String] {
        var all = more.map { "\($0)=\($1)" }.sorted()
        for name in ["PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH"] where more[name] == nil {
            if let value = getenv(name) { all.append("\(name)=\(String(cString: value))") }
        }
        return all
    }

    /// A duration in seconds.
    public static func seconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
    }

    private static func seconds(_ time: timeval) -> Double {
        Double(time.tv_sec) + Double(time.tv_usec) / 1e6
    }
}

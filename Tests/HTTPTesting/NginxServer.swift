import Foundation

/// nginx on a free port of the loopback interface, serving a folder, with a prefix, a configuration
/// and logs of its own. It is stopped by its process number.
public final class NginxServer: Sendable {
    /// What goes wrong while it starts.
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    public let port: Int
    /// The folder of its own: configuration, logs.
    private let prefix: String

    /// `http://127.0.0.1:PORT/`.
    public var url: String { "http://127.0.0.1:\(port)/" }

    /// The program, or `nil` with a loud line where it is not installed.
    public static let program: String? = {
        let folders = ["/usr/sbin", "/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"]
        let found = folders.map { $0 + "/nginx" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
        if found == nil {
            print("SKIPPED: tests against nginx, which is not installed; run 'make setup'")
        }
        return found
    }()

    public static var isInstalled: Bool { program != nil }

    /// Starts it.
    ///
    /// - Parameters:
    ///   - root: The folder that it serves.
    ///   - prefix: An empty folder for its own files.
    ///   - location: Directives for all paths, such as `dav_methods PUT DELETE;`.
    ///   - certificate: PEM files of a certificate and its key: then it speaks TLS and HTTP/2.
    public init(
        root: String, prefix: String, location: String = "",
        certificate: (chain: String, key: String)? = nil
    ) throws {
        guard let program = Self.program else { throw Failure(description: "no nginx") }
        self.prefix = prefix
        for attempt in 1... {
            let port = try LoopbackSocket.freePort()
            let listen = certificate.map {
                "listen 127.0.0.1:\(port) ssl http2; ssl_certificate \($0.chain); "
                    + "ssl_certificate_key \($0.key);"
            }
            let text = Self.configuration(
                listen: listen ?? "listen 127.0.0.1:\(port);", root: root, location: location)
            try text.write(toFile: prefix + "/nginx.conf", atomically: true, encoding: .utf8)
            // It goes into the background when it listens. Foundation's Process would wait for
            // that one as well.
            if try Self.run(program, "-p", prefix, "-c", "nginx.conf", "-e", "error.log") == 0 {
                self.port = port
                return
            }
            // Another program may have taken the port meanwhile.
            guard attempt < 5 else {
                let log = try? String(contentsOfFile: prefix + "/error.log", encoding: .utf8)
                throw Failure(description: "nginx does not start: \(log ?? "")")
            }
        }
        throw Failure(description: "nginx does not start")
    }

    /// Runs a program to its end.
    ///
    /// - Returns: Its status as `waitpid` gives it; 0 is success.
    private static func run(_ arguments: String...) throws -> Int32 {
        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
        // The thread that spawns may have blocked the signal that is to end it.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var noSignals = sigset_t()
        sigemptyset(&noSignals)
        posix_spawnattr_setsigmask(&attributes, &noSignals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var (process, status): (pid_t, Int32) = (0, 0)
        guard posix_spawn(&process, arguments[0], &actions, &attributes, &words, environ) == 0
        else {
            throw Failure(description: "cannot start \(arguments[0])")
        }
        while waitpid(process, &status, 0) < 0 && errno == EINTR {}
        return status
    }

    private static func configuration(listen: String, root: String, location: String) -> String {
        """
        # One process, so that what it logs is in the order of what it answers.
        daemon on;
        master_process off;
        pid nginx.pid;
        events { worker_connections 512; }
        http {
            log_format requests '$request_method $request_uri $status $body_bytes_sent '
                '$server_protocol "$http_range" "$http_authorization"';
            access_log access.log requests;
            client_body_temp_path body;
            proxy_temp_path proxy;
            fastcgi_temp_path fastcgi;
            uwsgi_temp_path uwsgi;
            scgi_temp_path scgi;
            client_max_body_size 1g;
            types { text/plain txt yaml csv; }
            default_type application/octet-stream;
            server {
                \(listen)
                root \(root);
                location / { \(location) }
                location = /pins-test-barrier { return 204; }
            }
        }

        """
    }

    /// One line of the log.
    public struct Entry: Sendable, Hashable {
        public let method: String
        public let path: String
        public let status: Int
        public let byteCount: Int
        public let version: String
        public let range: String?
        public let authorization: String?
    }

    /// What was asked for since the start or the last call, in order.
    public func takeLog() throws -> [Entry] {
        // When it answers this one, it has logged what it answered before.
        barrier()
        let path = prefix + "/access.log"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try handle.truncate(atOffset: 0)
        try handle.close()
        return text.split(separator: "\n").compactMap(Self.entry)
    }

    private static func entry(_ line: Substring) -> Entry? {
        let parts = line.split(separator: "\"", omittingEmptySubsequences: false)
        let words = parts[0].split(separator: " ")
        guard words.count == 5, parts.count == 5, words[1] != "/pins-test-barrier" else {
            return nil
        }
        func value(_ text: Substring) -> String? { text == "-" ? nil : String(text) }
        return Entry(
            method: String(words[0]), path: String(words[1]), status: Int(words[2]) ?? 0,
            byteCount: Int(words[3]) ?? 0, version: String(words[4]), range: value(parts[1]),
            authorization: value(parts[3]))
    }

    private func barrier() {
        guard let socket = try? LoopbackSocket(connectingTo: port) else { return }
        socket.send("GET /pins-test-barrier HTTP/1.0\r\n\r\n")
        while !socket.receive().isEmpty {}
    }

    /// Ends it. Called once, also after failures.
    public func stop() {
        // It answers, so it has written its number.
        barrier()
        let text = try? String(contentsOfFile: prefix + "/nginx.pid", encoding: .utf8)
        guard
            let number = text.flatMap({ pid_t($0.trimmingCharacters(in: .whitespacesAndNewlines)) })
        else { return }
        kill(number, SIGTERM)
    }
}

/// Serves a folder with nginx for the time of `body`.
@discardableResult
public func withNginx<Value>(
    root: String, prefix: String, location: String = "",
    certificate: (chain: String, key: String)? = nil,
    isolation: isolated (any Actor)? = #isolation,
    _ body: (NginxServer) async throws -> Value
) async throws -> Value {
    try FileManager.default.createDirectory(
        atPath: prefix, withIntermediateDirectories: true)
    let server = try NginxServer(
        root: root, prefix: prefix, location: location, certificate: certificate)
    defer { server.stop() }
    return try await body(server)
}

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The frame of a program: its help, its errors, its exit status.
public enum Program {
    /// Runs `body` with the words of the command line; a thrown error becomes one line and 1.
    public static func run(help: String, _ body: ([String]) throws -> Void) {
        let words = Array(CommandLine.arguments.dropFirst())
        if words.contains("--help") || words.contains("-h") {
            print(help)
            return
        }
        do {
            try body(words)
        } catch {
            note("\(error)")
            exit(1)
        }
    }

    /// As the other, for programs that wait.
    public static func run(
        help: String, _ body: @Sendable ([String]) async throws -> Void
    ) async {
        let words = Array(CommandLine.arguments.dropFirst())
        if words.contains("--help") || words.contains("-h") {
            print(help)
            return
        }
        do {
            try await body(words)
        } catch {
            note("\(error)")
            exit(1)
        }
    }

    /// A number that no other running program has, for names of temporary folders.
    public static var identifier: Int { Int(getpid()) }

    /// A line on standard error.
    public static func note(_ line: String) {
        let name = CommandLine.arguments.first?.split(separator: "/").last ?? "pins"
        let bytes = Array("\(name): \(line)\n".utf8)
        _ = bytes.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
    }
}

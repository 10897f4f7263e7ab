import ArgumentParser
import PinEngine
import Pins
import PinsDocuments
import Synchronization

/// Where the process begins: parses the arguments, runs one command in a task that a signal
/// cancels, says how it ended, and exits with the status that stands for it.
@main
enum Entry {
    static func main() async {
        Platform.occupyStandardDescriptors()
        let arguments = Array(CommandLine.arguments.dropFirst())
        let interruption = Interruption()
        let status = await withTaskGroup(of: Int32?.self) { group in
            group.addTask { await run(arguments, interruption) }
            group.addTask {
                await interruption.wait()
                return nil
            }
            var status: Int32 = 0
            while let ended = await group.next() {
                group.cancelAll()
                if let ended {
                    status = ended
                    break
                }
            }
            interruption.end()
            return status
        }
        exit(status)
    }

    /// Parses and runs one command.
    ///
    /// - Returns: The exit status.
    private static func run(_ arguments: [String], _ interruption: Interruption) async -> Int32 {
        let options = arguments.prefix { $0 != "--" }
        let wantsJSON = options.contains("--json")
        if !options.contains("--quiet") { showWarnings() }
        do {
            // As an option of the parser's root it would be taken from 'pins read --version V'.
            guard arguments != ["--version"] else {
                try StandardOutput.write(PinsTool.programVersion + "\n")
                return 0
            }
            var command = try PinsTool.parseAsRoot(arguments)
            try Adapters.register()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            return 0
        } catch {
            return report(error, wantsJSON: wantsJSON, interruption)
        }
    }

    /// Warnings of boards go to standard error, each once.
    private static func showWarnings() {
        let known = Mutex<Set<String>>([])
        BoardWarnings.setHandler { message in
            guard known.withLock({ $0.insert(message).inserted }) else { return }
            StandardError.write("pins: warning: \(message)\n")
        }
    }

    private static func report(
        _ error: any Error, wantsJSON: Bool, _ interruption: Interruption
    ) -> Int32 {
        var failure: CommandFailure
        switch error {
        case let error as CommandFailure: failure = error
        case let error as EngineError: failure = CommandFailure(error)
        default:
            // The parser's own errors: help and versions are no failures and go to standard output.
            guard PinsTool.exitCode(for: error).rawValue != 0 else {
                try? StandardOutput.write(PinsTool.fullMessage(for: error) + "\n")
                return 0
            }
            failure = .usage(PinsTool.message(for: error))
        }
        let isInterrupted = failure.code == EngineError.Code.cancelled.description
        let signal = interruption.signal ?? SIGINT
        if isInterrupted {
            failure = CommandFailure(
                .cancelled, Interruption.message(signal), object: failure.object)
        }
        guard !failure.isClosedPipe else { return 0 }
        if wantsJSON, !failure.hasDocument {
            try? StandardOutput.write(failure.document.text + "\n")
        }
        StandardError.write("pins: \(failure.line)\n")
        return isInterrupted ? 128 + signal : failure.status
    }
}

import PinTesting
import Torture

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

// `make torture`; see TortureCommand.
let command = TortureCommand(Array(CommandLine.arguments.dropFirst()))
exit(await command.run() ? 0 : 1)

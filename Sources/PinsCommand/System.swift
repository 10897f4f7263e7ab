// The one place that chooses a C library, for every file of the command.

#if canImport(Darwin)
    @_exported import Darwin
#elseif canImport(Glibc)
    @_exported import Glibc
#elseif canImport(Musl)
    @_exported import Musl
#endif

/// Calls whose names are also those of methods.
enum Platform {
    static func ignore(_ number: Int32) { _ = signal(number, SIG_IGN) }

    /// Puts something into the numbers 0, 1 and 2 where the caller left them closed: the next file that is
    /// opened, such as a new pack, would get the number and the messages with it. What is put there
    /// fails where the closed one would have failed; messages are lost quietly.
    static func occupyStandardDescriptors() {
        let modes = [O_WRONLY, O_RDONLY, O_RDWR]
        for (number, mode) in zip(STDIN_FILENO...STDERR_FILENO, modes)
        where fcntl(number, F_GETFD) < 0 && errno == EBADF {
            _ = open("/dev/null", mode)
        }
    }

    static func read(
        _ descriptor: Int32, _ buffer: UnsafeMutableRawPointer?, _ count: Int
    ) -> Int {
        #if canImport(Darwin)
            Darwin.read(descriptor, buffer, count)
        #elseif canImport(Glibc)
            Glibc.read(descriptor, buffer, count)
        #else
            Musl.read(descriptor, buffer, count)
        #endif
    }
}

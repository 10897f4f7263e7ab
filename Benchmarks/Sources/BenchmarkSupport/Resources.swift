#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What this process has taken so far, by the kernel's own account.
public struct Resources: Sendable {
    /// Processor time in user mode, of all threads.
    public let userSeconds: Double
    /// Processor time in kernel mode, of all threads.
    public let systemSeconds: Double
    /// The largest resident set there has been.
    public let peakByteCount: Int
    /// The resident set now; 0 where the system does not say (it is read from `/proc`).
    public let residentByteCount: Int

    /// The account at this moment.
    public init() {
        var usage = rusage()
        // RUSAGE_SELF is 0 everywhere, and a number only where it is not of Glibc.
        getrusage(0, &usage)
        userSeconds = Double(usage.ru_utime.tv_sec) + Double(usage.ru_utime.tv_usec) / 1e6
        systemSeconds = Double(usage.ru_stime.tv_sec) + Double(usage.ru_stime.tv_usec) / 1e6
        #if canImport(Darwin)
            peakByteCount = Int(usage.ru_maxrss)
        #else
            peakByteCount = Int(usage.ru_maxrss) * 1024
        #endif
        let words = ((try? Files.text(of: "/proc/self/statm")) ?? "").split(separator: " ")
        residentByteCount = words.count > 1 ? (Int(words[1]) ?? 0) * Int(getpagesize()) : 0
    }

    /// The largest resident set since this program was loaded: not that of the program which started
    /// it, as ``peakByteCount`` may be. The same where the system does not say.
    public static var peakResidentByteCount: Int {
        let lines = ((try? Files.text(of: "/proc/self/status")) ?? "").split(separator: "\n")
        guard let line = lines.first(where: { $0.hasPrefix("VmHWM:") }) else {
            return Resources().peakByteCount
        }
        return (Int(line.filter(\.isNumber)) ?? 0) * 1024
    }
}

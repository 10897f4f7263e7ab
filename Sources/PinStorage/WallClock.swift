#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The time of day. It names and describes; no decision about safety may rest on it.
public protocol WallClock: Sendable {
    /// The time in milliseconds since 1970-01-01T00:00:00Z, without leap seconds.
    var millisecondsSince1970: Int64 { get }
}

extension WallClock {
    /// The time in whole seconds since 1970-01-01T00:00:00Z, rounded down.
    public var secondsSince1970: Int64 {
        let milliseconds = millisecondsSince1970
        let seconds = milliseconds / 1000
        return milliseconds % 1000 < 0 ? seconds - 1 : seconds
    }
}

/// The clock of the operating system.
public struct SystemClock: WallClock {
    public init() {}

    public var millisecondsSince1970: Int64 {
        var now = timespec()
        // CLOCK_REALTIME exists everywhere, so the call cannot fail with a valid pointer.
        unsafe clock_gettime(CLOCK_REALTIME, &now)
        return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
    }
}

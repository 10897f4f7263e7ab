internal import PinStorage

/// The time of day, for rules that people give in days.
enum Timestamp {
    /// Seconds since 1970.
    static func now() -> Int64 { SystemClock().secondsSince1970 }
}

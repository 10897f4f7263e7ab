public import PinStorage
internal import Synchronization

/// A clock that stands until a test moves it, forward or back.
public final class ManualClock: WallClock {
    private let milliseconds: Mutex<Int64>

    /// A clock.
    ///
    /// - Parameter millisecondsSince1970: The time it shows; 2026-01-01T00:00:00Z by default.
    public init(millisecondsSince1970: Int64 = 1_767_225_600_000) {
        self.milliseconds = Mutex(millisecondsSince1970)
    }

    public var millisecondsSince1970: Int64 { milliseconds.withLock { $0 } }

    /// Moves the time; a negative number moves it back.
    public func advance(milliseconds step: Int64) {
        milliseconds.withLock { $0 += step }
    }

    /// Moves the time; a negative number moves it back.
    public func advance(seconds step: Int64) {
        advance(milliseconds: step * 1000)
    }
}

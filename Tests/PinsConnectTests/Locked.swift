import Pins
import Synchronization

/// A value that several threads change.
final class Locked<Value: Sendable>: Sendable {
    private let mutex: Mutex<Value>

    init(_ value: Value) { mutex = Mutex(value) }

    var value: Value { mutex.withLock { $0 } }

    func change(_ body: @Sendable (inout Value) -> Void) {
        mutex.withLock { value in body(&value) }
    }
}

/// What was warned of in this process, from the first look on. There is one handler for all tests,
/// which run side by side: a test looks for the name of its own pin.
enum Warnings {
    static let heard: Locked<[String]> = {
        let heard = Locked<[String]>([])
        BoardWarnings.setHandler { text in heard.change { $0.append(text) } }
        return heard
    }()
}

internal import Synchronization

/// What the pointers that C holds stand for.
///
/// A handle is a number that looks like a pointer and is never given twice: one that is closed, or
/// never was one, is found out instead of followed.
enum Registry {
    private struct State {
        var next: UInt = 0x1000
        var entries: [UInt: any AnyObject & Sendable] = [:]
    }

    private static let state = Mutex(State())

    /// Keeps an object, and gives the pointer that stands for it.
    static func add(_ object: any AnyObject & Sendable) -> OpaquePointer {
        state.withLock { state in
            state.next += 16
            state.entries[state.next] = object
            guard let pointer = OpaquePointer(bitPattern: state.next) else {
                preconditionFailure("numbers of handles are not zero")
            }
            return pointer
        }
    }

    /// The object of a pointer, if it is one of that type and not closed.
    static func find<Object>(_ pointer: OpaquePointer?, _: Object.Type = Object.self) -> Object? {
        guard let pointer else { return nil }
        return state.withLock { $0.entries[UInt(bitPattern: pointer)] } as? Object
    }

    /// Forgets a pointer.
    static func remove(_ pointer: OpaquePointer) {
        // Let go outside of the lock: what it holds may call back.
        let removed = state.withLock { $0.entries.removeValue(forKey: UInt(bitPattern: pointer)) }
        withExtendedLifetime(removed) {}
    }
}

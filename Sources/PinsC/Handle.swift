internal import CPins
internal import Dispatch
internal import PinEngine
internal import Pins
internal import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A board or a version that C holds: runs one call at a time and remembers why the last one
/// failed.
final class Handle: Sendable {
    /// What it stands for.
    enum Subject: Sendable {
        case board(Board)
        case version(PinVersion)
        /// A board or version that could not be opened: there is only a message.
        case failed
    }

    private struct State {
        var subject = Subject.failed
        var isBusy = false
        var isCancelled = false
        var cancel: (@Sendable () -> Void)?
        /// Owned; `nil` where no call has failed.
        var message: UnsafeMutablePointer<CChar>?
    }

    /// Where the board is, for a check of one that cannot be opened; `nil` for others.
    let location: String?
    // The pointer in the state is only touched under the lock, and freed once.
    private let state = Mutex(State())

    init(location: String? = nil) { self.location = location }

    deinit { state.withLock { free($0.message) } }

    /// The board, where it is one.
    var board: Board? {
        if case .board(let board) = state.withLock({ $0.subject }) { board } else { nil }
    }

    /// The version, where it is one.
    var version: PinVersion? {
        if case .version(let version) = state.withLock({ $0.subject }) { version } else { nil }
    }

    func become(_ subject: Subject) { state.withLock { $0.subject = subject } }

    /// Ends the call that runs, if one does.
    func cancel() {
        let cancel = state.withLock { state -> (@Sendable () -> Void)? in
            guard state.isBusy else { return nil }
            state.isCancelled = true
            return state.cancel
        }
        cancel?()
    }

    /// The message of the last call; empty if it did not fail. Valid until the next call.
    var message: UnsafePointer<CChar>? { state.withLock { UnsafePointer($0.message) } }

    /// Runs one call on the calling thread's account, and gives its status.
    ///
    /// - Parameters:
    ///   - done: Gets what `body` gives, on the calling thread.
    func run<Value: Sendable>(
        _ body: @escaping @Sendable () async throws(EngineError) -> Value, done: (Value) -> Void
    ) -> Int32 {
        guard !Callback.isRunning else { return Int32(PINS_USAGE.rawValue) }
        let isFree = state.withLock { state in
            guard !state.isBusy else { return false }
            (state.isBusy, state.isCancelled) = (true, false)
            free(state.message)
            state.message = nil
            return true
        }
        guard isFree else { return Int32(PINS_TRY_AGAIN.rawValue) }
        let result = wait(body)
        if case .success(let value) = result { done(value) }
        return state.withLock { state in
            (state.isBusy, state.cancel) = (false, nil)
            guard case .failure(let error) = result else { return Int32(PINS_OK.rawValue) }
            state.message = strdup(error.line)
            return error.status
        }
    }

    /// Notes a failure of the call that has just ended.
    ///
    /// - Returns: Its status.
    func fail(_ error: EngineError) -> Int32 {
        state.withLock { state in
            guard !state.isBusy else { return }
            free(state.message)
            state.message = strdup(error.line)
        }
        return error.status
    }

    /// The border between a thread of C and the tasks of Swift: the only place where a task is made
    /// that nothing but a semaphore waits for.
    private func wait<Value: Sendable>(
        _ body: @escaping @Sendable () async throws(EngineError) -> Value
    ) -> Result<Value, EngineError> {
        let outcome = Outcome<Value>()
        let task = Task.detached {
            let result: Result<Value, EngineError>
            do throws(EngineError) {
                result = .success(try await body())
            } catch {
                result = .failure(error)
            }
            outcome.set(result)
        }
        let isCancelled = state.withLock { state in
            state.cancel = { task.cancel() }
            return state.isCancelled
        }
        if isCancelled { task.cancel() }
        return outcome.wait()
    }
}

/// What a task leaves for the thread that waits for it.
private final class Outcome<Value: Sendable>: Sendable {
    private let result = Mutex<Result<Value, EngineError>?>(nil)
    private let done = DispatchSemaphore(value: 0)

    func set(_ value: Result<Value, EngineError>) {
        result.withLock { $0 = value }
        done.signal()
    }

    func wait() -> Result<Value, EngineError> {
        done.wait()
        guard let value = result.withLock({ $0 }) else {
            preconditionFailure("the semaphore is raised after the result is there")
        }
        return value
    }
}

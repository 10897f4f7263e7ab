import Dispatch

extension Program {
    /// Runs asynchronous work from a program that is synchronous, and waits for it.
    public static func wait<Value: Sendable>(
        _ body: @escaping @Sendable () async throws -> Value
    ) throws -> Value {
        let done = DispatchSemaphore(value: 0)
        let box = Box<Value>()
        Task {
            do { box.result = .success(try await body()) } catch { box.result = .failure(error) }
            done.signal()
        }
        done.wait()
        guard let result = box.result else { throw Failure("the work gave no result") }
        return try result.get()
    }

    /// Carries a result over the semaphore, which orders the write before the read.
    private final class Box<Value: Sendable>: @unchecked Sendable {
        var result: Result<Value, any Error>?
    }
}

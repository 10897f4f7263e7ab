internal import CCurl
internal import Synchronization

/// Ends a transfer from another thread.
final class CurlCancellation: Sendable {
    private struct State {
        var isCancelled = false
        /// The address of the multi handle that waits, while it does. As a number, because a
        /// pointer belongs to its thread; it is used under the lock only.
        var waiting: UInt?
    }

    private let state = Mutex(State())

    var isCancelled: Bool { state.withLock { $0.isCancelled } }

    /// Marks the transfer and wakes its thread. `curl_multi_wakeup` may be called from any thread
    /// while the handle exists, which ``detach()`` ends under the same lock.
    func cancel() {
        state.withLock { state in
            state.isCancelled = true
            guard let address = state.waiting else { return }
            unsafe curl_multi_wakeup(UnsafeMutableRawPointer(bitPattern: address))
        }
    }

    func attach(_ address: UInt) { state.withLock { $0.waiting = address } }

    func detach() { state.withLock { $0.waiting = nil } }
}

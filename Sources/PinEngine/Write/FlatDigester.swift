internal import PinFormat
internal import PinTransforms
internal import Synchronization

/// The flat SHA-256 of one file, computed beside the pipeline: serial by nature, so whichever task
/// brings the next piece in order hashes it, and the pieces that others have brought meanwhile.
///
/// `@unchecked Sendable`: `hasher` is touched only by the task that has set `isBusy` under the
/// mutex.
final class FlatDigester: @unchecked Sendable {
    private struct State {
        var next = 0
        var pending: [Int: [UInt8]] = [:]
        var isBusy = false
    }

    private let state = Mutex(State())
    private var hasher = SHA256()

    /// Brings piece number `index`. Returns at once if it is not its turn, or another task is
    /// hashing.
    func submit(_ index: Int, _ bytes: [UInt8]) {
        let takes = state.withLock { state in
            state.pending[index] = bytes
            guard !state.isBusy, state.pending[state.next] != nil else { return false }
            state.isBusy = true
            return true
        }
        guard takes else { return }
        while let piece = takeNext() { unsafe hasher.update(piece.span.bytes) }
    }

    /// The digest of all pieces. Called once, after every `submit` has returned.
    func finish() -> Digest {
        precondition(state.withLock { $0.pending.isEmpty && !$0.isBusy }, "a piece is missing")
        return hasher.finish()
    }

    private func takeNext() -> [UInt8]? {
        state.withLock { state in
            guard let piece = state.pending.removeValue(forKey: state.next) else {
                state.isBusy = false
                return nil
            }
            state.next += 1
            return piece
        }
    }
}

internal import PinFormat
internal import PinTransforms
internal import Synchronization

/// The flat SHA-256 of one file, computed beside the pipeline: serial by nature, so whichever task
/// brings the next piece in order hashes it, and the pieces that others have brought meanwhile.
///
/// `@unchecked Sendable`: `hasher` is touched only by the task that has set `isBusy` under the
/// mutex.
final class FlatDigester: @unchecked Sendable {
    private typealias Piece = (buffer: BatchBuffer, count: Int)

    private struct State {
        var next = 0
        var pending: [Int: Piece] = [:]
        var isBusy = false
    }

    private let state = Mutex(State())
    private var hasher = SHA256()

    /// Brings piece number `index`: the first `count` bytes of a buffer. Returns at once if it is
    /// not its turn, or another task is hashing.
    func submit(_ index: Int, _ buffer: BatchBuffer, _ count: Int) {
        let takes = state.withLock { state in
            state.pending[index] = (buffer, count)
            guard !state.isBusy, state.pending[state.next] != nil else { return false }
            state.isBusy = true
            return true
        }
        guard takes else { return }
        while let piece = takeNext() {
            let bytes = piece.buffer.bytes
            unsafe hasher.update(bytes.span.bytes.extracting(0..<piece.count))
        }
    }

    /// The digest of all pieces. Called once, after every `submit` has returned.
    func finish() -> Digest {
        precondition(state.withLock { $0.pending.isEmpty && !$0.isBusy }, "a piece is missing")
        return hasher.finish()
    }

    private func takeNext() -> Piece? {
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

import BenchmarkSupport
import Pins

/// Boards to measure.
enum ScaleBoard {
    /// Makes a board in an empty folder.
    static func make(_ folder: String, isPlain: Bool) async throws -> Board {
        try await Board.create(isPlain ? "plain:\(folder)" : folder)
    }
}

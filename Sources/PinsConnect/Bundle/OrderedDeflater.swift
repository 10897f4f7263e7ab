internal import PinEngine

/// Compresses the pieces of a stream side by side, and hands out the results in order.
struct OrderedDeflater {
    /// How much is compressed at once: large enough that what a flush costs is nothing.
    static let pieceByteCount = 1 << 20

    /// 1…9.
    let level: Int
    /// How many pieces are held at once.
    let width: Int

    /// Compresses all pieces.
    ///
    /// - Parameters:
    ///   - next: Gives the next piece, at most ``pieceByteCount`` bytes; `nil` at the end.
    ///   - emit: Takes the blocks, in order.
    func run(
        next: () async throws(EngineError) -> [UInt8]?,
        emit: (DeflatedBlock) async throws(EngineError) -> Void
    ) async throws(EngineError) {
        let result = await withTaskGroup(
            of: (Int, DeflatedBlock).self, returning: Result<Void, EngineError>.self
        ) { group in
            var given = 0
            var taken = 0
            var waiting: [Int: DeflatedBlock] = [:]
            var window: [UInt8] = []
            do throws(EngineError) {
                while let piece = try await next() {
                    let (number, before, level) = (given, window, self.level)
                    group.addTask { (number, DeflatedBlock(piece, after: before, level: level)) }
                    window = Array(piece.suffix(DeflatedBlock.windowByteCount))
                    given += 1
                    while given - taken >= width, let (number, block) = await group.next() {
                        waiting[number] = block
                        while let block = waiting.removeValue(forKey: taken) {
                            try await emit(block)
                            taken += 1
                        }
                    }
                }
                while let (number, block) = await group.next() {
                    waiting[number] = block
                    while let block = waiting.removeValue(forKey: taken) {
                        try await emit(block)
                        taken += 1
                    }
                }
                return .success(())
            } catch {
                group.cancelAll()
                return .failure(error)
            }
        }
        try result.get()
    }
}

internal import PinEngine
package import PinFormat

extension BoardSettings {
    /// How payloads of the board are cut.
    ///
    /// - Throws: ``EngineError/Code/usage`` for settings that are not allowed.
    package var chunker: ChunkerParameters {
        get throws(EngineError) {
            let size = chunkAverageByteCount
            let exponent = size > 0 ? size.trailingZeroBitCount : 0
            guard size == 1 << exponent, ChunkerParameters.averageExponents.contains(exponent),
                let chunker = try? ChunkerParameters(averageExponent: exponent)
            else {
                throw EngineError(
                    .usage,
                    "an average chunk of \(size) bytes is not allowed; use a power of two from "
                        + "4KiB to 4MiB")
            }
            guard (1...19).contains(level) else {
                throw EngineError(.usage, "the level is \(level); 1 to 19 are allowed")
            }
            return chunker
        }
    }
}

internal import CPinKernels
public import PinFormat

/// Cuts bytes into chunks where their content says so (FORMAT.md §4).
///
/// The boundaries are a function of the bytes and the parameters alone: every kernel gives the cuts
/// of the byte-by-byte definition, and how the bytes came in batches has no influence.
public struct GearChunker: Sendable {
    /// The parameters it cuts by.
    public let parameters: ChunkerParameters
    private let kernel: pins_gear_kernel

    /// A chunker that uses the fastest kernel of this machine.
    public init(_ parameters: ChunkerParameters) {
        self.init(parameters, kernel: pins_gear_best_kernel())
    }

    /// A chunker that uses one kernel, which this machine must be able to run.
    init(_ parameters: ChunkerParameters, kernel: pins_gear_kernel) {
        precondition(pins_gear_can_run(kernel), "the processor lacks the kernel's instructions")
        self.parameters = parameters
        self.kernel = kernel
    }

    /// Appends the end offset of every chunk that the bytes determine.
    ///
    /// Without `isFinal`, the caller keeps the bytes after the last end and passes them again with
    /// the bytes that follow them; ``ChunkerParameters/maximumByteCount`` bytes always hold an end.
    ///
    /// - Parameters:
    ///   - bytes: The unread input, beginning at the first byte of a chunk; any length.
    ///   - isFinal: Whether no further bytes follow; then the last end is the number of bytes.
    ///   - ends: Where the ends are appended, ascending, counted from the first of `bytes`.
    /// - Returns: What was seen on the way of samples: sketches of these chunks take less with it.
    /// - Complexity: O(*n*), about 6 GB/s with AVX-512, 4 GB/s with AVX2 (ADR-0001).
    @discardableResult
    public func appendBoundaries(
        of bytes: RawSpan, isFinal: Bool, to ends: inout [Int]
    ) -> NotedSamples {
        let gear = pins_gear_parameters(
            average_exponent: UInt32(parameters.averageExponent),
            normalization: UInt32(parameters.normalization))
        // Every chunk but the last has at least the minimum of bytes.
        let capacity = bytes.byteCount / parameters.minimumByteCount + 1
        return unsafe NotedSamples(byteCount: bytes.byteCount, chunkCountMax: capacity) { noted in
            unsafe bytes.withUnsafeBytes { input in
                unsafe withUnsafeTemporaryAllocation(of: Int.self, capacity: capacity) { found in
                    guard let base = input.baseAddress, let out = found.baseAddress else { return }
                    let count = unsafe pins_gear_ends(
                        kernel, gear, base.assumingMemoryBound(to: UInt8.self), input.count,
                        isFinal, UnsafeMutableRawPointer(out).assumingMemoryBound(to: UInt.self),
                        capacity, noted)
                    unsafe ends.append(contentsOf: found[..<Int(count)])
                }
            }
        }
    }
}

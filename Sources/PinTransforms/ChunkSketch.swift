internal import CPinKernels

/// The features by which chunks that resemble each other are found (FORMAT.md §6.4).
///
/// Method: sampled rolling hashes and the greatest of linear transforms of them (Zou et al.,
/// Odess, ICDE 2021), in pairs (Broder's super-features).
public struct ChunkSketch: Sendable, Hashable {
    /// How many features a sketch has.
    public static let featureCount = 3
    /// The features, in the order of the format.
    public let features: [UInt64]

    /// The sketch of a chunk; `nil` if it has too few samples: chunks under a few thousand bytes,
    /// and those that repeat one byte.
    ///
    /// - Parameters:
    ///   - chunk: Its bytes.
    ///   - noted: What ``GearChunker`` has noted when it cut the chunk.
    ///   - start: Where the chunk begins in what was cut then.
    /// - Complexity: O(*n*), about as fast as cutting (``GearChunker``); several times as fast with
    ///   what was noted then.
    public init?(_ chunk: RawSpan, noted: NotedSamples? = nil, start: Int = 0) {
        self.init(chunk, noted: noted, start: start, kernel: pins_gear_best_kernel())
    }

    /// The sketch by one kernel, which this machine must be able to run.
    init?(
        _ chunk: RawSpan, noted: NotedSamples? = nil, start: Int = 0, kernel: pins_gear_kernel
    ) {
        precondition(pins_gear_can_run(kernel), "the processor lacks the kernel's instructions")
        let found =
            if let noted {
                unsafe noted.withNotes { unsafe Self.features(chunk, $0, start, kernel) }
            } else {
                unsafe Self.features(chunk, nil, start, kernel)
            }
        guard let found else { return nil }
        features = found
    }

    private static func features(
        _ chunk: RawSpan, _ noted: UnsafePointer<pins_gear_samples>?, _ start: Int,
        _ kernel: pins_gear_kernel
    ) -> [UInt64]? {
        unsafe chunk.withUnsafeBytes { input in
            guard let base = input.baseAddress else { return nil }
            return unsafe withUnsafeTemporaryAllocation(
                of: UInt64.self, capacity: featureCount
            ) { out in
                guard let features = out.baseAddress,
                    unsafe pins_sketch_features(
                        kernel, base.assumingMemoryBound(to: UInt8.self), input.count, noted,
                        start, features)
                else { return nil }
                return unsafe Array(out)
            }
        }
    }
}

internal import CPinKernels
public import PinFormat

/// Makes the parity of a pack while its bytes go by (FORMAT.md §7.10).
///
/// It holds the parity object alone, never the pack. Used by one task at a time.
public struct ParityEncoder: ~Copyable, Sendable {
    private let layout: ParityLayout
    private let kernel: pins_parity_kernel
    /// What each column counts for in every row.
    private let factors: [[UInt8]]
    private var object: [UInt8]
    private var digest = SHA256()
    private var checksums: [UInt32] = []
    /// The checksum of the block that is not whole yet.
    private var checksum: UInt32 = 0
    private var position = 0

    /// - Parameter layout: That of the pack.
    public init(_ layout: ParityLayout) {
        self.init(layout, kernel: pins_parity_best_kernel())
    }

    /// An encoder that uses one kernel, which this machine must be able to run.
    init(_ layout: ParityLayout, kernel: pins_parity_kernel) {
        precondition(pins_parity_can_run(kernel), "the processor lacks the kernel's instructions")
        self.layout = layout
        self.kernel = kernel
        factors = (0..<layout.columnCount).map { column in
            (0..<layout.rowCount).map { ParityField.coefficient(row: $0, column: column) }
        }
        object = [UInt8](repeating: 0, count: layout.byteCount)
        checksums.reserveCapacity(layout.blockCount)
    }

    /// Adds the next bytes of the pack.
    ///
    /// - Complexity: O(*n*) in the bytes times the parity rows.
    public mutating func update(_ bytes: RawSpan) {
        precondition(
            bytes.byteCount <= layout.packByteCount - position, "the pack has no more bytes")
        digest.update(bytes)
        var done = 0
        while done < bytes.byteCount {
            let index = position / layout.blockByteCount
            let block = layout.range(ofBlock: index)
            let count = min(bytes.byteCount - done, block.upperBound - position)
            let part = bytes.extracting(done..<done + count)
            checksum = CRC32C.of(part, seed: checksum)
            let first = layout.range(ofParityBlock: index % layout.groupCount).lowerBound
            ParityField.add(
                part, times: factors[index / layout.groupCount], to: &object,
                at: first + position - block.lowerBound,
                stride: layout.groupCount * layout.blockByteCount, kernel)
            (done, position) = (done + count, position + count)
            if position == block.upperBound {
                checksums.append(checksum)
                checksum = 0
            }
        }
    }

    /// The parity object, when all bytes of the pack have gone by.
    ///
    /// - Parameter name: The pack's.
    public consuming func finish(name: ObjectName) -> [UInt8] {
        precondition(position == layout.packByteCount, "the pack has more bytes")
        let parity = (0..<layout.parityBlockCount).map { index in
            let range = layout.range(ofParityBlock: index)
            return unsafe CRC32C.of(object.span.bytes.extracting(range))
        }
        let description = ParityDescription(
            name: name, layout: layout, packDigest: digest.finish(), blockChecksums: checksums,
            parityChecksums: parity)
        PackParity.complete(&object, description, .standard)
        return object
    }
}

internal import CPinKernels
internal import PinFormat

/// The byte transposition of the filters (FORMAT.md §6.3).
enum ByteShuffle {
    /// The transposed bytes: as many as `input`.
    static func apply(_ filter: FrameFilter, _ input: RawSpan) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: input.byteCount) { memory, used in
            let out = unsafe UnsafeMutableRawBufferPointer(
                rebasing: UnsafeMutableRawBufferPointer(memory)[..<input.byteCount])
            unsafe input.withUnsafeBytes { unsafe run(filter, $0, out, pins_shuffle) }
            used = input.byteCount
        }
    }

    /// Writes what ``apply(_:_:)`` was given.
    static func undo(
        _ filter: FrameFilter, _ input: UnsafeRawBufferPointer,
        _ out: UnsafeMutableRawBufferPointer
    ) {
        unsafe run(filter, input, out, pins_unshuffle)
    }

    private static func run(
        _ filter: FrameFilter, _ input: UnsafeRawBufferPointer,
        _ out: UnsafeMutableRawBufferPointer,
        _ kernel: (UnsafePointer<UInt8>, UnsafeMutablePointer<UInt8>, Int, Int) -> Void
    ) {
        precondition(input.count == out.count, "a filter keeps the number of bytes")
        guard let from = input.baseAddress, let to = out.baseAddress else { return }
        unsafe kernel(
            from.assumingMemoryBound(to: UInt8.self), to.assumingMemoryBound(to: UInt8.self),
            input.count, filter.stride)
    }
}

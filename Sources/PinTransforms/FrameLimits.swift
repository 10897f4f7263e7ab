/// The limits of frames (FORMAT.md §6.1, §8): checked before memory is taken.
public enum FrameLimits {
    /// The most bytes that a frame may hold: the largest chunk of the largest average.
    public static let rawByteCountMax = 1 << windowLogMax
    /// The most bytes of a prefix: two of the largest chunks.
    public static let prefixByteCountMax = 2 * rawByteCountMax
    /// The most bytes that may stand in for `rawByteCount` bytes: a frame of raw blocks.
    ///
    /// A compressed frame larger than that is refused; an encoder writes raw blocks instead.
    public static func storedByteCountMax(rawByteCount: Int) -> Int {
        RawFrame.byteCount(rawByteCount: rawByteCount)
    }

    /// Log2 of ``rawByteCountMax``: the largest window a decoder accepts.
    static let windowLogMax = 24
    /// The levels of compression on offer.
    public static let levels = 1...19
}

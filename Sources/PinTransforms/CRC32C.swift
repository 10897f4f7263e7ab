internal import CPinKernels

/// CRC-32C (Castagnoli), the checksum of headers and footers (FORMAT.md §2.4).
public enum CRC32C {
    /// The checksum of the bytes.
    ///
    /// - Parameters:
    ///   - bytes: Any number of bytes.
    ///   - seed: The checksum of the bytes before these; 0 where there are none.
    /// - Complexity: O(*n*).
    public static func of(_ bytes: RawSpan, seed: UInt32 = 0) -> UInt32 {
        unsafe bytes.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress else { return seed }
            return unsafe pins_crc32c(
                seed, base.assumingMemoryBound(to: UInt8.self), buffer.count)
        }
    }
}

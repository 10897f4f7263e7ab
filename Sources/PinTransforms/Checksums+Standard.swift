public import PinFormat

extension Checksums {
    /// SHA-256 of libcrypto and the CRC-32C kernel: what every board uses.
    public static let standard = Checksums(
        sha256: { bytes, range in
            var hasher = SHA256()
            return unsafe hasher.digest(bytes.span.bytes.extracting(range))
        },
        crc32c: { bytes, range, seed in
            unsafe CRC32C.of(bytes.span.bytes.extracting(range), seed: seed)
        })
}

extension SHA256 {
    /// The domain-separated digest of an array, with a context of its own: for what is digested
    /// rarely.
    public static func digest(domain: DigestDomain, _ bytes: [UInt8]) -> Digest {
        var hasher = SHA256()
        return unsafe hasher.digest(domain: domain, bytes.span.bytes)
    }
}

/// The hash functions that decoding and encoding need (FORMAT.md §2.4, §2.5).
public struct Checksums: Sendable {
    /// SHA-256 of a range of bytes.
    public let sha256: @Sendable (_ bytes: [UInt8], _ range: Range<Int>) -> Digest
    /// CRC-32C of a range of bytes, continuing from a value.
    public let crc32c: @Sendable (_ bytes: [UInt8], _ range: Range<Int>, _ seed: UInt32) -> UInt32

    public init(
        sha256: @escaping @Sendable (_ bytes: [UInt8], _ range: Range<Int>) -> Digest,
        crc32c:
            @escaping @Sendable (
                _ bytes: [UInt8], _ range: Range<Int>, _ seed: UInt32
            ) -> UInt32
    ) {
        self.sha256 = sha256
        self.crc32c = crc32c
    }

    /// Appends the seal: the digest of everything written so far.
    func seal(_ writer: inout ByteWriter) {
        writer.digest(sha256(writer.bytes, 0..<writer.count))
    }

    /// Checks prologue and seal of a whole object and returns a reader of what stands between them.
    func open(
        _ bytes: [UInt8], _ kind: ObjectKind, section: String
    ) throws(FormatError) -> ByteReader {
        let overhead = Prologue.byteCount + Prologue.sealByteCount
        guard bytes.count >= overhead else {
            throw FormatError(
                .truncated, section: section, offset: bytes.count,
                "\(bytes.count) bytes cannot hold a \(kind)")
        }
        var reader = ByteReader(bytes, 0..<bytes.count - Prologue.sealByteCount, section: section)
        try Prologue.read(kind, from: &reader)
        try checkSeal(bytes, kind)
        return reader
    }

    /// Checks that the last 32 bytes are the digest of the others.
    func checkSeal(_ bytes: [UInt8], _ kind: ObjectKind) throws(FormatError) {
        let end = bytes.count - Prologue.sealByteCount
        guard end >= 0,
            Check.seal.isOff || sha256(bytes, 0..<end) == Digest(bytes: bytes, at: end)
        else {
            throw FormatError(
                .checksumMismatch, section: "2.5", offset: max(0, end),
                "the seal of the \(kind) does not match its bytes")
        }
    }
}

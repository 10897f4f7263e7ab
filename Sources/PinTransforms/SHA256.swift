internal import CCrypto
public import PinFormat

/// SHA-256 by libcrypto: one context, used again for every digest.
///
/// Not thread-safe; each thread has its own. Making one costs about a microsecond, a digest after that
/// costs no memory.
// @unchecked: it is not copyable, so the context has one owner at a time, on whatever thread; no lock.
@safe public struct SHA256: ~Copyable, @unchecked Sendable {
    private let context: OpaquePointer
    private var isFresh = false

    /// The algorithm, looked up once: that is most of what a digest of few bytes would cost.
    // Immutable after it was made, and libcrypto counts its references atomically.
    private nonisolated(unsafe) static let algorithm: OpaquePointer = {
        guard let found = unsafe EVP_MD_fetch(nil, "SHA256", nil) else {
            fatalError("libcrypto offers no SHA-256: is its configuration damaged?")
        }
        return unsafe found
    }()

    public init() {
        guard let made = unsafe EVP_MD_CTX_new() else {
            fatalError("no memory for a digest context")
        }
        unsafe context = made
        restart()
    }

    deinit { unsafe EVP_MD_CTX_free(context) }

    /// SHA-256 of the bytes: the name of a chunk, and what `sha256sum` prints.
    ///
    /// Bytes given to ``update(_:)`` and not finished are forgotten.
    public mutating func digest(_ bytes: RawSpan) -> Digest {
        restart()
        update(bytes)
        return finish()
    }

    /// SHA-256 of the domain's tag and the bytes (FORMAT.md §5).
    public mutating func digest(domain: DigestDomain, _ bytes: RawSpan) -> Digest {
        restart()
        unsafe update(domain.tag.span.bytes)
        update(bytes)
        return finish()
    }

    /// Adds bytes to the digest that ``finish()`` will return.
    public mutating func update(_ bytes: RawSpan) {
        isFresh = false
        let status = unsafe bytes.withUnsafeBytes {
            unsafe EVP_DigestUpdate(context, $0.baseAddress, $0.count)
        }
        precondition(status == 1, "libcrypto refused bytes of a digest")
    }

    /// The digest of all bytes since the last one; what follows begins a new digest.
    public mutating func finish() -> Digest {
        let digest = unsafe withUnsafeTemporaryAllocation(byteCount: Digest.byteCount, alignment: 8)
        { out in
            let status = unsafe EVP_DigestFinal_ex(context, out.baseAddress, nil)
            precondition(status == 1, "libcrypto refused to finish a digest")
            func word(_ index: Int) -> UInt64 {
                unsafe out.load(fromByteOffset: 8 * index, as: UInt64.self).bigEndian
            }
            return Digest(word(0), word(1), word(2), word(3))
        }
        isFresh = false
        restart()
        return digest
    }

    private mutating func restart() {
        if isFresh { return }
        let status = unsafe EVP_DigestInit_ex2(context, Self.algorithm, nil)
        precondition(status == 1, "libcrypto refused to begin a digest")
        isFresh = true
    }
}

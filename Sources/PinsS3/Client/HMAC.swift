internal import PinFormat
internal import PinTransforms

/// HMAC-SHA256 (RFC 2104), over the SHA-256 of libcrypto.
enum HMAC {
    private static let blockByteCount = 64

    /// The code of a message; keys and messages here are short.
    static func sha256(key: [UInt8], _ message: [UInt8]) -> [UInt8] {
        var key = key.count > blockByteCount ? SHA256Bytes.digest(key).bytes : key
        key += [UInt8](repeating: 0, count: blockByteCount - key.count)
        let inner = SHA256Bytes.digest(key.map { $0 ^ 0x36 } + message)
        return SHA256Bytes.digest(key.map { $0 ^ 0x5C } + inner.bytes).bytes
    }

    static func sha256(key: [UInt8], _ message: String) -> [UInt8] {
        sha256(key: key, Array(message.utf8))
    }
}

/// SHA-256 of arrays.
enum SHA256Bytes {
    static func digest(_ bytes: [UInt8]) -> Digest {
        Checksums.standard.sha256(bytes, 0..<bytes.count)
    }
}

internal import PinFormat
internal import PinTransforms

/// Who reads from where: what one identity has read is never served to another.
public struct CacheIdentity: Sendable, Hashable {
    /// Names its folder: 32 hexadecimal digits, from which nothing can be read back.
    let folderName: String

    /// An identity.
    ///
    /// - Parameters:
    ///   - origin: Scheme, host and port, or a bucket's endpoint.
    ///   - credentials: All that says who asks: a key, the value of a header; empty for nobody.
    public init(origin: String, credentials: [UInt8] = []) {
        // The lengths keep two pairs apart that would be the same text.
        folderName = CacheName.of([Array(origin.utf8), credentials])
    }
}

/// Names of things in the cache: digests, so that no text of a board becomes a path.
enum CacheName {
    /// 32 hexadecimal digits of the SHA-256 of the parts with their lengths.
    static func of(_ parts: [[UInt8]]) -> String {
        var bytes: [UInt8] = []
        for part in parts {
            for shift in stride(from: 56, through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: part.count >> shift))
            }
            bytes += part
        }
        return String(Checksums.standard.sha256(bytes, 0..<bytes.count).hex.prefix(32))
    }

    static func of(_ texts: String...) -> String { of(texts.map { Array($0.utf8) }) }
}

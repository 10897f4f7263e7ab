internal import PinFormat

/// What `s3://BUCKET/PREFIX` names.
public struct S3Location: Sendable, Hashable {
    /// The bucket.
    public let bucket: String
    /// What the keys of the board begin with: empty, or with a slash at the end.
    public let prefix: String

    /// Parses a location. Slashes at the ends of the prefix do not count.
    ///
    /// - Parameter scheme: What stands in front, `s3` or `plain+s3`.
    /// - Throws: ``S3Error/Code/settings`` for anything else, an empty bucket, or a prefix that no
    ///   key may have.
    public init(_ text: String, scheme: String = "s3") throws(S3Error) {
        func wrong(_ why: String) -> S3Error {
            S3Error(.settings, "'\(Names.printable(text))' is no board in a bucket: \(why)")
        }
        let start = scheme + "://"
        guard text.hasPrefix(start) else {
            throw wrong("write \(start)BUCKET/PREFIX")
        }
        let parts = text.dropFirst(start.count).split(
            separator: "/", omittingEmptySubsequences: false)
        guard let bucket = parts.first, !bucket.isEmpty else {
            throw wrong("the bucket is missing; write \(start)BUCKET/PREFIX")
        }
        var folders = parts.dropFirst().drop { $0.isEmpty }
        while folders.last?.isEmpty == true { folders.removeLast() }
        guard folders.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }) else {
            throw wrong("its prefix has an empty part, '.' or '..'")
        }
        guard
            folders.allSatisfy({ folder in
                folder.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
            })
        else { throw wrong("its prefix has control characters") }
        let prefix = folders.map { $0 + "/" }.joined()
        // A key has at most 1,024 bytes; those of the engine take 200 of them.
        guard prefix.utf8.count <= 800 else { throw wrong("its prefix is too long") }
        self.bucket = String(bucket)
        self.prefix = prefix
    }
}

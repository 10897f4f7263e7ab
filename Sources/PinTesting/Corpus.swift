/// Deterministic test data of any size: a realistic table, log or binary file, and the versions
/// that everyday edits make of it.
///
/// Equal descriptions give equal bytes on every platform: every cell is a pure function of the
/// seed, its row, its column and the versions that edited it, computed with integers. Nothing is
/// held in memory, so a corpus may be far larger than the machine.
///
/// ```swift
/// let first = Corpus(.csv, byteCount: 64 << 20, seed: 1)
/// let second = first.version(2, edit: .init(.scatter, partsPerMillion: 10_000))
/// for piece in second.pieces() { try sink.append(piece) }
/// ```
public struct Corpus: Sendable, Hashable {
    /// What the data looks like.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// Comma-separated orders with a header: ids, dates, categories, decimals, words.
        case csv
        /// The same table, one JSON object a line.
        case jsonLines = "jsonl"
        /// Random bytes in rows of 4 KiB: nothing to compress.
        case random
        /// Binary columns one after another, as an uncompressed Arrow or Feather file has them.
        case columns
        /// Lines of a server's log.
        case log
    }

    /// The largest size that can be asked for, in bytes.
    public static let maximumByteCount = 1 << 45
    /// The largest version number.
    public static let maximumVersion = 1000

    /// What the data looks like.
    public let kind: Kind
    /// About how large version 1 is, in bytes: within 3 % from 1 MiB on.
    public let byteCount: Int
    /// What all cells are derived from.
    public let seed: UInt64
    /// What happens from each version to the next one.
    public let edit: Edit?
    /// 1 is the unedited data; version *n* has been edited *n* − 1 times.
    public let version: Int

    /// Describes data; nothing is made yet.
    ///
    /// - Parameters:
    ///   - kind: What the data looks like.
    ///   - byteCount: About how large version 1 is: 0…``maximumByteCount``.
    ///   - seed: Any number.
    ///   - edit: What happens from each version to the next one.
    ///   - version: 1…``maximumVersion``.
    public init(
        _ kind: Kind, byteCount: Int, seed: UInt64, edit: Edit? = nil, version: Int = 1
    ) {
        precondition((0...Self.maximumByteCount).contains(byteCount), "size out of range")
        precondition((1...Self.maximumVersion).contains(version), "version out of range")
        self.kind = kind
        self.byteCount = byteCount
        self.seed = seed
        self.edit = edit
        self.version = version
    }

    /// The same data after `edit` has been applied `version` − 1 times.
    public func version(_ version: Int, edit: Edit) -> Corpus {
        Corpus(kind, byteCount: byteCount, seed: seed, edit: edit, version: version)
    }

    /// The data from its first byte to its last, in pieces.
    ///
    /// - Parameter byteCount: Every piece but the last has at least this many bytes, and less
    ///   than one row more; at least 1.
    /// - Complexity: O(*n*) time for all of them, O(`byteCount`) memory.
    public func pieces(of byteCount: Int = 1 << 20) -> CorpusPieces {
        CorpusPieces(CorpusTable(self), byteCount: byteCount)
    }

    /// All of the data at once.
    public func bytes() -> [UInt8] {
        var all: [UInt8] = []
        all.reserveCapacity(byteCount + byteCount / 16)
        for piece in pieces() { all += piece }
        return all
    }
}

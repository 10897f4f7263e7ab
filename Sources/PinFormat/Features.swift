/// What a program must know to read, write or collect a board (FORMAT.md §11).
public struct Features: Sendable, Hashable {
    /// Numbers of features, ascending. An unknown one in `read` refuses the board, in `write` makes
    /// it read-only, in `collect` forbids collection.
    public var read: [UInt32] = []
    /// What a writer must understand, ascending.
    public var write: [UInt32] = []
    /// What a collector must understand, ascending.
    public var collect: [UInt32] = []

    public init() {}

    init(_ record: Record, first: UInt16, section: String) throws(FormatError) {
        read = try record.u32s(first | Record.critical, section: section)
        write = try record.u32s((first + 1) | Record.critical, section: section)
        collect = try record.u32s((first + 2) | Record.critical, section: section)
    }

    func write(to record: inout Record, first: UInt16) {
        record.set(first | Record.critical, u32s: read)
        record.set((first + 1) | Record.critical, u32s: write)
        record.set((first + 2) | Record.critical, u32s: collect)
    }

    /// The union of two sets of demands.
    public func union(_ other: Features) -> Features {
        var out = Features()
        out.read = Set(read).union(other.read).sorted()
        out.write = Set(write).union(other.write).sorted()
        out.collect = Set(collect).union(other.collect).sorted()
        return out
    }
}

extension ChunkerParameters {
    /// The four bytes of FORMAT.md §7.1, tag 2.
    var encoded: [UInt8] { [algorithm, UInt8(averageExponent), UInt8(normalization), 0] }

    init(_ reader: inout ByteReader) throws(FormatError) {
        let (algorithm, exponent) = (try reader.u8(), try reader.u8())
        let normalization = try reader.u8()
        try reader.reserved(1)
        try self.init(
            algorithm: algorithm, averageExponent: Int(exponent), normalization: Int(normalization))
    }
}

/// The configuration of a board, written once (FORMAT.md §7.1).
public struct BoardConfig: Sendable, Hashable {
    /// 16 random bytes: which board this is.
    public var boardID: [UInt8]
    /// How payloads are cut.
    public var chunker: ChunkerParameters
    /// Features a program must know to read, to write, to collect.
    public var features: Features
    /// Whether the store has no atomic create, so that writers must take turns by agreement.
    public var isSingleWriter: Bool
    /// The zstd level writers are asked to use.
    public var level: Int
    /// What writers keep the closure of a delta frame to, 1…16 frames.
    public var closureFrameCount: Int
    /// What a board has that does not say (FORMAT.md §7.1).
    public static let standardClosureFrameCount = 8
    /// When the board was made, seconds since 1970; informational.
    public var createdSeconds: Int64?
    /// The program that made the board.
    public var producer: String
    /// How much parity packs get, in percent of their length (FORMAT.md §7.10); `nil`: none.
    public var parityPercent: Int?
    /// Fields this program does not know.
    public var unknown: [Record.Field] = []

    static let section = "7.1"
    static let known: [UInt16] = [0x8001, 0x8002, 0x8003, 0x8004, 0x8005, 0x8006, 7, 8, 9, 10, 11]

    public init(
        boardID: [UInt8], chunker: ChunkerParameters = .standard, isSingleWriter: Bool = false,
        level: Int = 3, closureFrameCount: Int = standardClosureFrameCount,
        createdSeconds: Int64? = nil, producer: String, parityPercent: Int? = nil
    ) {
        self.boardID = boardID
        self.chunker = chunker
        self.features = Features()
        self.isSingleWriter = isSingleWriter
        self.level = level
        self.closureFrameCount = closureFrameCount
        self.createdSeconds = createdSeconds
        self.producer = producer
        self.parityPercent = parityPercent
    }

    /// The object's bytes, prologue to seal.
    public func encoded(_ checksums: Checksums) -> [UInt8] {
        var record = Record()
        record.set(0x8001, boardID)
        record.set(0x8002, chunker.encoded)
        features.write(to: &record, first: 3)
        record.set(0x8006, isSingleWriter ? [1] : nil)
        record.set(7, i64: level == 3 ? nil : Int64(level))
        record.set(
            8,
            closureFrameCount == Self.standardClosureFrameCount ? nil : [UInt8(closureFrameCount)])
        record.set(9, i64: createdSeconds)
        record.set(10, text: producer)
        record.set(11, parityPercent.map { [UInt8($0)] })
        record.keep(unknown)
        var writer = ByteWriter()
        Prologue.write(.config, to: &writer)
        record.write(to: &writer)
        checksums.seal(&writer)
        return writer.bytes
    }

    /// Decodes and checks the whole object.
    ///
    /// - Throws: ``FormatError`` with any code; the section is 2.5, 2.6, 4.1 or 7.1.
    public init(_ bytes: [UInt8], _ checksums: Checksums) throws(FormatError) {
        guard bytes.count <= Limits.configByteCount else {
            throw FormatError(.limitExceeded, section: Self.section, "the config is too large")
        }
        var reader = try checksums.open(bytes, .config, section: Self.section)
        let record = try Record(&reader)
        try record.check(known: Self.known, section: Self.section)
        func fail(_ message: String) -> FormatError {
            FormatError(.invalidValue, section: Self.section, message)
        }
        boardID = try record.required(0x8001, section: Self.section) {
            (reader) throws(FormatError) in try reader.take(16)
        }
        chunker = try record.required(0x8002, section: "4.1") {
            (reader) throws(FormatError) in try ChunkerParameters(&reader)
        }
        features = try Features(record, first: 3, section: Self.section)
        let single = record.value(0x8006)
        guard single == nil || single == [1] else { throw fail("the single-writer mark is not 1") }
        isSingleWriter = single != nil
        let levelValue = try record.optional(7, section: Self.section) {
            (reader) throws(FormatError) in Int64(bitPattern: try reader.u64())
        }
        guard levelValue != 3, (-200...50).contains(levelValue ?? 3) else {
            throw fail("the level is not canonical or out of range")
        }
        level = Int(levelValue ?? 3)
        let closure = record.value(8)
        guard
            closure == nil
                || (closure?.count == 1 && closure != [UInt8(Self.standardClosureFrameCount)]),
            (1...Limits.closureFrameCount).contains(
                Int(closure?.first ?? UInt8(Self.standardClosureFrameCount)))
        else { throw fail("the closure limit is not canonical or out of range") }
        closureFrameCount = Int(closure?.first ?? UInt8(Self.standardClosureFrameCount))
        createdSeconds = try record.optional(9, section: Self.section) {
            (reader) throws(FormatError) in Int64(bitPattern: try reader.u64())
        }
        producer = try record.text(10, limit: Limits.producerByteCount, section: Self.section) ?? ""
        let parity = record.value(11)
        guard
            parity == nil
                || (parity?.count == 1 && ParityLayout.percents.contains(Int(parity?.first ?? 0)))
        else { throw fail("the parity is not a percentage") }
        parityPercent = parity?.first.map { Int($0) }
        unknown = record.unknown(Self.known)
    }
}

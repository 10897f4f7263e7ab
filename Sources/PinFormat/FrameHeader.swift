/// What a frame holds (FORMAT.md §7.2).
public enum FrameKind: UInt8, Sendable, Hashable, CaseIterable {
    /// A piece of a file.
    case chunk = 0
    /// A page of a manifest.
    case node = 1
}

/// How one frame is encoded: what the record in the pack, the footer and the index say alike
/// (FORMAT.md §7.2). Values are checked when made, so that a `FrameHeader` is always well-formed.
public struct FrameHeader: Sendable, Hashable {
    /// What the frame holds.
    public let kind: FrameKind
    /// How it is compressed.
    public let codec: FrameCodec
    /// What was done to its bytes before that.
    public let filter: FrameFilter
    /// 0, or 1 + the greatest depth of the bases as they were chosen; at most 15.
    public let depth: Int
    /// 1 + the sum over the bases; at most 16.
    public let closureFrameCount: Int
    /// Bytes of the chunk or node, 1…``Limits/frameRawByteCount``.
    public let rawByteCount: Int
    /// 0, or 1 or 2 for delta frames.
    public let baseCount: Int

    /// A frame without bases.
    public init(kind: FrameKind, codec: FrameCodec, filter: FrameFilter, rawByteCount: Int) {
        precondition(codec != .zstdDelta && (1...Limits.frameRawByteCount).contains(rawByteCount))
        self.kind = kind
        self.codec = codec
        self.filter = filter
        self.depth = 0
        self.closureFrameCount = 1
        self.rawByteCount = rawByteCount
        self.baseCount = 0
    }

    /// A delta frame.
    ///
    /// - Throws: `limitExceeded` where depth or closure are over their limits.
    public init(
        deltaOf bases: [FrameHeader], rawByteCount: Int
    ) throws(FormatError) {
        try self.init(
            form: FrameCodec.zstdDelta.rawValue << 2,
            depth: UInt8(clamping: 1 + (bases.map(\.depth).max() ?? 0)),
            closure: UInt8(clamping: 1 + bases.reduce(0) { $0 + $1.closureFrameCount }),
            baseCount: UInt8(clamping: bases.count),
            rawByteCount: UInt32(clamping: rawByteCount), section: "6.1", offset: nil)
    }

    /// Checks the five values as they stand on disk.
    init(
        form: UInt8, depth: UInt8, closure: UInt8, baseCount: UInt8, rawByteCount: UInt32,
        section: String, offset: Int?
    ) throws(FormatError) {
        func fail(_ code: FormatError.Code, _ message: String) -> FormatError {
            FormatError(code, section: section, offset: offset, message)
        }
        guard let kind = FrameKind(rawValue: form & 3),
            let codec = FrameCodec(rawValue: form >> 2 & 7),
            let filter = FrameFilter(rawValue: form >> 5)
        else { throw fail(.unsupportedFeature, "form \(form) is not defined") }
        guard rawByteCount <= Limits.frameRawByteCount, depth <= Limits.depth,
            (1...Limits.closureFrameCount).contains(Int(closure))
        else { throw fail(.limitExceeded, "a length, depth or closure is over its limit") }
        let isDelta = codec == .zstdDelta
        guard isDelta ? (1...2).contains(baseCount) : baseCount == 0,
            isDelta ? depth >= 1 && closure > max(baseCount, depth) : depth == 0 && closure == 1,
            rawByteCount > 0,
            !isDelta || kind == .chunk, codec == .zstd || filter == .none
        else { throw fail(.invalidValue, "length, codec, filter, depth and bases do not fit") }
        self.kind = kind
        self.codec = codec
        self.filter = filter
        self.depth = Int(depth)
        self.closureFrameCount = Int(closure)
        self.baseCount = Int(baseCount)
        self.rawByteCount = Int(rawByteCount)
    }

    /// Kind, codec and filter in one byte.
    var form: UInt8 { kind.rawValue | codec.rawValue << 2 | filter.rawValue << 5 }

    /// form, depth, closure frames, base count: the four bytes that stand together everywhere.
    func writeForm(to writer: inout ByteWriter) {
        writer.u8(form)
        writer.u8(UInt8(depth))
        writer.u8(UInt8(closureFrameCount))
        writer.u8(UInt8(baseCount))
    }
}

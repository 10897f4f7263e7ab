internal import CZstd
public import PinFormat

/// Turns chunks into frames (FORMAT.md §6), with one zstd context that is used again.
///
/// Not thread-safe; each thread has its own.
// @unchecked: it is not copyable, so the context has one owner at a time, on whatever thread; no
// lock.
@safe public struct FrameEncoder: ~Copyable, @unchecked Sendable {
    /// Up to here zstd's own tables have fewer entries than a prefix has bytes.
    private static let levelOfSmallTables = 4

    /// The level of compression.
    public let level: Int
    private let context: OpaquePointer
    private var trial: FilterTrial
    /// Compressed bytes of which the number is not known yet.
    private var compressed: [UInt8] = []

    /// An encoder.
    ///
    /// - Parameter level: The zstd level, in ``FrameLimits/levels``.
    /// - Throws: ``TransformError/Code/invalidParameter`` for another level,
    ///   ``TransformError/Code/outOfMemory``.
    public init(level: Int) throws(TransformError) {
        guard FrameLimits.levels.contains(level) else {
            throw TransformError(
                .invalidParameter, "level \(level) is not in \(FrameLimits.levels)")
        }
        let trial = try FilterTrial()
        let context = unsafe try Self.makeContext(level: level)
        unsafe self.context = context
        self.level = level
        self.trial = trial
    }

    deinit { unsafe ZSTD_freeCCtx(context) }

    /// The filter that most likely makes the frame of a chunk smallest, found by compressing
    /// samples.
    ///
    /// - Complexity: about 10 µs for text, 250 µs for other bytes.
    public mutating func suitableFilter(for raw: RawSpan) -> FrameFilter {
        trial.filter(for: raw)
    }

    /// The frame of a chunk.
    ///
    /// The same bytes, filter, prefix and level give the same frame with the same zstd version
    /// only:
    /// frames are not part of any digest.
    ///
    /// - Parameters:
    ///   - raw: The chunk, 0…``FrameLimits/rawByteCountMax`` bytes.
    ///   - filter: What to do before, with the chunk and in the same way with the prefix.
    ///   - prefix: What to compress against, at most ``FrameLimits/prefixByteCountMax`` bytes, as
    ///     plain as the chunk.
    /// - Returns: A frame of ``FrameCodec/zstd``, with a prefix of ``FrameCodec/zstdDelta``, or of
    ///   ``FrameCodec/raw`` without filter where compression gains less than one percent.
    /// - Throws: ``TransformError/Code/limitExceeded``, ``TransformError/Code/outOfMemory``,
    ///   ``TransformError/Code/codecFailure``.
    public mutating func encode(
        _ raw: RawSpan, filter: FrameFilter = .none, prefix: RawSpan? = nil
    ) throws(TransformError) -> EncodedFrame {
        try encodeIfSmaller(raw, filter: filter, prefix: prefix)
            ?? EncodedFrame(codec: .raw, filter: .none, bytes: RawFrame.encode(raw))
    }

    /// As ``encode(_:filter:prefix:)``, but `nil` where the frame would be raw: for callers that
    /// put it together in its place.
    public mutating func encodeIfSmaller(
        _ raw: RawSpan, filter: FrameFilter = .none, prefix: RawSpan? = nil
    ) throws(TransformError) -> EncodedFrame? {
        try checkLimits(raw, prefix)
        try setWindow(raw.byteCount + (prefix?.byteCount ?? 0))
        if let prefix {
            try setTables(prefix.byteCount + raw.byteCount)
        } else {
            try setTables(nil)
        }
        let capacity = ZSTD_compressBound(raw.byteCount)
        if compressed.count < capacity { compressed = [UInt8](repeating: 0, count: capacity) }
        let length: Int
        if filter == .none {
            length = try compress(raw, prefix)
        } else {
            let planes = ByteShuffle.apply(filter, raw)
            if let prefix {
                let prefixPlanes = ByteShuffle.apply(filter, prefix)
                length = unsafe try compress(planes.span.bytes, prefixPlanes.span.bytes)
            } else {
                length = unsafe try compress(planes.span.bytes, nil)
            }
        }
        guard length < raw.byteCount - raw.byteCount / 100 else { return nil }
        return EncodedFrame(
            codec: prefix == nil ? .zstd : .zstdDelta, filter: filter,
            bytes: Array(compressed[..<length]))
    }

    // MARK: - Steps

    private static func makeContext(level: Int) throws(TransformError) -> OpaquePointer {
        guard let made = unsafe ZSTD_createCCtx() else {
            throw TransformError(.outOfMemory, "no memory for a zstd context")
        }
        let parameters = [
            (ZSTD_c_compressionLevel, Int32(level)), (ZSTD_c_contentSizeFlag, 1),
            (ZSTD_c_checksumFlag, 0), (ZSTD_c_dictIDFlag, 0),
        ]
        for (parameter, value) in parameters {
            let status = unsafe ZSTD_CCtx_setParameter(made, parameter, value)
            guard ZSTD_isError(status) == 0 else {
                unsafe ZSTD_freeCCtx(made)
                throw TransformError(.codecFailure, "zstd refuses level \(level)")
            }
        }
        return unsafe made
    }

    private func checkLimits(_ raw: RawSpan, _ prefix: RawSpan?) throws(TransformError) {
        guard raw.byteCount <= FrameLimits.rawByteCountMax else {
            throw TransformError(
                .limitExceeded,
                "a chunk of \(raw.byteCount) bytes is over \(FrameLimits.rawByteCountMax)")
        }
        if let prefix, prefix.byteCount > FrameLimits.prefixByteCountMax {
            throw TransformError(
                .limitExceeded,
                "a prefix of \(prefix.byteCount) bytes is over \(FrameLimits.prefixByteCountMax)")
        }
    }

    /// A window over the prefix and the content makes every frame a single segment.
    private func setWindow(_ byteCount: Int) throws(TransformError) {
        // The smallest power of two that is not below it, and not below zstd's minimum of 1 KiB.
        let log = max(10, Int.bitWidth - max(0, byteCount - 1).leadingZeroBitCount)
        try check(unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, Int32(log)))
    }

    /// The tables of the low levels are made for a stream that looks back a little; a delta looks
    /// back over its whole prefix, and loses most of it in tables of fewer entries.
    private func setTables(_ byteCount: Int?) throws(TransformError) {
        guard level <= Self.levelOfSmallTables else { return }
        // 0 is what the level has. What level 3 has for a stream is too large for the caches of a
        // processor and of no use to a chunk: a tenth of its time, no bytes (ADR-0008).
        var (hash, chain): (Int32, Int32) = level == 3 ? (16, 13) : (0, 0)
        if let byteCount {
            let log = Int32(Int.bitWidth - max(0, byteCount - 1).leadingZeroBitCount)
            hash = min(max(log - 1, 17), 20)
            chain = hash - 1
        }
        try check(unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_hashLog, hash))
        try check(unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_chainLog, chain))
    }

    /// Fills ``compressed``; the number of bytes, or of all bytes where there is nothing to gain.
    private mutating func compress(
        _ source: RawSpan, _ prefix: RawSpan?
    ) throws(TransformError) -> Int {
        // Bytes that look random may still repeat the prefix.
        if prefix == nil, level > CompressionProbe.levelWithoutProbe,
            CompressionProbe.isIncompressible(source)
        {
            return source.byteCount
        }
        let length = unsafe source.withUnsafeBytes { input in
            unsafe compressed.withUnsafeMutableBytes { out in
                guard let prefix else {
                    return unsafe ZSTD_compress2(
                        context, out.baseAddress, out.count, input.baseAddress, input.count)
                }
                return unsafe prefix.withUnsafeBytes { base in
                    let status = unsafe ZSTD_CCtx_refPrefix(context, base.baseAddress, base.count)
                    if ZSTD_isError(status) != 0 { return status }
                    return unsafe ZSTD_compress2(
                        context, out.baseAddress, out.count, input.baseAddress, input.count)
                }
            }
        }
        try check(length)
        return length
    }

    private func check(_ status: Int) throws(TransformError) {
        guard ZSTD_isError(status) != 0 else { return }
        let code: TransformError.Code =
            ZSTD_getErrorCode(status) == ZSTD_error_memory_allocation ? .outOfMemory : .codecFailure
        throw TransformError(
            code, "zstd cannot compress: \(zstdErrorName(status))")
    }
}

/// What libzstd calls an error.
func zstdErrorName(_ status: Int) -> String {
    unsafe String(cString: ZSTD_getErrorName(status))
}

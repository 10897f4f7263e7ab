internal import CZstd
public import PinFormat

/// Turns frames back into chunks (FORMAT.md §6), with one zstd context that is used again.
///
/// The stored bytes may be anything: the outcome is exactly the number of bytes asked for, or an
/// error. Whether they are the right bytes is told by their digest alone, frames have no checksum.
/// Not thread-safe; each thread has its own.
// @unchecked: it is not copyable, so the context has one owner at a time, on whatever thread; no
// lock.
@safe public struct FrameDecoder: ~Copyable, @unchecked Sendable {
    private let context: OpaquePointer
    /// Where filtered bytes wait to be put in order.
    private var scratch: [UInt8] = []

    public init() {
        guard let made = unsafe ZSTD_createDCtx() else {
            fatalError("no memory for a zstd context")
        }
        unsafe context = made
        unsafe ZSTD_DCtx_setParameter(
            context, ZSTD_d_windowLogMax, Int32(FrameLimits.windowLogMax))
    }

    deinit { unsafe ZSTD_freeDCtx(context) }

    /// The bytes that a frame holds.
    ///
    /// - Parameters:
    ///   - stored: The whole frame and nothing else.
    ///   - codec: How it is encoded.
    ///   - filter: What was done before; ``FrameFilter/none`` for ``FrameCodec/raw``.
    ///   - rawByteCount: How many bytes it must hold, 0…``FrameLimits/rawByteCountMax``.
    ///   - prefix: What it was compressed against, for ``FrameCodec/zstdDelta`` and only there;
    ///     plain bytes, the filter is applied to them here.
    /// - Returns: Exactly `rawByteCount` bytes.
    /// - Throws: Any code of ``TransformError``. Sizes are checked before memory is taken.
    /// - Complexity: O(*n*) in `rawByteCount` and the prefix.
    public mutating func decode(
        _ stored: RawSpan, codec: FrameCodec, filter: FrameFilter, rawByteCount: Int,
        prefix: RawSpan? = nil
    ) throws(TransformError) -> [UInt8] {
        try check(stored, codec, filter, rawByteCount, prefix)
        var failure: TransformError?
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: rawByteCount) { out, used in
            do throws(TransformError) {
                let target = unsafe UnsafeMutableRawBufferPointer(
                    rebasing: UnsafeMutableRawBufferPointer(out)[..<rawByteCount])
                unsafe try decodeChecked(stored, codec, filter, into: target, prefix)
                used = rawByteCount
            } catch {
                failure = error
                used = 0
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// As ``decode(_:codec:filter:rawByteCount:prefix:)``, into memory of the caller.
    ///
    /// - Parameters:
    ///   - stored: The whole frame and nothing else; it must not overlap `output`.
    ///   - codec: How it is encoded.
    ///   - filter: What was done before.
    ///   - output: As many bytes as the frame must hold. After an error its content is undefined.
    ///   - prefix: What it was compressed against; it must not overlap `output`.
    /// - Throws: Any code of ``TransformError``.
    public mutating func decode(
        _ stored: RawSpan, codec: FrameCodec, filter: FrameFilter,
        into output: UnsafeMutableRawBufferPointer, prefix: RawSpan? = nil
    ) throws(TransformError) {
        try check(stored, codec, filter, output.count, prefix)
        unsafe try decodeChecked(stored, codec, filter, into: output, prefix)
    }

    // MARK: - Checks before any work

    private func check(
        _ stored: RawSpan, _ codec: FrameCodec, _ filter: FrameFilter, _ rawByteCount: Int,
        _ prefix: RawSpan?
    ) throws(TransformError) {
        guard rawByteCount >= 0,
            rawByteCount <= FrameLimits.rawByteCountMax || Check.frameRawSize.isOff
        else {
            throw TransformError(
                .limitExceeded,
                "a frame of \(rawByteCount) bytes is over \(FrameLimits.rawByteCountMax)")
        }
        guard codec != .raw || filter == .none else {
            throw TransformError(.invalidParameter, "a raw frame has no filter")
        }
        switch (codec, prefix) {
        case (.zstdDelta, nil):
            throw TransformError(.invalidParameter, "a delta frame needs its prefix")
        case (.raw, .some), (.zstd, .some):
            throw TransformError(.invalidParameter, "only a delta frame has a prefix")
        case (.zstdDelta, .some(let prefix)):
            guard
                prefix.byteCount <= FrameLimits.prefixByteCountMax || Check.framePrefix.isOff
            else {
                throw TransformError(
                    .limitExceeded,
                    "a prefix of \(prefix.byteCount) bytes is over "
                        + "\(FrameLimits.prefixByteCountMax)"
                )
            }
        default: break
        }
        if codec != .raw { try checkHeader(stored, rawByteCount) }
    }

    private func checkHeader(_ stored: RawSpan, _ rawByteCount: Int) throws(TransformError) {
        guard
            stored.byteCount <= FrameLimits.storedByteCountMax(rawByteCount: rawByteCount)
                || Check.frameStoredSize.isOff
        else {
            throw TransformError(
                .malformedFrame, "\(stored.byteCount) bytes are too many for \(rawByteCount)")
        }
        let header = try ZstdFrameHeader(stored)
        guard
            header.contentByteCount == UInt64(rawByteCount) || Check.frameContentSize.isOff
        else {
            throw TransformError(
                .sizeMismatch,
                "a frame says it holds \(header.contentByteCount) bytes, expected \(rawByteCount)")
        }
        let length = unsafe stored.withUnsafeBytes {
            unsafe ZSTD_findFrameCompressedSize($0.baseAddress, $0.count)
        }
        guard ZSTD_isError(length) == 0 else {
            throw TransformError(
                .malformedFrame, "a frame is cut off or damaged: \(zstdErrorName(length))")
        }
        guard length == stored.byteCount || Check.frameEnd.isOff else {
            throw TransformError(
                .trailingBytes, "\(stored.byteCount - length) bytes stand after a frame")
        }
    }

    // MARK: - Work

    private mutating func decodeChecked(
        _ stored: RawSpan, _ codec: FrameCodec, _ filter: FrameFilter,
        into output: UnsafeMutableRawBufferPointer, _ prefix: RawSpan?
    ) throws(TransformError) {
        if codec == .raw {
            unsafe try RawFrame.decode(stored, into: output)
        } else if filter == .none {
            unsafe try Self.decompress(context, stored, into: output, prefix)
        } else {
            let count = output.count
            if scratch.count < count { scratch = [UInt8](repeating: 0, count: count) }
            let context = unsafe self.context
            let outcome = unsafe scratch.withUnsafeMutableBytes {
                memory -> Result<Void, TransformError> in
                let planes = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[..<count])
                do throws(TransformError) {
                    if let prefix {
                        let prefixPlanes = ByteShuffle.apply(filter, prefix)
                        unsafe try Self.decompress(
                            context, stored, into: planes, prefixPlanes.span.bytes)
                    } else {
                        unsafe try Self.decompress(context, stored, into: planes, nil)
                    }
                    unsafe ByteShuffle.undo(filter, UnsafeRawBufferPointer(planes), output)
                    return .success(())
                } catch {
                    return .failure(error)
                }
            }
            try outcome.get()
        }
    }

    private static func decompress(
        _ context: OpaquePointer, _ stored: RawSpan, into output: UnsafeMutableRawBufferPointer,
        _ prefix: RawSpan?
    ) throws(TransformError) {
        let produced = unsafe stored.withUnsafeBytes { source in
            guard let prefix else {
                return unsafe ZSTD_decompressDCtx(
                    context, output.baseAddress, output.count, source.baseAddress, source.count)
            }
            return unsafe prefix.withUnsafeBytes { base in
                let status = unsafe ZSTD_DCtx_refPrefix(context, base.baseAddress, base.count)
                if ZSTD_isError(status) != 0 { return status }
                let produced = unsafe ZSTD_decompressDCtx(
                    context, output.baseAddress, output.count, source.baseAddress, source.count)
                // The context must not keep a reference to memory that is not ours.
                unsafe ZSTD_DCtx_refPrefix(context, nil, 0)
                return produced
            }
        }
        guard ZSTD_isError(produced) == 0 else {
            throw TransformError(
                .corruptData, "a frame cannot be decompressed: \(zstdErrorName(produced))")
        }
        guard produced == output.count else {
            throw TransformError(
                .sizeMismatch, "a frame held \(produced) bytes, expected \(output.count)")
        }
    }
}

internal import PinFormat
internal import PinTransforms

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// How a chunk is stored.
enum ChosenFrame: Sendable {
    case encoded(EncodedFrame)
    /// As a raw frame, which is put together in its pack.
    case raw

    /// Whether it needs a base.
    var isDelta: Bool {
        if case .encoded(let frame) = self { return frame.codec == .zstdDelta }
        return false
    }
}

/// Choosing the frame of a chunk. Whatever is chosen is decoded again and compared with its source
/// (FORMAT.md §6.1).
extension Worker {
    /// A delta is kept if it saves at least a fifth of the plain frame: each reader pays for a
    /// base.
    private static let savedPartMin = 16
    /// A delta of less than half of what the plain frame is expected to have needs no comparison.
    private static let clearPart = 2

    /// The smaller frame of a chunk: plain, with the filter that suits it, or a delta of `base`.
    func choose(_ raw: RawSpan, against base: DeltaBase?) throws(EngineError) -> ChosenFrame {
        try translated { () throws(TransformError) in
            guard let base else { return try plain(raw) }
            let bytes = base.prefix
            let prefix = unsafe bytes.span.bytes
            let delta = try withEncoder { (encoder) throws(TransformError) in
                try encoder.encodeIfSmaller(raw, prefix: prefix)
            }
            guard let delta else { return try plain(raw) }
            let expected = base.expectedPlainByteCount(of: raw.byteCount)
            if let expected, delta.bytes.count * Self.clearPart < expected {
                return .encoded(try compared(delta, raw, prefix))
            }
            let plain = try encodedPlain(raw)
            let plainByteCount = plain?.bytes.count ?? raw.byteCount
            if Self.saves(delta.bytes.count, of: plainByteCount) {
                return .encoded(try compared(delta, raw, prefix))
            }
            return try plain.map { (frame) throws(TransformError) in
                .encoded(try compared(frame, raw, nil))
            } ?? .raw
        }
    }

    /// A chunk or node without base.
    func encode(_ raw: RawSpan) throws(EngineError) -> EncodedFrame {
        try translated { () throws(TransformError) in
            let frame = try withEncoder { (encoder) throws(TransformError) in
                try encoder.encode(raw, filter: encoder.suitableFilter(for: raw))
            }
            return try compared(frame, raw, nil)
        }
    }

    /// The delta of a chunk, if it saves enough beside a plain frame of so many bytes.
    func encode(
        _ raw: RawSpan, prefix: RawSpan, smallerThan plainByteCount: Int
    ) throws(EngineError) -> EncodedFrame? {
        try translated { () throws(TransformError) in
            let delta = try withEncoder { (encoder) throws(TransformError) in
                try encoder.encode(raw, prefix: prefix)
            }
            guard delta.codec == .zstdDelta, Self.saves(delta.bytes.count, of: plainByteCount)
            else { return nil }
            return try compared(delta, raw, prefix)
        }
    }

    private static func saves(_ byteCount: Int, of plainByteCount: Int) -> Bool {
        byteCount < plainByteCount / savedPartMin * (savedPartMin - 1)
    }

    private func plain(_ raw: RawSpan) throws(TransformError) -> ChosenFrame {
        guard let frame = try encodedPlain(raw) else { return .raw }
        return .encoded(try compared(frame, raw, nil))
    }

    /// `nil` where a raw frame is best.
    private func encodedPlain(_ raw: RawSpan) throws(TransformError) -> EncodedFrame? {
        try withEncoder { (encoder) throws(TransformError) in
            try encoder.encodeIfSmaller(raw, filter: encoder.suitableFilter(for: raw))
        }
    }

    /// The frame, after it has been decoded and compared.
    private func compared(
        _ frame: EncodedFrame, _ raw: RawSpan, _ prefix: RawSpan?
    ) throws(TransformError) -> EncodedFrame {
        let frame = Self.spoiled(frame)
        let count = raw.byteCount
        if scratch.count < count {
            scratch = unsafe [UInt8](unsafeUninitializedCapacity: count) { $1 = count }
        }
        let outcome = unsafe scratch.withUnsafeMutableBytes {
            memory -> Result<Bool, TransformError> in
            let out = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[..<count])
            return Result { () throws(TransformError) in
                unsafe try decoder.decode(
                    frame.bytes.span.bytes, codec: frame.codec, filter: frame.filter, into: out,
                    prefix: prefix)
                return unsafe Self.equal(raw, UnsafeRawBufferPointer(out))
            }
        }
        guard try Check.encodedFrame.isOff ? true : outcome.get() else {
            throw TransformError(.codecFailure, "a frame does not decode to its source")
        }
        return frame
    }

    /// The frame, as a machine hands it out whose memory is at fault: in tests that ask for it.
    private static func spoiled(_ frame: EncodedFrame) -> EncodedFrame {
        #if DEBUG
            if Check.spoilsFrames, var last = frame.bytes.last {
                last ^= 1
                return EncodedFrame(
                    codec: frame.codec, filter: frame.filter,
                    bytes: frame.bytes.dropLast() + [last])
            }
        #endif
        return frame
    }

    private static func equal(_ raw: RawSpan, _ other: UnsafeRawBufferPointer) -> Bool {
        unsafe raw.withUnsafeBytes { source in
            guard let one = source.baseAddress, let two = other.baseAddress else { return true }
            return unsafe memcmp(one, two, source.count) == 0
        }
    }

    private func translated<Value>(
        _ body: () throws(TransformError) -> Value
    ) throws(EngineError) -> Value {
        do throws(TransformError) {
            return try body()
        } catch {
            throw EngineError(.ioError, "compression failed: \(error.message); check the memory")
        }
    }
}

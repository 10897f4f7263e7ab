internal import PinFormat
internal import PinTransforms

/// A frame with the record before it: all that a pack takes, wherever in it that will be
/// (FORMAT.md §7.2).
struct PackedFrame: Sendable {
    enum Body: Sendable {
        case encoded([UInt8])
        /// A raw frame, put together in the pack out of the chunk's own bytes.
        case raw
    }

    let header: FrameHeader
    let bases: [Digest]
    /// The record.
    let head: [UInt8]
    let body: Body

    init(_ header: FrameHeader, bases: [Digest], frame: [UInt8]) {
        self.header = header
        self.bases = bases
        head = FrameRecord.head(
            header, bases: bases, frameByteCount: frame.count, .standard
        ) { unsafe CRC32C.of(frame.span.bytes, seed: $0) }
        body = .encoded(frame)
    }

    /// The raw frame of a chunk.
    init(raw: RawSpan) {
        header = FrameHeader(
            kind: .chunk, codec: .raw, filter: .none, rawByteCount: raw.byteCount)
        bases = []
        let parts = RawFrame.parts(rawByteCount: raw.byteCount)
        head = FrameRecord.head(
            header, bases: [], frameByteCount: RawFrame.byteCount(rawByteCount: raw.byteCount),
            .standard
        ) { seed in
            parts.reduce(seed) { crc, part in
                CRC32C.of(
                    raw.extracting(part.raw), seed: unsafe CRC32C.of(part.own.span.bytes, seed: crc)
                )
            }
        }
        body = .raw
    }

    /// A chunk as it was chosen to be stored, against `base` where it is a delta.
    init(
        _ choice: ChosenFrame, of raw: RawSpan, _ base: DeltaBase?
    ) throws(EngineError) {
        switch choice {
        case .raw: self.init(raw: raw)
        case .encoded(let frame):
            guard let base else {
                let header = FrameHeader(
                    kind: .chunk, codec: frame.codec, filter: frame.filter,
                    rawByteCount: raw.byteCount)
                self.init(header, bases: [], frame: frame.bytes)
                return
            }
            do throws(FormatError) {
                let header = try FrameHeader(deltaOf: base.headers, rawByteCount: raw.byteCount)
                self.init(header, bases: base.digests, frame: frame.bytes)
            } catch {
                throw EngineError(error, object: "delta frame")
            }
        }
    }
}

internal import PinFormat
internal import PinStorage
internal import PinTransforms

/// Decoding one frame and comparing its digest.
extension Store {
    /// Decodes the frame whose record stands at `offset` of `bytes`, and compares its digest.
    ///
    /// - Parameter decoded: The plain bytes of its bases.
    /// - Throws: ``EngineError/Code/corrupt``.
    func decode(
        _ bytes: [UInt8], at offset: Int, _ place: FramePlace, _ decoded: [Digest: [UInt8]]
    ) throws(EngineError) -> [UInt8] {
        let object = BoardKeys.pack(place.pack).description
        let record: FrameRecord
        do throws(FormatError) {
            record = try FrameRecord.decode(
                bytes, at: offset, end: min(bytes.count, offset + place.storedByteCount), .standard
            ).record
        } catch {
            throw EngineError(error, object: object)
        }
        guard record.header == place.header, record.bases == place.bases else {
            throw EngineError(
                .corrupt,
                "'\(object)' holds another frame at byte \(place.offset) than the index says; "
                    + "run 'pins verify'",
                object: object)
        }
        var prefix: [UInt8] = []
        for base in record.bases {
            guard let plain = decoded[base] else {
                throw EngineError(
                    .corrupt, "a base of a frame in '\(object)' is missing", object: object)
            }
            prefix += plain
        }
        return try workers.use { (worker) throws(EngineError) in
            try worker.decode(bytes, record, prefix, place.digest, object)
        }
    }
}

extension Worker {
    /// Decodes a frame and compares the digest of its plain bytes.
    func decode(
        _ bytes: [UInt8], _ record: FrameRecord, _ prefix: [UInt8], _ expected: Digest?,
        _ object: String
    ) throws(EngineError) -> [UInt8] {
        let header = record.header
        let plain: [UInt8]
        do throws(TransformError) {
            let stored = unsafe bytes.span.bytes.extracting(record.frame)
            plain =
                if header.baseCount > 0 {
                    try unsafe decoder.decode(
                        stored, codec: header.codec, filter: header.filter,
                        rawByteCount: header.rawByteCount, prefix: prefix.span.bytes)
                } else {
                    try decoder.decode(
                        stored, codec: header.codec, filter: header.filter,
                        rawByteCount: header.rawByteCount)
                }
        } catch {
            throw EngineError(
                .corrupt,
                "a frame of '\(object)' cannot be decoded: \(error.message); run 'pins verify "
                    + "--data'",
                object: object)
        }
        if let expected, !Check.frameDigest.isOff, digest(plain, header.kind) != expected {
            throw EngineError(
                .corrupt,
                "a frame of '\(object)' has other bytes than its digest says; run 'pins verify "
                    + "--data'",
                object: object)
        }
        return plain
    }

    /// The digest of a chunk or node (FORMAT.md §5).
    func digest(_ plain: [UInt8], _ kind: FrameKind) -> Digest {
        switch kind {
        case .chunk: unsafe hasher.digest(plain.span.bytes)
        case .node: unsafe hasher.digest(domain: .node, plain.span.bytes)
        }
    }
}

/// The parity of one pack: an object beside it (FORMAT.md §7.10).
public struct PackParity: Sendable, Hashable {
    /// What it says of the pack and of itself.
    public let description: ParityDescription
    /// The whole object.
    let bytes: [UInt8]

    /// Decodes and checks everything: seal, both descriptions, every parity block.
    ///
    /// - Throws: ``FormatError``; the section is 2.5 or 7.10.
    /// - Complexity: O(*n*) in the bytes; takes no memory but for the description.
    public init(_ bytes: [UInt8], _ checksums: Checksums) throws(FormatError) {
        _ = try checksums.open(bytes, .parity, section: ParityLayout.section)
        let found = try Self.description(bytes, checksums)
        for index in 0..<found.layout.parityBlockCount
        where !Self.isGood(index, in: bytes, found, checksums) && !Check.parityBlock.isOff {
            throw FormatError(
                .checksumMismatch, section: ParityLayout.section,
                offset: found.layout.range(ofParityBlock: index).lowerBound,
                "the checksum of parity block \(index) does not match")
        }
        description = found
        self.bytes = bytes
    }

    /// Both descriptions, which must be the same, and the lengths.
    private static func description(
        _ bytes: [UInt8], _ checksums: Checksums
    ) throws(FormatError) -> ParityDescription {
        let found = try ParityDescription(bytes, at: Prologue.byteCount, checksums)
        let layout = found.layout
        func fail(_ code: FormatError.Code, _ offset: Int, _ what: String) -> FormatError {
            FormatError(code, section: ParityLayout.section, offset: offset, what)
        }
        guard bytes.count == layout.byteCount else {
            throw fail(
                bytes.count < layout.byteCount ? .truncated : .trailingBytes, bytes.count,
                "parity of such a pack has \(layout.byteCount) bytes")
        }
        let (first, size) = (Prologue.byteCount, layout.descriptionByteCount)
        let again = layout.copyOffset..<layout.copyOffset + size
        guard bytes[first..<first + size] == bytes[again] || Check.parityCopies.isOff else {
            throw fail(.invalidValue, again.lowerBound, "the two descriptions differ")
        }
        var reader = ByteReader(
            bytes, again.upperBound..<again.upperBound + 4, section: ParityLayout.section)
        guard Int(try reader.u32()) == size else {
            throw fail(.invalidValue, again.upperBound, "the description has another length")
        }
        return found
    }

    /// Whether a parity block is whole.
    private static func isGood(
        _ index: Int, in bytes: [UInt8], _ description: ParityDescription, _ checksums: Checksums
    ) -> Bool {
        let range = description.layout.range(ofParityBlock: index)
        return range.upperBound <= bytes.count
            && checksums.crc32c(bytes, range, 0) == description.parityChecksums[index]
    }

    /// The object's bytes, made again from what was decoded.
    public func encoded(_ checksums: Checksums) -> [UInt8] {
        let layout = description.layout
        var out = [UInt8](repeating: 0, count: layout.byteCount)
        let blocks = layout.blocksOffset..<layout.copyOffset
        out.replaceSubrange(blocks, with: bytes[blocks])
        Self.complete(&out, description, checksums)
        return out
    }

    // MARK: - Making one

    /// Writes everything but the parity blocks, which stand in their places.
    ///
    /// - Parameter object: ``ParityLayout/byteCount`` bytes.
    package static func complete(
        _ object: inout [UInt8], _ description: ParityDescription, _ checksums: Checksums
    ) {
        let layout = description.layout
        precondition(object.count == layout.byteCount, "the object has its length")
        var writer = ByteWriter()
        Prologue.write(.parity, to: &writer)
        writer.append(description.encoded(checksums))
        object.replaceSubrange(0..<layout.blocksOffset, with: writer.bytes)
        var tail = ByteWriter()
        tail.append(writer.bytes[Prologue.byteCount...])
        tail.u32(UInt32(layout.descriptionByteCount))
        let end = layout.copyOffset + tail.count
        object.replaceSubrange(layout.copyOffset..<end, with: tail.bytes)
        object.replaceSubrange(end..., with: checksums.sha256(object, 0..<end).bytes)
    }

    // MARK: - What is left of a damaged one

    /// The description of an object that may be damaged: the first one, or the second where the
    /// first is not whole.
    ///
    /// - Throws: ``FormatError`` of the first one, if neither is whole.
    public static func salvaged(
        _ bytes: [UInt8], _ checksums: Checksums
    ) throws(FormatError) -> ParityDescription {
        do throws(FormatError) {
            return try ParityDescription(bytes, at: Prologue.byteCount, checksums)
        } catch {
            let end = bytes.count - Prologue.sealByteCount
            guard end >= Prologue.byteCount + 4 else { throw error }
            var reader = ByteReader(bytes, end - 4..<end, section: ParityLayout.section)
            let size = Int(try reader.u32())
            guard let again = try? ParityDescription(bytes, at: end - 4 - size, checksums),
                again.layout.descriptionByteCount == size,
                again.layout.byteCount == bytes.count
            else { throw error }
            return again
        }
    }

    /// Which parity blocks of an object that may be damaged are whole.
    public static func goodBlocks(
        of bytes: [UInt8], _ description: ParityDescription, _ checksums: Checksums
    ) -> [Bool] {
        (0..<description.layout.parityBlockCount).map {
            isGood($0, in: bytes, description, checksums) || Check.parityOwnBlock.isOff
        }
    }
}

/// LZ4 and Snappy, as far as a preview needs them: the first bytes of a block of anybody's. No
/// length that is read allocates more than the caller allows.
enum BlockDecoding {
    /// Decodes a raw block of LZ4 (lz4_Block_format.md).
    ///
    /// - Parameters:
    ///   - output: What was decoded before it, which matches may reach back into; gets more.
    ///   - limit: Decoding ends when `output` has so many bytes.
    /// - Returns: Whether the block was sound as far as it was read.
    static func lz4(
        _ input: ArraySlice<UInt8>, into output: inout [UInt8], limit: Int
    ) -> Bool {
        var position = input.startIndex
        func length(_ nibble: Int, _ position: inout Int) -> Int? {
            guard nibble == 15 else { return nibble }
            var length = 15
            while position < input.endIndex {
                let byte = input[position]
                position += 1
                length += Int(byte)
                if byte != 255 { return length }
            }
            return nil
        }
        while position < input.endIndex, output.count < limit {
            let token = Int(input[position])
            position += 1
            guard let literals = length(token >> 4, &position) else { return false }
            let copied = min(literals, limit - output.count)
            guard copied <= input.endIndex - position else { return false }
            output += input[position..<position + copied]
            if output.count >= limit { return true }
            position += literals
            if position == input.endIndex { return true }
            guard position + 2 <= input.endIndex else { return false }
            let distance = Int(input[position]) | Int(input[position + 1]) << 8
            position += 2
            guard let match = length(token & 15, &position) else { return false }
            guard repeats(&output, distance: distance, count: match + 4, limit: limit) else {
                return false
            }
        }
        return true
    }

    /// The first bytes of a frame of LZ4 (lz4_Frame_format.md); fewer where the input ends early.
    static func lz4Frame(_ input: ArraySlice<UInt8>, limit: Int) -> [UInt8]? {
        let view = LittleEndian(input)
        guard view.unsigned(0, 4) == 0x184D_2204, let flags = view.unsigned(4, 1),
            flags >> 6 == 1
        else { return nil }
        var offset = 7 + (flags & 8 != 0 ? 8 : 0) + (flags & 1 != 0 ? 4 : 0)
        var output: [UInt8] = []
        while output.count < limit, let head = view.unsigned(offset, 4), head != 0 {
            let size = Int(head & 0x7FFF_FFFF)
            offset += 4
            // A block that is cut off is decoded as far as it goes.
            let rest = min(size, view.count - offset)
            guard let block = view.part(offset, rest) else { return nil }
            if head & 0x8000_0000 != 0 {
                output += block.prefix(limit - output.count)
            } else if !lz4(block, into: &output, limit: limit), rest == size {
                return nil
            }
            offset += size + (flags & 16 != 0 ? 4 : 0)
        }
        return output
    }

    /// The first bytes of a block of Snappy (format_description.txt).
    static func snappy(_ input: ArraySlice<UInt8>, limit: Int) -> [UInt8]? {
        var position = input.startIndex
        var size: UInt64 = 0
        var shift: UInt64 = 0
        repeat {
            guard position < input.endIndex, shift < 35 else { return nil }
            size |= UInt64(input[position] & 0x7F) << shift
            shift += 7
            position += 1
        } while input[position - 1] & 0x80 != 0
        let limit = min(limit, Int(clamping: size))
        var output: [UInt8] = []
        func number(_ count: Int) -> Int? {
            LittleEndian(input[position...]).unsigned(0, count).map { Int($0) }
        }
        while output.count < limit {
            guard position < input.endIndex else { return nil }
            let tag = Int(input[position])
            position += 1
            if tag & 3 == 0 {
                var length = tag >> 2
                if length >= 60 {
                    guard let more = number(length - 59) else { return nil }
                    position += length - 59
                    length = more
                }
                let copied = min(length + 1, limit - output.count)
                guard copied <= input.endIndex - position else { return nil }
                output += input[position..<position + copied]
                position += copied
                continue
            }
            let (width, length) =
                tag & 3 == 1 ? (1, (tag >> 2 & 7) + 4) : (tag & 3 == 2 ? 2 : 4, (tag >> 2) + 1)
            guard let low = number(width) else { return nil }
            position += width
            let distance = tag & 3 == 1 ? low | (tag >> 5) << 8 : low
            guard repeats(&output, distance: distance, count: length, limit: limit) else {
                return nil
            }
        }
        return output
    }

    /// Copies bytes from further back, which may be bytes that are just being copied.
    private static func repeats(
        _ output: inout [UInt8], distance: Int, count: Int, limit: Int
    ) -> Bool {
        guard distance > 0, distance <= output.count else { return false }
        for _ in 0..<min(count, limit - output.count) {
            output.append(output[output.count - distance])
        }
        return true
    }
}

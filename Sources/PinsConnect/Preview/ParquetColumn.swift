/// The first values of a column of a Parquet file: dictionary and first page, as far as they lie in
/// what was kept and are stored in the ways that most writers use.
struct ParquetColumn {
    /// What is unpacked of a page at most.
    private static let pageByteCountMax = 16 << 20
    private static let headByteCountMax = 64 << 10
    private static let dictionaryCountMax = 1 << 16

    let field: ParquetField
    private let ends: FileEnds
    private let codec: Int
    private let dictionaryOffset: Int?
    private let dataOffset: Int

    /// - Parameter metadata: `ColumnMetaData`.
    init?(_ field: ParquetField, _ metadata: ThriftValue, _ ends: FileEnds) {
        guard let codec = metadata[4]?.int, let data = metadata[9]?.int else { return nil }
        (self.field, self.ends, self.codec, dataOffset) = (field, ends, codec, data)
        dictionaryOffset = metadata[11]?.int
    }

    /// How the codec is called, if it is none of those that are unpacked here.
    static func refusal(_ codec: Int) -> String? {
        let others = [2: "gzip", 3: "lzo", 4: "brotli", 6: "zstd"]
        return [0, 1, 7].contains(codec) ? nil : others[codec] ?? "an old form of LZ4"
    }

    /// Its first values; `nil` where they cannot be had.
    func cells(count: Int) -> [String]? {
        guard let physical = field.physical, !field.isRepeated,
            let page = page(at: dataOffset), let levels = levels(page, count)
        else { return nil }
        let present = levels.isPresent.count { $0 }
        guard let values = values(page, levels.rest, physical, present) else { return nil }
        var next = values.makeIterator()
        return levels.isPresent.map { $0 ? next.next() ?? PreviewCell.unknown : PreviewCell.null }
    }

    // MARK: - Pages

    private struct Page {
        let header: ThriftValue
        let bytes: [UInt8]
        /// Of version 2: how many bytes of levels stand before the values.
        let levelByteCount: Int?
    }

    private func page(at offset: Int) -> Page? {
        guard offset >= 4, offset < ends.byteCount,
            let head = ends.run(
                from: offset, count: min(Self.headByteCountMax, ends.byteCount - offset)),
            let (header, size) = ThriftValue.structure(in: head),
            let packed = header[3]?.int, let plain = header[2]?.int,
            packed >= 0, plain >= 0, plain <= Self.pageByteCountMax,
            packed <= ends.byteCount, let bytes = ends.run(from: offset + size, count: packed),
            bytes.count == packed
        else { return nil }
        guard let second = header[8] else {
            return unpacked(bytes, plain).map {
                Page(header: header, bytes: $0, levelByteCount: nil)
            }
        }
        // Of version 2 the levels are never compressed.
        guard let definition = second[5]?.int, let repetition = second[6]?.int,
            definition >= 0, repetition == 0, definition <= bytes.count, definition <= plain
        else { return nil }
        let levels = bytes.prefix(definition)
        let isPacked = if case .bool(false)? = second[7] { false } else { true }
        let data = bytes.dropFirst(definition)
        guard let values = isPacked ? unpacked(data, plain - definition) : Array(data) else {
            return nil
        }
        return Page(header: header, bytes: levels + values, levelByteCount: definition)
    }

    private func unpacked(_ bytes: ArraySlice<UInt8>, _ byteCount: Int) -> [UInt8]? {
        switch codec {
        case 0: return Array(bytes)
        case 1: return BlockDecoding.snappy(bytes, limit: byteCount)
        case 7:
            var output: [UInt8] = []
            return BlockDecoding.lz4(bytes, into: &output, limit: byteCount) ? output : nil
        default: return nil
        }
    }

    // MARK: - Levels

    /// Which of the first rows have values, and where those begin.
    private func levels(_ page: Page, _ count: Int) -> (isPresent: [Bool], rest: Int)? {
        let header = page.header[8] ?? page.header[5]
        guard let header, let all = header[1]?.int, all >= 0 else { return nil }
        let count = min(count, all)
        guard field.isOptional else {
            return ([Bool](repeating: true, count: count), page.levelByteCount ?? 0)
        }
        let view = LittleEndian(page.bytes[...])
        var (start, size): (Int, Int)
        if let known = page.levelByteCount {
            (start, size) = (0, known)
        } else {
            guard header[3]?.int == 3, let length = view.unsigned(0, 4) else { return nil }
            (start, size) = (4, Int(length))
        }
        guard let bytes = view.part(start, size),
            let levels = RunLengths.values(bytes, width: 1, count: count)
        else { return nil }
        return (levels.map { $0 == 1 }, start + size)
    }

    // MARK: - Values

    private func values(
        _ page: Page, _ start: Int, _ physical: ParquetField.Physical, _ count: Int
    ) -> [String]? {
        let encoding = (page.header[8]?[4] ?? page.header[5]?[2])?.int
        let bytes = page.bytes[min(start, page.bytes.count)...]
        switch encoding {
        case 0: return plain(bytes, physical, count)
        case 2, 8:
            guard let offset = dictionaryOffset, let dictionary = self.page(at: offset),
                let known = dictionary.header[7]?[1]?.int, known >= 0,
                known <= Self.dictionaryCountMax,
                let width = bytes.first, width <= 32,
                let indexes = RunLengths.values(
                    bytes.dropFirst(), width: Int(width), count: count)
            else { return nil }
            let entries = plain(
                dictionary.bytes[...], physical, min(known, (indexes.max() ?? 0) + 1))
            return indexes.map { entries.indices.contains($0) ? entries[$0] : PreviewCell.unknown }
        case 3 where physical == .bool:
            let view = LittleEndian(bytes)
            guard let size = view.unsigned(0, 4), let runs = view.part(4, Int(size)) else {
                return nil
            }
            return RunLengths.values(runs, width: 1, count: count)?
                .map { $0 == 1 ? "true" : "false" }
        default: return nil
        }
    }

    /// Values one behind the other; as many as there are.
    private func plain(
        _ page: ArraySlice<UInt8>, _ physical: ParquetField.Physical, _ count: Int
    ) -> [String] {
        let view = LittleEndian(page)
        var cells: [String] = []
        var offset = 0
        for index in 0..<count {
            let cell: String?
            switch physical {
            case .bool:
                cell = view.unsigned(index / 8, 1)
                    .map { $0 >> UInt64(index % 8) & 1 == 1 ? "true" : "false" }
            case .int32: cell = view.signed(4 * index, 4).map { integer($0, 4) }
            case .int64: cell = view.signed(8 * index, 8).map { integer($0, 8) }
            case .int96: cell = int96(view, 12 * index)
            case .float:
                cell = view.unsigned(4 * index, 4)
                    .map { PreviewCell.number(Float(bitPattern: UInt32($0))) }
            case .double:
                cell = view.unsigned(8 * index, 8)
                    .map { PreviewCell.number(Double(bitPattern: $0)) }
            case .bytes:
                let length = view.unsigned(offset, 4).map { Int($0) }
                cell = length.flatMap { view.part(offset + 4, $0) }.map(bytes)
                offset += 4 + (length ?? 0)
            case .fixed:
                let width = max(0, min(field.fixedByteCount, 1 << 20))
                cell = view.part(width * index, width).map(bytes)
            }
            guard let cell else { return cells }
            cells.append(cell)
        }
        return cells
    }

    private func bytes(_ bytes: ArraySlice<UInt8>) -> String {
        guard case .decimal(let scale) = field.meaning else {
            return PreviewCell.text(bytes, isText: field.meaning == .text)
        }
        // In big endian; what does not fit 64 bits is long for a cell.
        let sign: UInt8 = bytes.first.map { $0 & 0x80 == 0 ? 0 : 0xFF } ?? 0
        guard bytes.dropLast(8).allSatisfy({ $0 == sign }) else { return PreviewCell.unknown }
        var value: Int64 = sign == 0 ? 0 : -1
        for byte in bytes.suffix(8) { value = value << 8 | Int64(byte) }
        let fits = bytes.count <= 8 || (value < 0) == (sign != 0)
        return fits ? PreviewCell.decimal(value, scale: scale) : PreviewCell.unknown
    }

    private func integer(_ value: Int64, _ byteCount: Int) -> String {
        switch field.meaning {
        case .date: return PreviewCell.date(days: value)
        case .timestamp(let perSecond): return PreviewCell.time(value, perSecond: perSecond)
        case .time(let perSecond) where value >= 0:
            return PreviewCell.clock(value / perSecond, value % perSecond, perSecond)
        case .decimal(let scale): return PreviewCell.decimal(value, scale: scale)
        case .unsigned:
            return byteCount == 4
                ? String(UInt32(truncatingIfNeeded: value)) : String(UInt64(bitPattern: value))
        default: return String(value)
        }
    }

    /// Nanoseconds of a day, and its number in the Julian calendar: what old writers called a time.
    private func int96(_ view: LittleEndian, _ offset: Int) -> String? {
        guard let nanoseconds = view.signed(offset, 8), let day = view.unsigned(offset + 8, 4),
            (0..<86_400_000_000_000).contains(nanoseconds)
        else { return nil }
        let second = nanoseconds / 1_000_000_000
        let clock = PreviewCell.clock(second, nanoseconds % 1_000_000_000, 1_000_000_000)
        return "\(PreviewCell.date(days: Int64(day) - 2_440_588)) \(clock)"
    }
}

/// Numbers in runs and in bits (Encodings.md of Parquet, RLE).
enum RunLengths {
    /// The first numbers.
    ///
    /// - Parameters:
    ///   - width: Bits of a number, 0…32.
    ///   - count: How many are wanted; `nil` if there are fewer.
    static func values(_ bytes: ArraySlice<UInt8>, width: Int, count: Int) -> [Int]? {
        var values: [Int] = []
        var position = bytes.startIndex
        while values.count < count {
            var (head, shift): (UInt64, UInt64) = (0, 0)
            repeat {
                guard position < bytes.endIndex, shift < 63 else { return nil }
                head |= UInt64(bytes[position] & 0x7F) << shift
                shift += 7
                position += 1
            } while bytes[position - 1] & 0x80 != 0
            let view = LittleEndian(bytes[position...])
            let wanted = UInt64(count - values.count)
            if head & 1 == 0 {
                let size = (width + 7) / 8
                guard head >> 1 > 0, let value = size == 0 ? 0 : view.unsigned(0, size) else {
                    return nil
                }
                values += [Int](repeating: Int(value), count: Int(min(head >> 1, wanted)))
                position += size
                continue
            }
            let groups = head >> 1
            guard groups > 0, groups < 1 << 40 else { return nil }
            for index in 0..<Int(min(groups * 8, wanted)) {
                var value = 0
                for bit in 0..<width {
                    let place = index * width + bit
                    guard let byte = view.unsigned(place / 8, 1) else { return nil }
                    value |= Int(byte >> UInt64(place % 8) & 1) << bit
                }
                values.append(value)
            }
            guard Int(groups) * width <= bytes.endIndex - position else {
                // The last run may be cut; what was wanted of it is there.
                return values.count == count ? values : nil
            }
            position += Int(groups) * width
        }
        return values
    }
}

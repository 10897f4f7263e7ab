/// The first rows of a record batch of an Arrow file (Message.fbs of Apache Arrow).
struct ArrowBatch {
    private static let countMax = 200_000
    /// What is unpacked of a buffer at most.
    private static let bufferByteCountMax = 4 << 20

    private let ends: FileEnds
    /// Where its buffers begin in the file.
    private let body: Int
    private let bodyByteCount: Int
    let rowCount: Int
    private let buffers: [(Int, Int)]
    private let isCompressed: Bool
    /// Why its values cannot be shown.
    let refusal: String?

    init?(_ table: FlatTable, _ ends: FileEnds, body: Int, bodyByteCount: Int) {
        (self.ends, self.body, self.bodyByteCount) = (ends, body, bodyByteCount)
        rowCount = table.int(0, 8)
        guard rowCount >= 0, let buffers = table.pairs(2, limit: Self.countMax) else { return nil }
        self.buffers = buffers
        let compression = table.table(3)
        isCompressed = compression != nil
        refusal = compression?.int(0, 1) == 1 ? "they are compressed with zstd" : nil
    }

    /// The first bytes of a buffer, as many as are asked for and were kept.
    private func buffer(_ index: Int, _ count: Int) -> LittleEndian? {
        guard buffers.indices.contains(index) else { return nil }
        let (offset, length) = buffers[index]
        guard offset >= 0, length >= 0, length <= bodyByteCount, offset <= bodyByteCount - length
        else { return nil }
        let wanted = min(count, Self.bufferByteCountMax)
        guard isCompressed, length > 0 else {
            return ends.run(from: body + offset, count: length).map {
                LittleEndian($0.prefix(wanted))
            }
        }
        guard let bytes = ends.run(from: body + offset, count: length),
            let size = LittleEndian(bytes).signed(0, 8)
        else { return nil }
        // -1 says that it is not compressed after all.
        if size == -1 { return LittleEndian(bytes.dropFirst(8).prefix(wanted)) }
        guard size >= 0 else { return nil }
        return BlockDecoding.lz4Frame(bytes.dropFirst(8), limit: min(wanted, Int(size)))
            .map { LittleEndian($0[...]) }
    }

    /// The first values of a column.
    ///
    /// - Parameters:
    ///   - first: The number of its first buffer.
    ///   - count: At most ``rowCount``.
    ///   - dictionary: Values that numbers stand for.
    func cells(
        of layout: ArrowField.Layout, firstBuffer first: Int, count: Int,
        dictionary: [String]? = nil
    ) -> [String] {
        if layout == .null { return [String](repeating: PreviewCell.null, count: count) }
        let validity = buffer(first, (count + 7) / 8)
        func isNull(_ row: Int) -> Bool {
            // No bits at all: none is missing.
            guard buffers.indices.contains(first), buffers[first].1 > 0 else { return false }
            return validity?.unsigned(row / 8, 1).map { $0 >> UInt64(row % 8) & 1 == 0 } ?? false
        }
        let values: [String]
        if case .variable(let width, let isText) = layout {
            values = texts(first, width, isText, count)
        } else if case .nested = layout {
            values = [String](repeating: PreviewCell.unknown, count: count)
        } else {
            let data = buffer(first + 1, count * 32)
            values = (0..<count).map { row in
                data.flatMap { Self.cell(layout, $0, row) } ?? PreviewCell.unknown
            }
        }
        return values.enumerated().map { row, value in
            if isNull(row) { return PreviewCell.null }
            guard let dictionary else { return value }
            guard let index = Int(value), dictionary.indices.contains(index) else {
                return PreviewCell.unknown
            }
            return dictionary[index]
        }
    }

    private func texts(_ first: Int, _ width: Int, _ isText: Bool, _ count: Int) -> [String] {
        let unknown = [String](repeating: PreviewCell.unknown, count: count)
        guard let offsets = buffer(first + 1, (count + 1) * width) else { return unknown }
        let ends = (0...count).map { offsets.int(width * $0, width) ?? -1 }
        guard let data = buffer(first + 2, max(0, ends.max() ?? 0)) else { return unknown }
        return (0..<count).map { row in
            let (start, end) = (ends[row], ends[row + 1])
            guard start >= 0, end >= start, let bytes = data.part(start, end - start) else {
                return PreviewCell.unknown
            }
            return PreviewCell.text(bytes, isText: isText)
        }
    }

    private static func cell(
        _ layout: ArrowField.Layout, _ data: LittleEndian, _ row: Int
    ) -> String? {
        switch layout {
        case .bool:
            return data.unsigned(row / 8, 1).map { $0 >> UInt64(row % 8) & 1 == 1 }
                .map { $0 ? "true" : "false" }
        case .signed(let width): return data.signed(row * width, width).map { String($0) }
        case .unsigned(let width): return data.unsigned(row * width, width).map { String($0) }
        case .float(4):
            return data.unsigned(row * 4, 4)
                .map { PreviewCell.number(Float(bitPattern: UInt32($0))) }
        case .float(8):
            return data.unsigned(row * 8, 8).map { PreviewCell.number(Double(bitPattern: $0)) }
        case .date(let width):
            return data.signed(row * width, width)
                .map { PreviewCell.date(days: width == 4 ? $0 : $0 / 86_400_000) }
        case .timestamp(let perSecond):
            return data.signed(row * 8, 8).map { PreviewCell.time($0, perSecond: perSecond) }
        case .time(let width, let perSecond) where width == 4 || width == 8:
            return data.signed(row * width, width).flatMap { value in
                guard value >= 0 else { return nil }
                return PreviewCell.clock(value / perSecond, value % perSecond, perSecond)
            }
        case .decimal(let width, let scale) where width == 16 || width == 32:
            // What does not fit 64 bits is long for a cell.
            guard let low = data.signed(row * width, 8), let high = data.signed(row * width + 8, 8),
                high == (low < 0 ? -1 : 0)
            else { return nil }
            return PreviewCell.decimal(low, scale: scale)
        case .fixed(let width) where width >= 0 && width <= 32:
            return data.part(row * width, width).map { PreviewCell.text($0, isText: false) }
        default: return nil
        }
    }
}

internal import PinFormat

/// Where an entry of the index stands: a frame in eight bytes.
struct FrameNumber: Hashable {
    let layer: UInt32
    let ordinal: UInt32

    init(layer: Int, ordinal: Int) {
        self.layer = UInt32(layer)
        self.ordinal = UInt32(ordinal)
    }
}

extension ChunkIndex.Copy {
    var number: FrameNumber { FrameNumber(layer: layer, ordinal: ordinal) }
}

/// A set of frames: one bit for each entry of each index segment.
struct FrameSet: Sendable {
    private var words: [[UInt64]]

    init(_ index: ChunkIndex) {
        words = index.layers.map { Array(repeating: 0, count: ($0.entryCount + 63) / 64) }
    }

    /// Adds a frame; returns whether it was not there.
    mutating func insert(_ copy: ChunkIndex.Copy) -> Bool {
        insert(layer: copy.layer, ordinal: copy.ordinal)
    }

    /// Adds a frame; returns whether it was not there.
    @discardableResult
    mutating func insert(layer: Int, ordinal: Int) -> Bool {
        let bit = UInt64(1) << UInt64(ordinal & 63)
        guard words[layer][ordinal >> 6] & bit == 0 else { return false }
        words[layer][ordinal >> 6] |= bit
        return true
    }

    func contains(_ copy: ChunkIndex.Copy) -> Bool {
        contains(layer: copy.layer, ordinal: copy.ordinal)
    }

    func contains(layer: Int, ordinal: Int) -> Bool {
        words[layer][ordinal >> 6] >> UInt64(ordinal & 63) & 1 == 1
    }
}

/// A number for each entry of each index segment; 0 where none was given.
struct FrameNumbers: Sendable {
    private var words: [[UInt32]]

    init(_ index: ChunkIndex) {
        words = index.layers.map { Array(repeating: 0, count: $0.entryCount) }
    }

    subscript(number: FrameNumber) -> UInt32 {
        get { words[Int(number.layer)][Int(number.ordinal)] }
        set { words[Int(number.layer)][Int(number.ordinal)] = newValue }
    }
}

/// A set of packs (0…15) in two bytes.
struct PackSet: Hashable, Sequence, ExpressibleByArrayLiteral {
    private(set) var bits: UInt16 = 0

    init(arrayLiteral packs: Int...) { for pack in packs { insert(pack) } }

    var isEmpty: Bool { bits == 0 }

    func contains(_ pack: Int) -> Bool { bits >> UInt16(pack) & 1 == 1 }
    mutating func insert(_ pack: Int) { bits |= 1 << UInt16(pack) }
    mutating func remove(_ pack: Int) { bits &= ~(1 << UInt16(pack)) }
    mutating func formUnion(_ other: PackSet) { bits |= other.bits }

    func makeIterator() -> IndexingIterator<[Int]> {
        (0..<16).filter(contains).makeIterator()
    }
}

/// A set of frames, each in a given pack: bit 6·pack + frame, for 10 packs of up to 6 kinds of
/// frames.
struct FrameSet: Hashable {
    var bits: UInt64 = 0

    static let framesPerPack = 6

    func content(of pack: Int) -> UInt8 {
        UInt8(bits >> UInt64(pack * Self.framesPerPack) & 0x3F)
    }

    mutating func insert(_ frame: Int, of pack: Int) {
        bits |= 1 << UInt64(pack * Self.framesPerPack + frame)
    }

    mutating func insert(content: UInt8, of pack: Int) {
        bits |= UInt64(content) << UInt64(pack * Self.framesPerPack)
    }

    mutating func remove(_ frame: Int, of pack: Int) {
        bits &= ~(1 << UInt64(pack * Self.framesPerPack + frame))
    }

    mutating func removeAll(of pack: Int) {
        bits &= ~(0x3F << UInt64(pack * Self.framesPerPack))
    }

    func union(_ other: FrameSet) -> FrameSet { FrameSet(bits: bits | other.bits) }

    /// The packs that hold any of the frames.
    var packs: PackSet {
        var result = PackSet()
        for pack in 0..<10 where content(of: pack) != 0 { result.insert(pack) }
        return result
    }
}

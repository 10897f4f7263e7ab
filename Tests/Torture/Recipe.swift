import PinFormat
import PinTesting

/// What a version contains, by a number that its title says: whoever reads one knows which bytes
/// are right.
///
/// Contents share pieces, so that chunks are stored once and frames are compressed against others,
/// and all come and go.
public struct Recipe: Sendable, Hashable {
    /// The run's seed: that of the pieces.
    public let seed: UInt64
    /// Which content.
    public let number: UInt64

    public init(seed: UInt64, number: UInt64) {
        self.seed = seed
        self.number = number
    }

    /// As a version's title has it.
    public var title: String { "\(seed)-\(number)" }

    /// The recipe that a title names.
    public init?(title: String) {
        let words = title.split(separator: "-")
        guard words.count == 2, let seed = UInt64(words[0]), let number = UInt64(words[1]) else {
            return nil
        }
        self.init(seed: seed, number: number)
    }

    /// How many pieces there are to choose from.
    private static let pieceCount = 24

    /// A piece of up to about 20,000 bytes, every other one of text that compresses.
    private static func piece(_ seed: UInt64, _ number: Int) -> [UInt8] {
        let random = SeededRandom(seed: seed).fork(UInt64(7_000 + number))
        let count = 1 + random.below(20_000)
        if number.isMultiple(of: 2) { return random.bytes(count: count) }
        var text: [UInt8] = []
        while text.count < count {
            text += Array("row \(random.below(1_000)), city \(random.below(40)); ".utf8)
        }
        return text
    }

    /// The bytes.
    public var bytes: [UInt8] {
        let random = SeededRandom(seed: seed).fork(number)
        // Small ones lie in commits and share packs, larger ones have packs of their own.
        let count = random.oneIn(3) ? 0 : random.below(6)
        var bytes = random.bytes(count: random.below(600))
        for _ in 0..<count {
            var piece = Self.piece(seed, random.below(Self.pieceCount))
            if random.oneIn(2) {
                // An edit: what resembles a chunk is compressed against it.
                let place = random.below(piece.count)
                piece.insert(contentsOf: random.bytes(count: 1 + random.below(30)), at: place)
            }
            bytes += piece
        }
        return bytes
    }
}

internal import PinFormat

/// A text that is looked for, without regard to case.
///
/// Most texts are ASCII, where bytes decide; only for others the characters of Unicode are asked,
/// which costs fifty times as much.
struct SearchText {
    private let text: String
    /// Its bytes in lower case, if they are all ASCII.
    private let bytes: [UInt8]?

    init(_ text: String) {
        self.text = text.lowercased()
        let bytes = Array(self.text.utf8)
        self.bytes = bytes.allSatisfy { $0 < 0x80 } ? bytes : nil
    }

    var isEmpty: Bool { text.isEmpty }

    /// Whether a pin's name, title, description, tags or metadata contain it.
    func isIn(_ name: String, _ metadata: VersionMetadata) -> Bool {
        isIn(name) || metadata.title.map(isIn) ?? false || metadata.description.map(isIn) ?? false
            || metadata.tags.contains(where: isIn) || metadata.userJSON.map(isIn) ?? false
    }

    func isIn(_ field: String) -> Bool { isIn(Array(field.utf8)) }

    /// Whether it stands in a field of UTF-8.
    ///
    /// - Complexity: O(*n* · *m*) at worst, O(*n*) in a text of people.
    func isIn(_ field: [UInt8]) -> Bool {
        guard let bytes, field.allSatisfy({ $0 < 0x80 }) else {
            return String(decoding: field, as: UTF8.self).lowercased().contains(text)
        }
        guard let first = bytes.first, field.count >= bytes.count else { return bytes.isEmpty }
        for start in 0...field.count - bytes.count where Self.lower(field[start]) == first {
            var place = 1
            while place < bytes.count, Self.lower(field[start + place]) == bytes[place] {
                place += 1
            }
            if place == bytes.count { return true }
        }
        return false
    }

    private static func lower(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
}

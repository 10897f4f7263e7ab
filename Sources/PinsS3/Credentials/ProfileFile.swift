/// The sections of a shared configuration or credentials file, as Amazon's tools read it.
///
/// Names of settings compare without case; a line that begins with a space belongs to the setting
/// above it, and is kept as `setting.name` (`s3.addressing_style`).
struct ProfileFile: Sendable, Hashable {
    private(set) var sections: [String: [String: String]] = [:]

    /// Reads a file; lines that mean nothing are passed over, as other tools do.
    init(_ bytes: [UInt8]) {
        var section: String?
        var parent: String?
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            let text = String(decoding: line, as: UTF8.self)
            let trimmed = Self.trimmed(text)
            guard let first = trimmed.first, first != "#", first != ";" else { continue }
            if first == "[" {
                section = Self.sectionName(trimmed)
                parent = nil
                continue
            }
            guard let section, let mark = trimmed.firstIndex(of: "=") else { continue }
            var name = Self.trimmed(trimmed[..<mark]).lowercased()
            let value = Self.withoutComment(Self.trimmed(trimmed[trimmed.index(after: mark)...]))
            let isNested = text.first == " " || text.first == "\t"
            if isNested, let parent { name = "\(parent).\(name)" } else { parent = name }
            sections[section, default: [:]][name] = value
        }
    }

    /// A profile: `[name]` in the credentials file, `[profile name]` in the configuration.
    func profile(_ name: String) -> [String: String]? {
        sections["profile \(name)"] ?? sections[name]
    }

    private static func sectionName(_ text: Substring) -> String? {
        guard let end = text.firstIndex(of: "]") else { return nil }
        let words = text[text.index(after: text.startIndex)..<end]
            .split { $0 == " " || $0 == "\t" }
        return words.joined(separator: " ").replacing("\"", with: "")
    }

    private static func withoutComment(_ text: Substring) -> String {
        for mark in [" #", " ;", "\t#", "\t;"] {
            if let range = text.firstRange(of: mark) {
                return String(trimmed(text[..<range.lowerBound]))
            }
        }
        return String(text)
    }

    private static func trimmed(_ text: some StringProtocol) -> Substring {
        var text = Substring(text).drop { $0.isWhitespace }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return text
    }
}

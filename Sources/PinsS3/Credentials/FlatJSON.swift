/// The strings of one flat JSON object: what the services of containers and machines answer.
///
/// Other values are passed over; nesting, and anything else after the object, is refused.
struct FlatJSON {
    /// Reads an object; `nil` if it is none, or names a field twice.
    static func strings(_ bytes: [UInt8]) -> [String: String]? {
        var reader = FlatJSON(bytes)
        guard let fields = reader.object(), reader.next == nil else { return nil }
        return fields
    }

    private let bytes: [UInt8]
    private var position = 0

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The next byte that is no space.
    private var next: UInt8? {
        mutating get {
            while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) {
                position += 1
            }
            return position < bytes.count ? bytes[position] : nil
        }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func object() -> [String: String]? {
        var fields: [String: String] = [:]
        guard take("{") else { return nil }
        if take("}") { return fields }
        repeat {
            guard let name = string(), take(":"), fields[name] == nil else { return nil }
            if next == UInt8(ascii: "\"") {
                guard let value = string() else { return nil }
                fields[name] = value
            } else {
                guard skipWord() else { return nil }
            }
        } while take(",")
        return take("}") ? fields : nil
    }

    /// A number, true, false or null.
    private mutating func skipWord() -> Bool {
        let start = position
        while position < bytes.count {
            let byte = bytes[position]
            let isPart =
                (48...57).contains(byte) || (97...122).contains(byte | 0x20)
                || "+-.".utf8.contains(byte)
            guard isPart else { break }
            position += 1
        }
        return position > start
    }

    private mutating func string() -> String? {
        guard take("\"") else { return nil }
        var out: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return String(validating: out, as: UTF8.self)
            case UInt8(ascii: "\\"): guard escape(&out) else { return nil }
            case 0..<0x20: return nil
            default: out.append(byte)
            }
        }
        return nil
    }

    private mutating func escape(_ out: inout [UInt8]) -> Bool {
        guard position < bytes.count else { return false }
        let byte = bytes[position]
        position += 1
        let plain: [UInt8: UInt8] = [
            0x22: 0x22, 0x5C: 0x5C, 0x2F: 0x2F, 0x62: 0x08, 0x66: 0x0C, 0x6E: 0x0A, 0x72: 0x0D,
            0x74: 0x09,
        ]
        if let known = plain[byte] {
            out.append(known)
            return true
        }
        // No key has characters outside of the basic plane: surrogates are refused.
        guard byte == UInt8(ascii: "u"), position + 4 <= bytes.count,
            let text = String(validating: bytes[position..<position + 4], as: UTF8.self),
            let code = UInt32(text, radix: 16), let scalar = Unicode.Scalar(code)
        else { return false }
        position += 4
        out += Array(String(Character(scalar)).utf8)
        return true
    }
}

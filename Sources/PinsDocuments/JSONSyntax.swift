/// Says whether bytes are one JSON text (RFC 8259), without building it.
///
/// Nesting is kept on an explicit stack of at most ``maximumDepth``, so no input can exhaust the
/// process's own.
package struct JSONSyntax {
    /// What stands at the top of a JSON text.
    package enum Root { case object, other }

    /// Deeper texts are refused.
    package static let maximumDepth = 512

    /// The kind of the text's top value, or `nil` if it is not JSON.
    ///
    /// - Complexity: O(*n*).
    package static func root(of bytes: [UInt8]) -> Root? {
        guard String(validating: bytes, as: UTF8.self) != nil else { return nil }
        var scanner = JSONSyntax(bytes)
        return scanner.scan()
    }

    private enum Expectation { case value, valueOrEnd, keyOrEnd, key, commaOrEnd }

    private let bytes: [UInt8]
    private var offset = 0
    /// `true` for an object that is open, `false` for an array.
    private var open: [Bool] = []
    private var expected = Expectation.value

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    private mutating func scan() -> Root? {
        skipSpace()
        let root: Root = peek() == UInt8(ascii: "{") ? .object : .other
        repeat {
            skipSpace()
            guard step() else { return nil }
        } while !(open.isEmpty && expected == .commaOrEnd)
        skipSpace()
        return offset == bytes.count ? root : nil
    }

    /// Consumes one token; `false` where it is not allowed.
    private mutating func step() -> Bool {
        guard let byte = peek() else { return false }
        switch (expected, byte) {
        case (.valueOrEnd, UInt8(ascii: "]")), (.keyOrEnd, UInt8(ascii: "}")): return close()
        case (.commaOrEnd, UInt8(ascii: "]")): return open.last == false && close()
        case (.commaOrEnd, UInt8(ascii: "}")): return open.last == true && close()
        case (.commaOrEnd, UInt8(ascii: ",")):
            offset += 1
            expected = open.last == true ? .key : .value
            return true
        case (.key, UInt8(ascii: "\"")), (.keyOrEnd, UInt8(ascii: "\"")):
            guard string() else { return false }
            skipSpace()
            expected = .value
            return take(":")
        case (.value, _), (.valueOrEnd, _): return value(byte)
        default: return false
        }
    }

    private mutating func value(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            guard open.count < Self.maximumDepth else { return false }
            offset += 1
            open.append(byte == UInt8(ascii: "{"))
            expected = open.last == true ? .keyOrEnd : .valueOrEnd
            return true
        default:
            expected = .commaOrEnd
            switch byte {
            case UInt8(ascii: "\""): return string()
            case UInt8(ascii: "t"): return take("true")
            case UInt8(ascii: "f"): return take("false")
            case UInt8(ascii: "n"): return take("null")
            default: return number()
            }
        }
    }

    private mutating func close() -> Bool {
        offset += 1
        open.removeLast()
        expected = .commaOrEnd
        return true
    }

    private mutating func string() -> Bool {
        offset += 1
        while let byte = peek() {
            offset += 1
            switch byte {
            case UInt8(ascii: "\""): return true
            case UInt8(ascii: "\\"): guard escape() else { return false }
            case 0..<0x20: return false
            default: break
            }
        }
        return false
    }

    private mutating func escape() -> Bool {
        guard let byte = peek() else { return false }
        offset += 1
        guard byte == UInt8(ascii: "u") else { return "\"\\/bfnrt".utf8.contains(byte) }
        for _ in 0..<4 {
            guard let digit = peek(), "0123456789abcdefABCDEF".utf8.contains(digit) else {
                return false
            }
            offset += 1
        }
        return true
    }

    private mutating func number() -> Bool {
        if peek() == UInt8(ascii: "-") { offset += 1 }
        if peek() == UInt8(ascii: "0") {
            offset += 1
        } else if !digits() {
            return false
        }
        if peek() == UInt8(ascii: ".") {
            offset += 1
            guard digits() else { return false }
        }
        if peek() == UInt8(ascii: "e") || peek() == UInt8(ascii: "E") {
            offset += 1
            if peek() == UInt8(ascii: "+") || peek() == UInt8(ascii: "-") { offset += 1 }
            guard digits() else { return false }
        }
        return true
    }

    private mutating func digits() -> Bool {
        let start = offset
        while let byte = peek(), (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
            offset += 1
        }
        return offset > start
    }

    private mutating func take(_ text: String) -> Bool {
        let wanted = Array(text.utf8)
        guard bytes.count - offset >= wanted.count,
            bytes[offset..<offset + wanted.count].elementsEqual(wanted)
        else { return false }
        offset += wanted.count
        return true
    }

    private mutating func skipSpace() {
        while let byte = peek(), " \t\n\r".utf8.contains(byte) { offset += 1 }
    }

    private func peek() -> UInt8? { offset < bytes.count ? bytes[offset] : nil }
}

/// Headers of a tar archive: ustar, with records of pax where that has no room (POSIX.1-2001).
enum TarHeader {
    static let blockByteCount = 512
    /// Two empty blocks.
    static let end = [UInt8](repeating: 0, count: 2 * blockByteCount)
    /// The largest size that ustar has digits for.
    private static let sizeMax: UInt64 = 0o77_777_777_777

    /// The header of a file.
    ///
    /// - Parameters:
    ///   - path: Relative, with `/` between components.
    ///   - seconds: When it was changed, since 1970.
    static func file(_ path: String, byteCount: UInt64, seconds: Int64) -> [UInt8] {
        let name = Array(path.utf8)
        var records: [UInt8] = []
        // Without a record a name is bytes of no known encoding.
        if name.count > 100 || !name.allSatisfy({ $0 < 0x80 }) {
            records += record("path", name)
        }
        if byteCount > sizeMax { records += record("size", Array(String(byteCount).utf8)) }
        var bytes: [UInt8] = []
        if !records.isEmpty {
            bytes += header(
                Array("PaxHeaders/x".utf8), UInt64(records.count), seconds, kind: UInt8(ascii: "x"))
            bytes += records + padding(after: UInt64(records.count))
        }
        bytes += header(
            Array(name.prefix(100)), min(byteCount, sizeMax), seconds, kind: UInt8(ascii: "0"))
        return bytes
    }

    /// What fills the last block of a file.
    static func padding(after byteCount: UInt64) -> [UInt8] {
        let rest = Int(byteCount % UInt64(blockByteCount))
        return [UInt8](repeating: 0, count: rest == 0 ? 0 : blockByteCount - rest)
    }

    /// `LENGTH KEY=VALUE\n`, where the length counts its own digits.
    private static func record(_ key: String, _ value: [UInt8]) -> [UInt8] {
        let rest = Array(" \(key)=".utf8) + value + [UInt8(ascii: "\n")]
        var count = rest.count
        while true {
            let whole = rest.count + String(count).utf8.count
            if whole == count { return Array(String(count).utf8) + rest }
            count = whole
        }
    }

    private static func header(
        _ name: [UInt8], _ byteCount: UInt64, _ seconds: Int64, kind: UInt8
    ) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: blockByteCount)
        func put(_ bytes: some Collection<UInt8>, at offset: Int) {
            block.replaceSubrange(offset..<offset + bytes.count, with: bytes)
        }
        func number(_ value: UInt64, digits: Int) -> [UInt8] {
            let text = String(value, radix: 8)
            return Array((String(repeating: "0", count: digits - text.utf8.count) + text).utf8)
        }
        put(name, at: 0)
        put(number(0o644, digits: 7), at: 100)
        put(number(0, digits: 7), at: 108)
        put(number(0, digits: 7), at: 116)
        put(number(byteCount, digits: 11), at: 124)
        let time = UInt64(clamping: seconds)
        put(number(min(time, sizeMax), digits: 11), at: 136)
        put(Array("        ".utf8), at: 148)
        block[156] = kind
        put(Array("ustar".utf8), at: 257)
        put(Array("00".utf8), at: 263)
        let sum = block.reduce(0 as UInt64) { $0 + UInt64($1) }
        put(number(sum, digits: 6) + [0, UInt8(ascii: " ")], at: 148)
        return block
    }
}

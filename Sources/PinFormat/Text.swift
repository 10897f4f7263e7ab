/// Text in UTF-8 where it lies. Nearly all text is ASCII, which needs no second look.
extension ArraySlice<UInt8> {
    var isASCII: Bool {
        // Without a branch for each byte: the compiler makes vectors of it.
        var all: UInt8 = 0
        for byte in self { all |= byte }
        return all < 0x80
    }

    var isUTF8: Bool { isASCII || String(validating: self, as: UTF8.self) != nil }
}

extension String {
    /// The text of bytes, or `nil` where they are not UTF-8.
    init?(utf8 bytes: ArraySlice<UInt8>) {
        if bytes.isASCII {
            self.init(decoding: bytes, as: UTF8.self)
        } else {
            self.init(validating: bytes, as: UTF8.self)
        }
    }
}

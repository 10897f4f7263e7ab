/// The value of `--range`: `A:B`, `A:` or `:B`, half-open, in bytes.
struct ByteRange {
    let start: UInt64
    let end: UInt64?

    init(_ text: String) throws(CommandFailure) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, !(parts[0].isEmpty && parts[1].isEmpty),
            let start = Self.number(parts[0]), let end = Self.number(parts[1])
        else {
            throw .usage("--range '\(text)' is not A:B, A: or :B with numbers of bytes")
        }
        self.start = start ?? 0
        self.end = end
        if let end, end < self.start {
            throw .usage("--range \(text) ends before it begins")
        }
    }

    /// The range in a file of `byteCount` bytes: an end past the file's is the file's.
    func resolved(in byteCount: UInt64, of file: String) throws(CommandFailure) -> Range<UInt64> {
        guard start <= byteCount else {
            throw .usage(
                "--range begins at \(start), but '\(file)' has \(byteCount) bytes", object: file)
        }
        return start..<min(end ?? byteCount, byteCount)
    }

    /// A number of digits alone; `.some(nil)` for no text, `nil` for anything else.
    private static func number(_ text: Substring) -> UInt64?? {
        guard !text.isEmpty else { return .some(nil) }
        guard text.utf8.allSatisfy({ (48...57).contains($0) }), let value = UInt64(text) else {
            return nil
        }
        return value
    }
}

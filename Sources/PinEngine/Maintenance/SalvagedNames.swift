internal import PinFormat

/// Finds the versions that damaged bytes of a table speak of, without trusting any length in them.
///
/// A version stands there twice: in the key of its row, and at the beginning of its record
/// (FORMAT.md §7.5, §7.6); the rows of pins and labels point at some. One changed byte leaves at
/// least one of the two; it may also make up a name that is one byte wrong.
struct SalvagedNames {
    private let bytes: [UInt8]
    private(set) var versions: Set<VerifyProblem.Version> = []
    private static let nameByteCount = 22

    /// - Complexity: O(*n*) in the bytes of `range`.
    init(_ bytes: [UInt8], _ range: Range<Int>) {
        self.bytes = bytes
        guard range.count > Self.nameByteCount else { return }
        for end in range.lowerBound + Self.nameByteCount...range.upperBound {
            let start = end - Self.nameByteCount
            // Cheap looks first: a version's name has these two letters.
            guard bytes[start + 8] == UInt8(ascii: "T"), bytes[start + 15] == UInt8(ascii: "Z"),
                let version = String(validating: bytes[start..<end], as: UTF8.self),
                Names.isVersion(version)
            else { continue }
            if let pin = pinOfRecord(before: start, range) ?? pinOfKey(before: start, range)
                ?? pinOfPointer(before: start, range)
            {
                versions.insert(VerifyProblem.Version(pin: pin, version: version))
            }
        }
    }

    /// The pin of a record that has its version's name at `start`: `01 80`, u32 length, pin, `02 80
    /// 16 00 00 00`.
    private func pinOfRecord(before start: Int, _ range: Range<Int>) -> String? {
        let end = start - 6
        guard end - 7 >= range.lowerBound, Array(bytes[end..<start]) == [2, 0x80, 22, 0, 0, 0]
        else { return nil }
        for count in 1...Limits.nameByteCount {
            let head = end - count - 6
            guard head >= range.lowerBound else { return nil }
            if bytes[head..<head + 6].elementsEqual([1, 0x80, UInt8(count), 0, 0, 0]) {
                return pin(end - count..<end)
            }
        }
        return nil
    }

    /// The pin of a row's key that has its version's name at `start`: u16 length, u32 length, `30`,
    /// pin, `00`.
    private func pinOfKey(before start: Int, _ range: Range<Int>) -> String? {
        let end = start - 1
        guard end - 8 >= range.lowerBound, bytes[end] == 0 else { return nil }
        for count in 1...Limits.nameByteCount {
            let head = end - count - 7
            guard head >= range.lowerBound else { return nil }
            let keyByteCount = count + 2 + Self.nameByteCount
            guard bytes[head + 6] == RowKey.versionPrefix,
                Int(bytes[head]) | Int(bytes[head + 1]) << 8 == keyByteCount
            else { continue }
            // A row that deletes speaks of a version that is gone.
            if bytes[head + 2..<head + 6].allSatisfy({ $0 == 0xFF }) { return nil }
            return pin(end - count..<end)
        }
        return nil
    }

    /// The pin of a row that points at the version at `start`: u16 length, u32 length, `20` and the
    /// pin, or `40`, the pin, `00` and a label; then `01 80 16 00 00 00`.
    private func pinOfPointer(before start: Int, _ range: Range<Int>) -> String? {
        let end = start - 6
        guard end >= range.lowerBound, bytes[end..<start].elementsEqual([1, 0x80, 22, 0, 0, 0])
        else { return nil }
        for keyByteCount in 2...2 * Limits.nameByteCount + 2 {
            let head = end - keyByteCount - 6
            guard head >= range.lowerBound else { return nil }
            guard Int(bytes[head]) | Int(bytes[head + 1]) << 8 == keyByteCount else { continue }
            let name = head + 7..<end
            switch bytes[head + 6] {
            case RowKey.pinPrefix: return pin(name)
            case RowKey.labelPrefix:
                if let zero = bytes[name].firstIndex(of: 0) { return pin(name.lowerBound..<zero) }
            default: continue
            }
        }
        return nil
    }

    private func pin(_ range: Range<Int>) -> String? {
        guard let name = String(validating: bytes[range], as: UTF8.self),
            (try? Names.checkPin(name)) != nil
        else { return nil }
        return name
    }
}

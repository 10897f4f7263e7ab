public import PinEngine
public import Pins

/// Arrays of doubles as `.npy` files, which numpy reads and writes: an example of a coder.
///
///     try await board.write([1, 2.5, -3], to: "numbers", as: ArrayCoder())
///     let numbers = try await board.read("numbers", as: ArrayCoder())
///
/// A coder is given verified bytes, and still looks at every one of them: they may come from
/// another program. It decodes numbers, and never objects that could run code; of `.npy` files that
/// means that `dtype=object`, which is a pickle, is refused.
public struct ArrayCoder: PinCoder {
    public init() {}

    public var type: String { "npy" }

    /// `\x93NUMPY`, version 1.0.
    private static let magic: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0]
    /// The header ends at a multiple of this.
    private static let alignment = 64

    private static func header(_ count: Int) -> String {
        "{'descr': '<f8', 'fortran_order': False, 'shape': (\(count),), }"
    }

    public func encode(_ value: [Double]) throws(EngineError) -> [UInt8] {
        var header = Self.header(value.count)
        let used = Self.magic.count + 2 + header.utf8.count + 1
        let padding = (Self.alignment - used % Self.alignment) % Self.alignment
        header += String(repeating: " ", count: padding) + "\n"
        var bytes = Self.magic
        bytes += [UInt8(header.utf8.count & 255), UInt8(header.utf8.count >> 8)]
        bytes += header.utf8
        bytes.reserveCapacity(bytes.count + 8 * value.count)
        for number in value {
            withUnsafeBytes(of: number.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
        }
        return bytes
    }

    public func decode(_ bytes: [UInt8]) throws(EngineError) -> [Double] {
        func refuse(_ why: String) -> EngineError {
            EngineError(.corrupt, "the bytes are no .npy file of doubles: \(why)")
        }
        guard bytes.starts(with: Self.magic), bytes.count >= Self.magic.count + 2 else {
            throw refuse("they do not begin as one of version 1.0")
        }
        let length = Int(bytes[8]) | Int(bytes[9]) << 8
        let start = Self.magic.count + 2 + length
        guard start <= bytes.count, (bytes.count - start) % 8 == 0 else {
            throw refuse("it ends early")
        }
        let count = (bytes.count - start) / 8
        let header = String(decoding: bytes[10..<start], as: UTF8.self)
        // One way to write it, which numpy and this coder share.
        guard header.trimmingEnd() == Self.header(count) else {
            throw refuse("its header is \(header.debugDescription)")
        }
        return bytes.withUnsafeBytes { raw in
            (0..<count).map { index in
                let word = raw.loadUnaligned(fromByteOffset: start + 8 * index, as: UInt64.self)
                return Double(bitPattern: UInt64(littleEndian: word))
            }
        }
    }

    public func summary(of value: [Double]) -> String { "a pinned array of \(value.count) numbers" }
}

extension String {
    /// Without the blanks and the line's end that pad a header.
    fileprivate func trimmingEnd() -> Substring {
        var text = self[...]
        while text.last == " " || text.last == "\n" { text.removeLast() }
        return text
    }
}

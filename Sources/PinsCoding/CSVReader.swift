internal import PinEngine

/// Cuts CSV into rows of cells, byte by byte (RFC 4180).
///
/// Our own, because nothing may change on the way: the packages at hand trim spaces, end rows at
/// U+2028, or take quotes that never close.
struct CSVReader {
    private let bytes: [UInt8]
    private var position: Int
    /// The line that the last row ended on, from 1.
    private(set) var line = 0

    private static let quote = UInt8(ascii: "\"")
    private static let comma = UInt8(ascii: ",")
    private static let newline = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        position = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    }

    /// The cells of the next row; `nil` at the end.
    mutating func nextRow() throws(EngineError) -> [String]? {
        guard position < bytes.count else { return nil }
        line += 1
        var cells: [String] = []
        while true {
            cells.append(
                position < bytes.count && bytes[position] == Self.quote
                    ? try quotedCell() : try plainCell())
            guard position < bytes.count else { return cells }
            let end = bytes[position]
            position += 1
            if end == Self.comma { continue }
            if end == Self.carriageReturn, position < bytes.count, bytes[position] == Self.newline {
                position += 1
            }
            return cells
        }
    }

    /// Up to a comma or line end, as it stands.
    private mutating func plainCell() throws(EngineError) -> String {
        let start = position
        while position < bytes.count, !Self.endsCell(bytes[position]) { position += 1 }
        return try text(bytes[start..<position])
    }

    private mutating func quotedCell() throws(EngineError) -> String {
        let startLine = line
        var cell: [UInt8] = []
        position += 1
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if byte == Self.quote {
                guard position < bytes.count, bytes[position] == Self.quote else {
                    guard position == bytes.count || Self.endsCell(bytes[position]) else {
                        throw EngineError(
                            .corrupt, "line \(line) of the CSV has text behind a closing quote")
                    }
                    return try text(cell[...])
                }
                position += 1
            } else if byte == Self.newline {
                line += 1
            }
            cell.append(byte)
        }
        throw EngineError(
            .corrupt, "the quote that opens on line \(startLine) of the CSV does not close")
    }

    private static func endsCell(_ byte: UInt8) -> Bool {
        byte == comma || byte == newline || byte == carriageReturn
    }

    private func text(_ cell: ArraySlice<UInt8>) throws(EngineError) -> String {
        guard let text = String(validating: cell, as: UTF8.self) else {
            throw EngineError(.corrupt, "line \(line) of the CSV is not UTF-8")
        }
        return text
    }
}

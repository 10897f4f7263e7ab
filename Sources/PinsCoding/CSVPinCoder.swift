public import PinEngine
public import Pins

/// CSV of rows of texts.
///
///     let table = try await board.read("mtcars", as: .csv)
///     print(table.header, table.rows.count)
public struct CSVTablePinCoder: PinCoder {
    public init() {}

    public var type: String { "csv" }

    public func encode(_ value: CSVTable) throws(EngineError) -> [UInt8] { try value.csv() }

    public func decode(_ bytes: [UInt8]) throws(EngineError) -> CSVTable {
        try CSVTable(csv: bytes)
    }

    public func summary(of value: CSVTable) -> String {
        "a pinned \(value.rows.count) x \(value.header.count) data frame"
    }
}

/// CSV of rows that are Codable structs: one column for each property, in the order in which the
/// struct encodes them.
///
///     struct Car: Codable { var model: String; var mpg: Double; var gear: Int? }
///     try await board.write(cars, to: "cars", as: .csv(of: Car.self))
///
/// Properties are texts, numbers, Booleans, dates (RFC 3339), raw-valued enumerations and optionals
/// of them. A missing value is an empty cell; when read, `NA` is one too, as R writes it.
public struct CSVRowsPinCoder<Row: Codable>: PinCoder {
    public init(_: Row.Type = Row.self) {}

    public var type: String { "csv" }

    public func encode(_ value: [Row]) throws(EngineError) -> [UInt8] {
        var table = CSVTable(header: [], rows: [])
        table.rows.reserveCapacity(value.count)
        for (index, row) in value.enumerated() {
            let cells = try CSVRowEncoder.cells(of: row)
            // Optionals that are nil are not encoded: rows may differ in their columns.
            for (name, _) in cells where !table.header.contains(name) { table.header.append(name) }
            table.rows.append(
                table.header.map { name in cells.first { $0.name == name }?.text ?? "" })
            precondition(table.rows.count == index + 1)
        }
        for index in table.rows.indices {
            let missing = table.header.count - table.rows[index].count
            table.rows[index] += [String](repeating: "", count: missing)
        }
        return try table.csv()
    }

    public func decode(_ bytes: [UInt8]) throws(EngineError) -> [Row] {
        let table = try CSVTable(csv: bytes)
        let columns = Dictionary(
            zip(table.header, table.header.indices), uniquingKeysWith: { first, _ in first })
        var out: [Row] = []
        out.reserveCapacity(table.rows.count)
        for (index, cells) in table.rows.enumerated() {
            do {
                out.append(
                    try Row(from: CSVRowDecoder(CSVCells(columns: columns, cells: cells), [])))
            } catch {
                throw EngineError(
                    .corrupt, "row \(index + 1) of the CSV is not of type \(Row.self): \(error)")
            }
        }
        return out
    }

    public func summary(of value: [Row]) -> String {
        let width = value.first.flatMap { try? CSVRowEncoder.cells(of: $0).count } ?? 0
        return "a pinned \(value.count) x \(width) data frame"
    }
}

extension PinCoder where Self == CSVTablePinCoder {
    /// CSV of rows of texts.
    public static var csv: CSVTablePinCoder { CSVTablePinCoder() }
}

extension PinCoder {
    /// CSV of rows that are Codable structs.
    public static func csv<Row: Codable>(
        of type: Row.Type = Row.self
    ) -> CSVRowsPinCoder<Row> where Self == CSVRowsPinCoder<Row> { CSVRowsPinCoder() }
}

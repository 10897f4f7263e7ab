/// A column of a Parquet file as its footer tells (parquet.thrift).
struct ParquetField {
    /// How its values lie.
    enum Physical: Int {
        case bool = 0
        case int32, int64, int96, float, double, bytes, fixed
    }

    /// What they mean.
    enum Meaning: Equatable {
        case plain
        case text
        case unsigned
        case date
        case timestamp(perSecond: Int64)
        case time(perSecond: Int64)
        case decimal(scale: Int)
    }

    var name: String
    /// For people.
    var type: String
    /// `nil` for a column of columns.
    var physical: Physical?
    var meaning = Meaning.plain
    var fixedByteCount: Int
    var isOptional: Bool
    var isRepeated: Bool
    /// How many columns with values of their own it is.
    var leafCount = 1

    /// The columns of the outermost level.
    static func fields(_ schema: [ThriftValue]) -> [ParquetField]? {
        guard let root = schema.first, let count = root[5]?.int, count >= 0 else { return nil }
        var fields: [ParquetField] = []
        var position = 1
        for _ in 0..<min(count, schema.count) {
            guard position < schema.count else { return nil }
            var field = ParquetField(schema[position])
            guard let (leaves, next) = extent(schema, position) else { return nil }
            field.leafCount = leaves
            position = next
            fields.append(field)
        }
        return fields
    }

    /// How many leaves an element has, and where the next one of its level is.
    private static func extent(_ schema: [ThriftValue], _ first: Int) -> (Int, Int)? {
        var (left, position, leaves) = (1, first, 0)
        while left > 0 {
            guard position < schema.count else { return nil }
            let children = schema[position][5]?.int ?? 0
            guard children >= 0, children <= schema.count else { return nil }
            if children == 0 { leaves += 1 }
            left += children - 1
            position += 1
        }
        return (leaves, position)
    }

    private init(_ element: ThriftValue) {
        name = element[4]?.text ?? ""
        fixedByteCount = element[2]?.int ?? 0
        isOptional = element[3]?.int == 1
        isRepeated = element[3]?.int == 2
        let children = element[5]?.int ?? 0
        guard children == 0, let number = element[1]?.int,
            let physical = Physical(rawValue: number)
        else {
            let isList = element[10]?.choice?.field == 3 || element[6]?.int == 3
            type = isList ? "list" : element[6]?.int == 1 ? "map" : "struct"
            return
        }
        self.physical = physical
        let names = [
            "bool", "int32", "int64", "int96", "float", "double", "binary",
            "fixed binary(\(fixedByteCount))",
        ]
        type = names[number]
        if let (meaning, name) = Self.meaning(element, physical) {
            (self.meaning, type) = (meaning, name)
        }
        if isRepeated { type = "list of \(type)" }
    }

    private static func meaning(
        _ element: ThriftValue, _ physical: Physical
    ) -> (Meaning, String)? {
        let units: [Int: (Int64, String)] = [
            1: (1_000, "ms"), 2: (1_000_000, "us"), 3: (1_000_000_000, "ns"),
        ]
        if let (field, value) = element[10]?.choice {
            switch field {
            case 1: return (.text, "string")
            case 4: return (.text, "enum")
            case 5: return decimal(value[1]?.int, value[2]?.int)
            case 6: return (.date, "date")
            case 7, 8:
                guard let unit = units[value[2]?.choice?.field ?? 0] else { return nil }
                let zone = value[1]?.isTrue == true ? ", UTC" : ""
                return field == 7
                    ? (.time(perSecond: unit.0), "time[\(unit.1)]")
                    : (.timestamp(perSecond: unit.0), "timestamp[\(unit.1)\(zone)]")
            case 10:
                let (width, isSigned) = (value[1]?.int ?? 0, value[2]?.isTrue == true)
                return (isSigned ? .plain : .unsigned, "\(isSigned ? "" : "u")int\(width)")
            case 12: return (.text, "json")
            default: break
            }
        }
        switch element[6]?.int {
        case 0, 4: return (.text, "string")
        case 5: return decimal(element[7]?.int, element[8]?.int)
        case 6: return (.date, "date")
        case 9: return (.timestamp(perSecond: 1_000), "timestamp[ms]")
        case 10: return (.timestamp(perSecond: 1_000_000), "timestamp[us]")
        case 11, 12, 13, 14:
            return (.unsigned, "uint\(8 << ((element[6]?.int ?? 11) - 11))")
        case 15, 16, 17, 18:
            return (.plain, "int\(8 << ((element[6]?.int ?? 15) - 15))")
        case 19: return (.text, "json")
        default: return physical == .int96 ? (.plain, "timestamp (int96)") : nil
        }
    }

    private static func decimal(_ scale: Int?, _ precision: Int?) -> (Meaning, String) {
        let scale = scale ?? 0
        return (.decimal(scale: scale), "decimal(\(precision ?? 0), \(scale))")
    }
}

/// A column of an Arrow file as its schema tells (Schema.fbs of Apache Arrow).
struct ArrowField {
    /// How its values lie.
    enum Layout: Equatable {
        case null
        case bool
        case signed(byteCount: Int)
        case unsigned(byteCount: Int)
        case float(byteCount: Int)
        case date(byteCount: Int)
        /// Units in a second.
        case time(byteCount: Int, perSecond: Int64)
        case timestamp(perSecond: Int64)
        case decimal(byteCount: Int, scale: Int)
        case fixed(byteCount: Int)
        case variable(offsetByteCount: Int, isText: Bool)
        /// Has so many buffers of its own; its values are in its children.
        case nested(bufferCount: Int)
        /// Of a number of buffers that is not known here.
        case other

        /// Of its own, in a record batch.
        var bufferCount: Int {
            switch self {
            case .null: 0
            case .variable: 3
            case .nested(let count): count
            default: 2
            }
        }
    }

    static let childCountMax = 10_000
    private static let depthMax = 32

    var name: String
    /// For people.
    var type: String
    var layout: Layout
    /// Of values that stand in a dictionary; `layout` is then that of the numbers.
    var dictionary: (id: Int, values: Layout)?
    var children: [ArrowField]

    init?(_ table: FlatTable, depth: Int = 0) {
        guard depth < Self.depthMax,
            let children = table.tables(5, limit: Self.childCountMax)
        else { return nil }
        name = table.text(0) ?? ""
        let (layout, type) = Self.kind(table.int(2, 1), table.table(3))
        (self.layout, self.type) = (layout, type)
        self.children = []
        for child in children {
            guard let field = ArrowField(child, depth: depth + 1) else { return nil }
            self.children.append(field)
        }
        guard let encoding = table.table(4) else { return }
        dictionary = (encoding.int(0, 8), layout)
        let index = encoding.table(1)
        let width = index?.int(0, 4) ?? 32
        let isSigned = index.map { $0.int(1, 1) != 0 } ?? true
        self.layout = isSigned ? .signed(byteCount: width / 8) : .unsigned(byteCount: width / 8)
        if ![8, 16, 32, 64].contains(width) { self.layout = .other }
        self.type = "dictionary of \(type)"
        self.children = []
    }

    /// The nodes of a record batch that it has, its children's with it.
    var nodeCount: Int { 1 + children.reduce(0) { $0 + $1.nodeCount } }
    var bufferCount: Int { layout.bufferCount + children.reduce(0) { $0 + $1.bufferCount } }
    /// Whether it is known how many buffers it has.
    var isKnown: Bool { layout != .other && children.allSatisfy(\.isKnown) }

    // MARK: - Types

    private static let units = ["s", "ms", "us", "ns"]

    private static func perSecond(_ unit: Int) -> Int64 {
        [1, 1_000, 1_000_000, 1_000_000_000][min(max(unit, 0), 3)]
    }

    /// How values of a type of the schema lie, and what it is called.
    private static func kind(_ number: Int, _ table: FlatTable?) -> (Layout, String) {
        func int(_ field: Int, _ byteCount: Int, _ value: Int = 0) -> Int {
            table?.int(field, byteCount, default: value) ?? value
        }
        switch number {
        case 1: return (.null, "null")
        case 2:
            let (width, isSigned) = (int(0, 4), int(1, 1) != 0)
            guard [8, 16, 32, 64].contains(width) else { return (.other, "int") }
            return isSigned
                ? (.signed(byteCount: width / 8), "int\(width)")
                : (.unsigned(byteCount: width / 8), "uint\(width)")
        case 3:
            let index = min(max(int(0, 2), 0), 2)
            return (.float(byteCount: [2, 4, 8][index]), ["half", "float", "double"][index])
        case 4: return (.variable(offsetByteCount: 4, isText: false), "binary")
        case 5: return (.variable(offsetByteCount: 4, isText: true), "string")
        case 6: return (.bool, "bool")
        case 7:
            let (precision, scale) = (int(0, 4), int(1, 4))
            return (
                .decimal(byteCount: int(2, 4, 128) / 8, scale: scale),
                "decimal(\(precision), \(scale))"
            )
        case 8: return (.date(byteCount: int(0, 2, 1) == 0 ? 4 : 8), "date")
        case 9:
            let unit = int(0, 2, 1)
            return (
                .time(byteCount: int(1, 4, 32) / 8, perSecond: perSecond(unit)),
                "time[\(units[min(max(unit, 0), 3)])]"
            )
        case 10:
            let unit = int(0, 2)
            let zone = table?.text(1).map { ", \($0)" } ?? ""
            return (
                .timestamp(perSecond: perSecond(unit)),
                "timestamp[\(units[min(max(unit, 0), 3)])\(zone)]"
            )
        case 12, 17: return (.nested(bufferCount: 2), number == 12 ? "list" : "map")
        case 13: return (.nested(bufferCount: 1), "struct")
        case 15: return (.fixed(byteCount: int(0, 4)), "fixed binary(\(int(0, 4)))")
        case 16: return (.nested(bufferCount: 1), "fixed list(\(int(0, 4)))")
        case 18: return (.signed(byteCount: 8), "duration[\(units[min(max(int(0, 2, 1), 0), 3)])]")
        case 19: return (.variable(offsetByteCount: 8, isText: false), "large binary")
        case 20: return (.variable(offsetByteCount: 8, isText: true), "large string")
        case 21: return (.nested(bufferCount: 2), "large list")
        default:
            let names = [11: "interval", 14: "union", 22: "run-end encoded", 24: "string view"]
            return (.other, names[number] ?? "other")
        }
    }
}

/// A chart of horizontal bars in small panels: one row of panels per case, one panel per measure,
/// one bar per tool, in the tool's colour.
public struct BarChart: Sendable {
    /// One panel: a measure of every tool.
    public struct Panel: Sendable {
        /// A bar.
        public struct Bar: Sendable {
            /// The tool's name.
            public let name: String
            /// `nil` where the tool has no value.
            public let value: Double?

            public init(_ name: String, _ value: Double?) {
                self.name = name
                self.value = value
            }
        }

        public let title: String
        public let unit: String
        public let bars: [Bar]
        /// A line over all bars, and what it is called: what the machine allows.
        public let limit: (name: String, value: Double)?

        public init(
            _ title: String, unit: String, limit: (name: String, value: Double)? = nil,
            _ bars: [Bar]
        ) {
            self.title = title
            self.unit = unit
            self.bars = bars
            self.limit = limit
        }
    }

    private let title: String
    private let notes: [String]
    private var rows: [(title: String, panels: [Panel])] = []

    /// - Parameters:
    ///   - title: Stands over all of it.
    ///   - notes: What to see in it, and how it was measured: one line each.
    public init(title: String, notes: [String] = []) {
        self.title = title
        self.notes = notes
    }

    /// Adds a row of panels; its title may be empty.
    public mutating func append(_ title: String, _ panels: [Panel]) { rows.append((title, panels)) }

    private static let margin = 20.0
    private static let barHeight = 16.0
    private static let barStep = 21.0
    private static let barRoom = 130.0
    private static let valueWidth = 52.0

    private var nameWidth: Double {
        let names = rows.flatMap { $0.panels.flatMap { $0.bars.map(\.name) } }
        return names.map { Canvas.width(of: $0, size: 12, isBold: Palette.isOurs($0)) }.max() ?? 0
    }

    private func height(of row: (title: String, panels: [Panel])) -> Double {
        let bars = row.panels.map(\.bars.count).max() ?? 0
        let hasLimit = row.panels.contains { $0.limit != nil }
        return (row.title.isEmpty ? 0 : 24) + 24 + Double(bars) * Self.barStep
            + (hasLimit ? 14 : 0) + 18
    }

    /// The document.
    public var svg: String {
        let columns = rows.map(\.panels.count).max() ?? 0
        let panelWidth = nameWidth + 6 + Self.barRoom + Self.valueWidth
        let head = Canvas.headHeight(notes)
        var canvas = Canvas(
            width: 2 * Self.margin
                + max(Double(columns) * panelWidth, Canvas.headWidth(title, notes)),
            height: head + rows.reduce(0) { $0 + height(of: $1) })
        canvas.head(title, notes, left: Self.margin)
        var top = head
        for row in rows {
            var panelTop = top
            if !row.title.isEmpty {
                canvas.text(Self.margin, top + 14, row.title, size: 14, isBold: true)
                panelTop += 24
            }
            for (column, panel) in row.panels.enumerated() {
                let left = Self.margin + Double(column) * panelWidth
                draw(panel, on: &canvas, left: left, top: panelTop)
            }
            top += height(of: row)
        }
        return canvas.svg
    }

    private func draw(_ panel: Panel, on canvas: inout Canvas, left: Double, top: Double) {
        let start = left + nameWidth + 6
        let heading = panel.unit.isEmpty ? panel.title : "\(panel.title), \(panel.unit)"
        canvas.text(start, top + 12, heading, isBold: true)
        let values = panel.bars.compactMap(\.value) + [panel.limit?.value].compactMap { $0 }
        let largest = values.max() ?? 0
        let bottom = top + 22 + Double(panel.bars.count) * Self.barStep
        if let limit = panel.limit, largest > 0 {
            let x = start + limit.value / largest * Self.barRoom
            canvas.line(
                [(x, top + 18), (x, bottom)], color: Palette.color(of: "limit"), width: 1.5,
                isDashed: true)
            canvas.text(
                x, bottom + 11, "\(limit.name) \(Decimals.short(limit.value))", size: 11,
                anchor: .middle)
        }
        var line = top + 22
        for bar in panel.bars {
            let isOurs = Palette.isOurs(bar.name)
            let color = Palette.color(of: bar.name)
            canvas.text(start - 6, line + 12, bar.name, anchor: .end, isBold: isOurs)
            if let value = bar.value {
                let length = largest > 0 ? max(1, value / largest * Self.barRoom) : 1
                canvas.rectangle(
                    .init(left: start, top: line, width: length, height: Self.barHeight),
                    color: color, radius: 2)
                canvas.text(
                    start + length + 5, line + 12, Decimals.short(value), isBold: isOurs,
                    hasHalo: true)
            } else {
                canvas.text(start, line + 12, "–", color: Palette.quiet)
            }
            line += Self.barStep
        }
    }
}

/// A chart of horizontal bars in small panels, as SVG: one row of panels per case, one panel per
/// measure, one bar per tool. The colours read on light and on dark ground.
public struct BarChart {
    /// One panel: a measure of every tool; shorter is better.
    public struct Panel {
        public let title: String
        public let unit: String
        /// The bars; `nil` where the tool has no value.
        public let bars: [(name: String, value: Double?)]

        public init(title: String, unit: String, bars: [(name: String, value: Double?)]) {
            self.title = title
            self.unit = unit
            self.bars = bars
        }
    }

    private let title: String
    private let highlighted: String
    private var rows: [(title: String, panels: [Panel])] = []

    /// - Parameters:
    ///   - title: Stands over all of it.
    ///   - highlighted: The name of the bar that is coloured.
    public init(title: String, highlighted: String) {
        self.title = title
        self.highlighted = highlighted
    }

    /// Adds a row of panels.
    public mutating func append(_ title: String, _ panels: [Panel]) { rows.append((title, panels)) }

    private static let panelWidth = 230
    private static let labelWidth = 62
    private static let barHeight = 16

    /// The document.
    public var svg: String {
        let columns = rows.map(\.panels.count).max() ?? 0
        let width = 20 + columns * Self.panelWidth
        var body = Self.text(10, 24, title, size: 16, weight: "bold")
        var top = 40
        for row in rows {
            body += Self.text(10, top + 14, row.title, size: 13, weight: "bold")
            for (column, panel) in row.panels.enumerated() {
                body += draw(panel, left: 10 + column * Self.panelWidth, top: top + 22)
            }
            let bars = row.panels.map(\.bars.count).max() ?? 0
            top += 22 + 20 + bars * (Self.barHeight + 4) + 18
        }
        return """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(top)" \
            viewBox="0 0 \(width) \(top)" font-family="system-ui, sans-serif">
            <style>text { fill: #57606a } .bar { fill: #8c959f } .ours { fill: #d9730d }
            @media (prefers-color-scheme: dark) { text { fill: #b1bac4 } .bar { fill: #6e7681 } }
            </style>
            \(body)</svg>

            """
    }

    private func draw(_ panel: Panel, left: Int, top: Int) -> String {
        var out = Self.text(left, top + 12, "\(panel.title), \(panel.unit)", size: 12)
        let largest = panel.bars.compactMap(\.value).max() ?? 0
        let room = Double(Self.panelWidth - Self.labelWidth - 60)
        for (index, bar) in panel.bars.enumerated() {
            let line = top + 20 + index * (Self.barHeight + 4)
            let isOurs = bar.name == highlighted
            let weight = isOurs ? "bold" : "normal"
            let end = left + Self.labelWidth
            out += Self.text(end - 6, line + 12, bar.name, anchor: "end", weight: weight)
            guard let value = bar.value else {
                out += Self.text(end, line + 12, "–")
                continue
            }
            let length = largest > 0 ? max(1, value / largest * room) : 1
            let shape = isOurs ? "ours" : "bar"
            out += "<rect class=\"\(shape)\" x=\"\(end)\" y=\"\(line)\" rx=\"2\" "
            out += "width=\"\(Decimals.text(length, 1))\" height=\"\(Self.barHeight)\"/>\n"
            let label = Decimals.short(value)
            out += Self.text(end + Int(length) + 5, line + 12, label, weight: weight)
        }
        return out
    }

    private static func text(
        _ x: Int, _ y: Int, _ text: String, size: Int = 12, anchor: String = "start",
        weight: String = "normal"
    ) -> String {
        var escaped = ""
        for character in text {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            default: escaped.append(character)
            }
        }
        return "<text x=\"\(x)\" y=\"\(y)\" font-size=\"\(size)\" text-anchor=\"\(anchor)\" "
            + "font-weight=\"\(weight)\">\(escaped)</text>\n"
    }
}

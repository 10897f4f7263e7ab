import BenchmarkSupport

/// Bytes stored against versions, one line a tool, one small panel a series.
struct StudyChart {
    private let results: [SeriesResult]
    private let columnCount: Int

    /// - Parameters:
    ///   - results: The series, a panel each.
    ///   - columnCount: Panels side by side.
    init(_ results: [SeriesResult], columnCount: Int = 4) {
        self.results = results
        self.columnCount = columnCount
    }

    /// A tool's colour, the same in all panels; they differ in brightness too, and read on light
    /// and on dark ground.
    private static let colours = [
        "pins": "#d9480f", "restic": "#3b82c4", "borg": "#2f9e6e", "casync": "#a855b5",
        "hf-xet": "#b58900", "zstd": "#8c959f", "patch-from": "#8c959f",
    ]

    private static let panelWidth = 310.0
    private static let panelHeight = 190.0
    private static let plotWidth = 180.0
    private static let plotHeight = 122.0
    private static let labelHeight = 11.5

    var svg: String {
        let rowCount = (results.count + columnCount - 1) / columnCount
        let width = Int(Self.panelWidth) * columnCount + 20
        let height = Int(Self.panelHeight) * rowCount + 64
        var body = text(
            14, 26, "MiB stored after each version (lower is better)", size: 17, bold: true)
        body += text(
            14, 45,
            "zstd: each version a file of its own. patch-from (dashed): a chain of patches "
                + "that no one can read without all versions before.", size: 12)
        for (number, result) in results.enumerated() {
            let left = 14 + Double(number % columnCount) * Self.panelWidth
            let top = 60 + Double(number / columnCount) * Self.panelHeight
            body += panel(result, left, top)
        }
        return """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" \
            viewBox="0 0 \(width) \(height)" font-family="system-ui, sans-serif">
            <style>text { fill: #57606a } .axis { stroke: #8c959f; stroke-width: 0.6 }
            .grid { stroke: #8c959f; stroke-width: 0.4; opacity: 0.4 }
            path { fill: none; stroke-width: 1.6 } .ours { stroke-width: 3 }
            .chain { stroke-dasharray: 4 3 }
            @media (prefers-color-scheme: dark) { text { fill: #b1bac4 } }
            </style>
            \(body)</svg>

            """
    }

    private func panel(_ result: SeriesResult, _ left: Double, _ top: Double) -> String {
        let plotLeft = left + 34
        let plotTop = top + 26
        let bottom = plotTop + Self.plotHeight
        let right = plotLeft + Self.plotWidth
        let largest = Double(result.tools.map(\.final).max() ?? 1) / 1_048_576
        let ticks = Self.ticks(upTo: largest)
        let scale = Self.plotHeight / max(largest, ticks.last ?? 0)
        var out = text(left, top + 12, result.series, size: 13, bold: true)
        for tick in ticks {
            let y = bottom - tick * scale
            out += line(plotLeft, y, right, y, tick == 0 ? "axis" : "grid")
            out += text(plotLeft - 5, y + 3.5, Self.label(tick), size: 10, anchor: "end")
        }
        let count = result.versionBytes.count
        func x(_ version: Int) -> Double {
            plotLeft + Self.plotWidth * Double(version - 1) / Double(max(1, count - 1))
        }
        for version in [1, count] {
            let anchor = version == 1 ? "start" : "end"
            out += text(x(version), bottom + 13, "v\(version)", size: 10, anchor: anchor)
        }
        // Ours is drawn last, over the others.
        for tool in result.tools.sorted(by: { $1.tool == "pins" && $0.tool != "pins" }) {
            let points = tool.storedBytes.enumerated().map { index, stored in
                let y = bottom - Double(stored) / 1_048_576 * scale
                return "\(Decimals.text(x(index + 1), 1)) \(Decimals.text(y, 1))"
            }
            out += "<path class=\"\(Self.shape(tool.tool))\" stroke=\"\(Self.colour(tool.tool))\" "
            out += "d=\"M\(points.joined(separator: " L"))\"/>\n"
        }
        return out + labels(result, right + 6, bottom, scale)
    }

    /// The names of the lines at their ends, moved apart where they would cover each other.
    private func labels(
        _ result: SeriesResult, _ left: Double, _ bottom: Double, _ scale: Double
    ) -> String {
        let tools = result.tools.sorted { $0.final > $1.final }
        var places = tools.map { bottom - Double($0.final) / 1_048_576 * scale + 3.5 }
        for index in places.indices.dropFirst() {
            places[index] = max(places[index], places[index - 1] + Self.labelHeight)
        }
        // What was pushed under the axis pushes back.
        var limit = bottom + 8
        for index in places.indices.reversed() {
            places[index] = min(places[index], limit)
            limit = places[index] - Self.labelHeight
        }
        return zip(tools, places).map { tool, y in
            let size = Decimals.short(Double(tool.final) / 1_048_576)
            return text(
                left, y, "\(tool.tool) \(size)", size: 10.5, bold: tool.tool == "pins",
                colour: Self.colour(tool.tool))
        }.joined()
    }

    private static func colour(_ tool: String) -> String { colours[tool] ?? "#57606a" }

    private static func shape(_ tool: String) -> String {
        tool == "pins" ? "ours" : tool == "patch-from" ? "chain" : "other"
    }

    /// Round numbers from 0 up to `largest`, three or four of them.
    private static func ticks(upTo largest: Double) -> [Double] {
        var step = 0.001
        while true {
            for factor in [1.0, 2, 5] where largest / (step * factor) <= 4 {
                return Array(stride(from: 0, through: largest, by: step * factor))
            }
            step *= 10
        }
    }

    private static func label(_ value: Double) -> String {
        let rounded = Double(Int((value * 100).rounded())) / 100
        return rounded == Double(Int(rounded)) ? "\(Int(rounded))" : Decimals.short(value)
    }

    private func line(
        _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ shape: String
    ) -> String {
        let places = [x1, y1, x2, y2].map { Decimals.text($0, 1) }
        return "<line class=\"\(shape)\" x1=\"\(places[0])\" y1=\"\(places[1])\" "
            + "x2=\"\(places[2])\" y2=\"\(places[3])\"/>\n"
    }

    private func text(
        _ x: Double, _ y: Double, _ text: String, size: Double, anchor: String = "start",
        bold: Bool = false, colour: String? = nil
    ) -> String {
        let place = "x=\"\(Decimals.text(x, 1))\" y=\"\(Decimals.text(y, 1))\""
        let style = colour.map { " style=\"fill: \($0)\"" } ?? ""
        let weight = bold ? " font-weight=\"bold\"" : ""
        return "<text \(place) font-size=\"\(Decimals.short(size))\" "
            + "text-anchor=\"\(anchor)\"\(weight)\(style)>\(text)</text>\n"
    }
}

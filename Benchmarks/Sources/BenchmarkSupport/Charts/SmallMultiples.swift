/// Line charts of one kind in a grid, under one title.
public struct SmallMultiples: Sendable {
    public let title: String
    /// What to see in it, and how it was measured: one line each.
    public let notes: [String]
    public let charts: [LineChart]
    /// How many stand beside each other.
    public let columnCount: Int

    public init(_ title: String, notes: [String] = [], columnCount: Int = 3, _ charts: [LineChart])
    {
        precondition(columnCount > 0, "a grid has columns")
        self.title = title
        self.notes = notes
        self.charts = charts
        self.columnCount = min(columnCount, max(1, charts.count))
    }

    private static let margin = 20.0
    private static let gap = 24.0
    private static let plotWidth = 250.0
    private static let chartHeight = 240.0

    /// The document.
    public var svg: String {
        let labelWidth = charts.map(\.labelWidth).max() ?? 0
        let room = columnCount == 1 ? 520 : Self.plotWidth
        let chartWidth = room + labelWidth
        let chartHeight = columnCount == 1 ? 320 : Self.chartHeight
        let rowCount = (charts.count + columnCount - 1) / columnCount
        let head = Canvas.headHeight(notes)
        let grid = Double(columnCount) * chartWidth + Double(columnCount - 1) * Self.gap
        let width = 2 * Self.margin + max(grid, Canvas.headWidth(title, notes))
        let height =
            head + Double(rowCount) * (chartHeight + Self.gap) - Self.gap + Self.margin
        var canvas = Canvas(width: width, height: height)
        canvas.head(title, notes, left: Self.margin)
        for (index, chart) in charts.enumerated() {
            let (row, column) = index.quotientAndRemainder(dividingBy: columnCount)
            let place = Canvas.Rectangle(
                left: Self.margin + Double(column) * (chartWidth + Self.gap),
                top: head + Double(row) * (chartHeight + Self.gap), width: chartWidth,
                height: chartHeight)
            chart.draw(on: &canvas, place, labelWidth: labelWidth)
        }
        return canvas.svg
    }
}

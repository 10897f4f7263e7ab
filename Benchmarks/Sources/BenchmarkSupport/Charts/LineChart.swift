/// Lines over a common axis, each with its name at its end in its own colour: there is no legend
/// to look up.
public struct LineChart: Sendable {
    /// The line of one tool.
    public struct Series: Sendable {
        /// What stands at its end; its colour is the tool's (``Palette``).
        public let name: String
        /// Ascending in x.
        public let points: [(x: Double, y: Double)]
        /// For a limit or a reference rather than a measurement.
        public let isDashed: Bool

        public init(_ name: String, _ points: [(x: Double, y: Double)], isDashed: Bool = false) {
            self.name = name
            self.points = points
            self.isDashed = isDashed
        }
    }

    public let title: String
    public let x: ChartAxis
    public let y: ChartAxis
    public let series: [Series]

    /// - Parameter title: Over the chart; may be empty where it stands alone.
    public init(_ title: String, x: ChartAxis, y: ChartAxis, _ series: [Series]) {
        self.title = title
        self.x = x
        self.y = y
        self.series = series
    }

    private static let labelSize = 12.0
    private static let labelDistance = 14.0

    /// How much room the names at the right need.
    var labelWidth: Double {
        series.map {
            Canvas.width(of: $0.name, size: Self.labelSize, isBold: Palette.isOurs($0.name))
        }.max().map { $0 + 14 } ?? 0
    }

    func draw(on canvas: inout Canvas, _ place: Canvas.Rectangle, labelWidth: Double) {
        let points = series.flatMap(\.points)
        guard let left = points.map(\.x).min(), let right = points.map(\.x).max(),
            let low = points.map(\.y).min(), let high = points.map(\.y).max()
        else { return }
        let across = x.laidOut(left, right, startsAtZero: false)
        let up = y.laidOut(low, high, startsAtZero: true)
        let markWidth =
            up.marks.map { Canvas.width(of: $0.text, size: 11) }.max().map { $0 + 8 } ?? 0
        let head = title.isEmpty ? 18.0 : 38.0
        let plot = Canvas.Rectangle(
            left: place.left + markWidth, top: place.top + head,
            width: place.width - markWidth - labelWidth, height: place.height - head - 36)
        canvas.text(place.left, place.top + 13, title, size: 14, isBold: true)
        canvas.text(
            place.left, place.top + head - 9, y.label, size: 11, color: Palette.quiet)
        canvas.text(
            plot.left + plot.width / 2, place.bottom - 4, x.label, size: 11, color: Palette.quiet,
            anchor: .middle)
        for mark in up.marks {
            let line = plot.bottom - y.place(mark.value, in: up.ends) * plot.height
            canvas.line([(plot.left, line), (plot.right, line)], color: Palette.grid)
            canvas.text(
                plot.left - 6, line + 4, mark.text, size: 11, color: Palette.quiet, anchor: .end)
        }
        for mark in across.marks {
            let column = plot.left + x.place(mark.value, in: across.ends) * plot.width
            canvas.line([(column, plot.bottom), (column, plot.bottom + 4)], color: Palette.axis)
            canvas.text(
                column, plot.bottom + 17, mark.text, size: 11, color: Palette.quiet,
                anchor: .middle)
        }
        canvas.line([(plot.left, plot.bottom), (plot.right, plot.bottom)], color: Palette.axis)
        // Ours is drawn last, over the others.
        let ordered =
            series.filter { !Palette.isOurs($0.name) } + series.filter { Palette.isOurs($0.name) }
        let drawn = ordered.map { one in
            let places = one.points.map { point in
                (
                    x: plot.left + x.place(point.x, in: across.ends) * plot.width,
                    y: plot.bottom - y.place(point.y, in: up.ends) * plot.height
                )
            }
            return (series: one, places: places)
        }
        for one in drawn { Self.draw(one.series, one.places, on: &canvas) }
        drawLabels(drawn, plot, on: &canvas)
    }

    private static func draw(
        _ series: Series, _ places: [(x: Double, y: Double)], on canvas: inout Canvas
    ) {
        let color = Palette.color(of: series.name)
        let isOurs = Palette.isOurs(series.name)
        canvas.line(places, color: color, width: isOurs ? 3 : 1.8, isDashed: series.isDashed)
        guard !series.isDashed, places.count <= 12 else { return }
        for place in places { canvas.dot(place.x, place.y, color: color, radius: isOurs ? 4 : 3) }
    }

    /// The names, pushed apart where lines end close together; a thin line leads to those that
    /// had to move.
    private func drawLabels(
        _ drawn: [(series: Series, places: [(x: Double, y: Double)])], _ plot: Canvas.Rectangle,
        on canvas: inout Canvas
    ) {
        let labels = drawn.compactMap { one in one.places.last.map { (one.series.name, $0) } }
            .sorted { $0.1.y < $1.1.y }
        let heights = Self.apart(
            labels.map(\.1.y), by: Self.labelDistance, plot.top - 6, plot.bottom)
        for ((name, end), height) in zip(labels, heights) {
            let color = Palette.color(of: name)
            let moved = abs(height - end.y) > 4 || end.x < plot.right - 1
            if moved {
                canvas.line(
                    [(end.x + 5, end.y), (plot.right + 9, height)], color: color, width: 0.8)
            }
            canvas.text(
                plot.right + (moved ? 11 : 8), height + 4, name, size: Self.labelSize,
                color: color, isBold: Palette.isOurs(name))
        }
    }

    /// Ascending places, moved as little as keeps them a distance apart and inside the limits.
    static func apart(
        _ places: [Double], by distance: Double, _ top: Double, _ bottom: Double
    ) -> [Double] {
        // Runs of places that touch are centred on the mean of where they want to be.
        var runs: [(sum: Double, count: Int)] = []
        func first(_ run: (sum: Double, count: Int)) -> Double {
            let half = Double(run.count - 1) / 2 * distance
            return max(top, min(run.sum / Double(run.count) - half, bottom - 2 * half))
        }
        for place in places {
            runs.append((place, 1))
            while runs.count > 1 {
                let (before, last) = (runs[runs.count - 2], runs[runs.count - 1])
                guard first(before) + Double(before.count) * distance > first(last) else { break }
                runs.removeLast(2)
                runs.append((before.sum + last.sum, before.count + last.count))
            }
        }
        return runs.flatMap { run in (0..<run.count).map { first(run) + Double($0) * distance } }
    }
}

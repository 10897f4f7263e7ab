import BenchmarkSupport

/// The grid as it stands in grid.json.
struct GridRecord: Codable {
    /// A board with certain settings.
    struct Cell: Codable, Sendable {
        let point: Grid.Point
        let result: ToolResult
    }

    /// A series at all points.
    struct Row: Codable, Sendable {
        let series: String
        /// Of all versions together.
        let payloadBytes: Int
        /// Of the newest one.
        let restoredBytes: Int
        var cells: [Cell] = []

        subscript(_ point: Grid.Point) -> ToolResult? {
            get { cells.first { $0.point == point }?.result }
            set {
                cells.removeAll { $0.point == point }
                if let newValue { cells.append(Cell(point: point, result: newValue)) }
            }
        }
    }

    var machine = Machine.description
    let conditions: StudyConditions
    var series: [Row] = []

    /// Puts a row in the place of an older one, whose other points stay.
    mutating func update(_ row: Row) {
        guard let place = series.firstIndex(where: { $0.series == row.series }) else {
            series.append(row)
            return
        }
        for cell in row.cells { series[place][cell.point] = cell.result }
    }
}

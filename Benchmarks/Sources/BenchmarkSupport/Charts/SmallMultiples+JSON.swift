/// Charts from a document that any program can write:
///
///     {"title": "…", "notes": ["…"], "columns": 3, "charts": [
///       {"title": "csv", "x": "version", "y": "MiB stored", "series": [
///         {"name": "pins", "points": [[1, 80.5], [2, 81.2]]},
///         {"name": "limit", "dashed": true, "points": [[1, 70], [2, 70]]}]}]}
///
/// `x` and `y` may be `{"label": "…", "scale": "logarithmic", "marks": [[0.1, "100 MB"]]}`.
extension SmallMultiples {
    /// - Throws: ``Failure`` where something is missing.
    public init(_ document: JSON) throws {
        self.init(
            try document.required("title").asText(),
            notes: try (document["notes"]?.asArray() ?? []).map { try $0.asText() },
            columnCount: max(1, try document["columns"]?.asInteger() ?? 3),
            try document.required("charts").asArray().map { try LineChart($0) })
    }
}

extension LineChart {
    init(_ document: JSON) throws {
        self.init(
            try document["title"]?.asText() ?? "", x: try ChartAxis(document.required("x")),
            y: try ChartAxis(document.required("y")),
            try document.required("series").asArray().map { try Series($0) })
    }
}

extension LineChart.Series {
    init(_ document: JSON) throws {
        let points = try document.required("points").asArray().map { point in
            let pair = try point.asArray()
            guard pair.count == 2 else { throw Failure("a point is [x, y]") }
            return (x: try pair[0].asNumber(), y: try pair[1].asNumber())
        }
        self.init(
            try document.required("name").asText(), points,
            isDashed: try document["dashed"]?.asFlag() ?? false)
    }
}

extension ChartAxis {
    init(_ document: JSON) throws {
        if case .text(let label) = document {
            self.init(label)
            return
        }
        let name = try document["scale"]?.asText() ?? Scale.linear.rawValue
        guard let scale = Scale(rawValue: name) else { throw Failure("there is no scale \(name)") }
        let marks = try (document["marks"]?.asArray() ?? []).map { mark in
            let pair = try mark.asArray()
            guard pair.count == 2 else { throw Failure("a mark is [value, text]") }
            return (value: try pair[0].asNumber(), text: try pair[1].asText())
        }
        self.init(try document.required("label").asText(), scale, marks: marks)
    }
}

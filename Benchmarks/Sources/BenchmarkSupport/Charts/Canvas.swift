/// An SVG picture in the making, on a white ground with a thin frame, which reads on a dark page
/// as well as on a light one.
struct Canvas {
    struct Rectangle {
        var left: Double
        var top: Double
        var width: Double
        var height: Double

        var right: Double { left + width }
        var bottom: Double { top + height }
    }

    enum Anchor: String {
        case start, middle, end
    }

    let width: Double
    let height: Double
    private var body = ""

    init(width: Double, height: Double) {
        self.width = width
        self.height = height
    }

    /// The document.
    var svg: String {
        let (width, height) = (Self.number(width), Self.number(height))
        return """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" \
            viewBox="0 0 \(width) \(height)" \
            font-family="system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif">
            <rect x="0.5" y="0.5" width="\(Self.number(self.width - 1))" \
            height="\(Self.number(self.height - 1))" rx="6" fill="\(Palette.ground)" \
            stroke="\(Palette.frame)"/>
            \(body)</svg>

            """
    }

    /// About how wide a text is.
    static func width(of text: String, size: Double, isBold: Bool = false) -> Double {
        text.unicodeScalars.reduce(0.0) { sum, scalar in
            sum + ("ijltfr.,:;'|! ".unicodeScalars.contains(scalar) ? 0.32 : 0.57)
        } * size * (isBold ? 1.1 : 1)
    }

    /// How wide a head is: a title and its notes, as ``head(_:_:left:)`` draws them.
    static func headWidth(_ title: String, _ notes: [String]) -> Double {
        notes.map { width(of: $0, size: 12) }.max().map {
            max($0, width(of: title, size: 18, isBold: true))
        } ?? width(of: title, size: 18, isBold: true)
    }

    /// How high it is.
    static func headHeight(_ notes: [String]) -> Double { 46 + Double(notes.count) * 17 }

    /// The title and its notes at the top.
    mutating func head(_ title: String, _ notes: [String], left: Double) {
        text(left, 32, title, size: 18, isBold: true)
        for (index, note) in notes.enumerated() {
            text(left, 52 + Double(index) * 17, note, size: 12, color: Palette.quiet)
        }
    }

    mutating func text(
        _ x: Double, _ y: Double, _ text: String, size: Double = 12, color: String = Palette.text,
        anchor: Anchor = .start, isBold: Bool = false, hasHalo: Bool = false
    ) {
        body += "<text x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" "
        body += "font-size=\"\(Self.number(size))\" fill=\"\(color)\""
        if anchor != .start { body += " text-anchor=\"\(anchor.rawValue)\"" }
        if isBold { body += " font-weight=\"bold\"" }
        // A rim of the ground's colour keeps it apart from a line that it stands on.
        if hasHalo {
            body += " stroke=\"\(Palette.ground)\" stroke-width=\"4\" paint-order=\"stroke\""
        }
        body += ">\(Self.escaped(text))</text>\n"
    }

    mutating func rectangle(_ place: Rectangle, color: String, radius: Double = 0) {
        body += "<rect x=\"\(Self.number(place.left))\" y=\"\(Self.number(place.top))\" "
        body += "width=\"\(Self.number(place.width))\" height=\"\(Self.number(place.height))\" "
        body += "rx=\"\(Self.number(radius))\" fill=\"\(color)\"/>\n"
    }

    mutating func line(
        _ points: [(x: Double, y: Double)], color: String, width: Double = 1,
        isDashed: Bool = false
    ) {
        let path = points.map { "\(Self.number($0.x)),\(Self.number($0.y))" }
        body += "<polyline points=\"\(path.joined(separator: " "))\" fill=\"none\" "
        body += "stroke=\"\(color)\" stroke-width=\"\(Self.number(width))\" "
        body += "stroke-linejoin=\"round\""
        if isDashed { body += " stroke-dasharray=\"5 4\"" }
        body += "/>\n"
    }

    mutating func dot(_ x: Double, _ y: Double, color: String, radius: Double) {
        body += "<circle cx=\"\(Self.number(x))\" cy=\"\(Self.number(y))\" "
        body += "r=\"\(Self.number(radius))\" fill=\"\(color)\" stroke=\"\(Palette.ground)\"/>\n"
    }

    /// With one decimal at most.
    private static func number(_ value: Double) -> String {
        let text = Decimals.text(value, 1)
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
            .replacing(">", with: "&gt;")
    }
}

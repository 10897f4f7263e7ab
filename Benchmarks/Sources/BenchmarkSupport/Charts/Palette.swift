/// The colours of all pictures. A tool has the same one in each.
public enum Palette {
    static let ground = "#ffffff"
    static let frame = "#d0d7de"
    static let grid = "#e6eaef"
    static let axis = "#8c959f"
    static let text = "#1f2328"
    static let quiet = "#59636e"

    /// All colours stand out from white and, for most eyes that see fewer colours, from each other.
    private static let tools: [String: String] = [
        "pins": "#d1480f", "zstd": "#1f6fb5", "restic": "#00836b", "borg": "#a9438f",
        "casync": "#80582f", "hf-xet": "#b98500", "zstd --patch-from": "#5b5bd6",
        "files": "#8c959f", "limit": "#1f2328",
    ]
    /// For names that no tool has.
    private static let others = ["#1f6fb5", "#00836b", "#a9438f", "#80582f", "#b98500", "#5b5bd6"]

    /// The colour of a tool; other names have one of six, the same every time.
    public static func color(of name: String) -> String {
        // `pins, level 9` and `zstd -3` are tools too: the longest name it begins with decides.
        let known = tools.keys.filter { name == $0 || name.hasPrefix("\($0) ") }
        if let key = known.max(by: { $0.count < $1.count }), let color = tools[key] { return color }
        if name.hasPrefix("pins") { return tools["pins"] ?? text }
        let sum = name.utf8.reduce(0) { ($0 &* 31 &+ Int($1)) & 0xFFFF }
        return others[sum % others.count]
    }

    /// Whether it is this package's: drawn bold.
    static func isOurs(_ name: String) -> Bool { name.hasPrefix("pins") }
}

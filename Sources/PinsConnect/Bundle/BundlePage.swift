internal import PinEngine
internal import PinFormat
internal import PinTransforms
internal import Pins

/// `index.html`: what a colleague sees in the browser. It asks no other host for anything, and
/// everything a user supplied is text in it.
struct BundlePage: Sendable {
    static let fileName = "index.html"
    /// Rows of the preview on one page.
    static let pageRowCount = 10

    /// `owner/name`.
    let pin: String
    /// The server's address.
    let server: String
    let metadata: VersionMetadata
    let pinHash: String
    let files: [PinFile]
    /// `data.txt`.
    let metadataText: String
    /// `nil` shows none.
    let preview: PreviewTable?
    /// How the data lie beside it.
    var bundle = ConnectBundle.plain

    /// The server as a location of `pins`.
    static func location(_ server: String) -> String {
        if server.hasPrefix("https://") { return "connect://" + server.dropFirst(8) }
        return "connect+" + server
    }

    /// The page in UTF-8.
    var bytes: [UInt8] { Array(text.utf8) }

    private var text: String {
        let title = HTMLText.escaped(metadata.title ?? pin)
        var out = """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="\(Self.policy)">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(title)</title>
            <style>\(Self.style)</style>
            </head>
            <body>
            <header><p class="pin">\(HTMLText.escaped(pin))</p><h1>\(title)</h1></header>

            """
        if let description = metadata.description, !description.isEmpty {
            out += "<p class=\"description\">\(HTMLText.escaped(description))</p>\n"
        }
        out += facts + downloads + previewSection + code
        out += """
            <details><summary>Raw metadata</summary><pre>\(HTMLText.escaped(metadataText))</pre>\
            </details>
            <footer>Written by swift-pins</footer>
            <script>\(Self.script)</script>
            </body>
            </html>

            """
        return out
    }

    // MARK: - Parts

    private var facts: String {
        let size = files.reduce(0) { $0 + $1.byteCount }
        var rows = [
            ("Type", HTMLText.escaped(metadata.type)),
            ("Created", HTMLText.escaped(Self.date(metadata.createdSeconds))),
            ("Size", "\(size) bytes"),
            ("Hash", "<code>\(HTMLText.escaped(pinHash))</code>"),
        ]
        if !metadata.tags.isEmpty {
            let tags = metadata.tags.map { "<span class=\"tag\">\(HTMLText.escaped($0))</span>" }
            rows.append(("Tags", tags.joined(separator: " ")))
        }
        if !metadata.urls.isEmpty {
            rows.append(("URLs", metadata.urls.map(Self.url).joined(separator: "<br>")))
        }
        let lines = rows.map { "<tr><th>\($0.0)</th><td>\($0.1)</td></tr>" }
        return "<table class=\"facts\">\(lines.joined())</table>\n"
    }

    private var downloads: String {
        if bundle == .engine { return engineFiles }
        let items = files.map { file in
            "<li><a href=\"\(HTMLText.link(to: file.path))\" download>"
                + "\(HTMLText.escaped(file.path))</a> (\(file.byteCount) bytes)</li>"
        }
        return "<section><h2>Download</h2><ul>\(items.joined())</ul></section>\n"
    }

    /// There is nothing to download that a person could use: the page says what reads it.
    private var engineFiles: String {
        let items = files.map { file in
            "<li>\(HTMLText.escaped(file.path)) (\(file.byteCount) bytes)</li>"
        }
        return """
            <section id="engine"><h2>Files</h2><ul>\(items.joined())</ul>
            <p>The data of this version are stored deduplicated and compressed, as a board of \
            swift-pins in the bundle's folder <code>\(BundleDirectory.boardFolder)</code>. \
            Read them with the <code>pins</code> tool or the Swift library below. pins for Python \
            and R show the version's metadata; they cannot read its data.</p></section>

            """
    }

    private var previewSection: String {
        guard let preview else { return "" }
        guard !preview.rows.isEmpty else { return columnSection(preview) }
        let head = preview.columns.enumerated().map { index, name in
            let type =
                preview.types.indices.contains(index)
                ? "<br><small>\(HTMLText.escaped(preview.types[index]))</small>" : ""
            return "<th>\(HTMLText.escaped(name))\(type)</th>"
        }.joined()
        let rows = preview.rows.map { row in
            "<tr>\(row.map { "<td>\(HTMLText.escaped($0))</td>" }.joined())</tr>"
        }
        return """
            <section><h2>Preview <small>first \(preview.rows.count)\
            \(preview.rowCount.map { " of \($0)" } ?? "") rows</small></h2>
            <div class="scroll"><table id="preview" data-page="\(Self.pageRowCount)">\
            <thead><tr>\(head)</tr></thead><tbody>
            \(rows.joined(separator: "\n"))
            </tbody></table></div>
            <p id="pages" hidden><button id="back">Previous</button> <span id="place"></span> \
            <button id="on">Next</button></p></section>

            """
    }

    /// The columns of a table whose rows cannot be shown.
    private func columnSection(_ preview: PreviewTable) -> String {
        let rows = zip(preview.columns, preview.types).map { name, type in
            "<tr><td>\(HTMLText.escaped(name))</td><td>\(HTMLText.escaped(type))</td></tr>"
        }
        let count = preview.rowCount.map { "\($0) rows" } ?? "rows"
        let why = preview.note.map { ": \(HTMLText.escaped($0))" } ?? ""
        return """
            <section id="columns"><h2>Columns</h2><table><thead><tr><th>Name</th><th>Type</th>\
            </tr></thead><tbody>
            \(rows.joined(separator: "\n"))
            </tbody></table><p>No preview of its \(count)\(why).</p></section>

            """
    }

    private var code: String {
        let isFile = metadata.type == "file"
        let python = Self.quoted(server)
        let name = Self.quoted(pin)
        let others = [
            (
                "Python",
                """
                from pins import board_connect

                board = board_connect(server_url=\(python))
                \(isFile ? "paths = board.pin_download" : "x = board.pin_read")(\(name))
                """
            ),
            (
                "R",
                """
                library(pins)

                board <- board_connect(server = \(python))
                \(isFile ? "paths <- pin_download" : "x <- pin_read")(board, \(name))
                """
            ),
        ]
        let command = (
            "Command line",
            "pins read \(Self.word(Self.location(server))) \(Self.word(pin)) -o "
                + (files.count == 1 ? "./" : "folder/")
        )
        let swift = (
            "Swift",
            """
            import Pins
            import PinsConnect

            let board = try ConnectBoards().open(server: \(python))
            let version = try await board.version(\(name))
            let bytes = try await version.bytes(version.files[0])
            """
        )
        let samples = bundle == .engine ? [command, swift] : others + [swift]
        let blocks = samples.map { name, text in
            "<h3>\(name)</h3><pre><code>\(HTMLText.escaped(text))</code></pre>"
        }
        return "<section><h2>Code</h2>\(blocks.joined())</section>\n"
    }

    // MARK: - Texts

    /// A literal of Python, R and Swift.
    private static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { out += "\\" }
            out.unicodeScalars.append(scalar)
        }
        return out + "\""
    }

    /// A word for a shell.
    private static func word(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { byte in
            let letter = byte | 0x20
            return (97...122).contains(letter) || (48...57).contains(byte)
                || "-_./:+".utf8.contains(byte)
        }
        return isPlain ? text : "'" + text.replacing("'", with: "'\\''") + "'"
    }

    /// Only addresses of the web become links.
    private static func url(_ text: String) -> String {
        let shown = HTMLText.escaped(text)
        let lower = text.lowercased()
        guard lower.hasPrefix("https://") || lower.hasPrefix("http://") else { return shown }
        return "<a href=\"\(shown)\" rel=\"noopener noreferrer nofollow\">\(shown)</a>"
    }

    private static func date(_ seconds: Int64) -> String {
        let text = Array(VersionName.timestamp(seconds))
        guard text.count == 16 else { return "" }
        func part(_ range: Range<Int>) -> String { String(text[range]) }
        return "\(part(0..<4))-\(part(4..<6))-\(part(6..<8)) \(part(9..<11)):\(part(11..<13)) UTC"
    }

    // MARK: - What does not change

    private static let style = """
        body{font:16px/1.5 system-ui,sans-serif;color:#222;max-width:64rem;margin:2rem auto;\
        padding:0 1rem}h1{margin:0 0 .5rem;overflow-wrap:anywhere}\
        h2{font-size:1.15rem;margin:2rem 0 .5rem}h3{font-size:1rem;margin:1rem 0 .25rem}\
        .pin{color:#666;margin:0}small{color:#666;font-weight:normal}\
        .description{white-space:pre-wrap;overflow-wrap:anywhere}\
        pre{background:#f5f5f5;padding:.75rem;overflow:auto;margin:0}.scroll{overflow:auto}\
        table{border-collapse:collapse}td,th{text-align:left;padding:.25rem .75rem;\
        border-bottom:1px solid #ddd;white-space:pre-wrap;vertical-align:top}\
        .facts th{font-weight:normal;color:#666}\
        .tag{background:#eef;border-radius:.25rem;padding:0 .4rem}button{font:inherit}\
        footer{color:#666;margin:2rem 0}
        """

    /// Shows the rows of the preview page by page; without it all of them are there.
    private static let script = """
        (function(){"use strict";var t=document.getElementById("preview");if(!t)return;\
        var rows=t.tBodies[0].rows,size=+t.dataset.page,page=0,last=Math.ceil(rows.length/size)-1;\
        if(last<1)return;var el=function(i){return document.getElementById(i)};\
        function show(){for(var i=0;i<rows.length;i++)rows[i].hidden=Math.floor(i/size)!==page;\
        el("place").textContent="Page "+(page+1)+" of "+(last+1);\
        el("back").disabled=page===0;el("on").disabled=page===last}\
        el("back").addEventListener("click",function(){page--;show()});\
        el("on").addEventListener("click",function(){page++;show()});\
        el("pages").hidden=false;show()})();
        """

    /// Nothing from anywhere else, and no script but the one above.
    private static let policy: String = {
        let bytes = Array(script.utf8)
        let digest = Checksums.standard.sha256(bytes, 0..<bytes.count).hex
        return "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-"
            + Base64.encode(Hex.decode(digest) ?? []) + "'; base-uri 'none'; form-action 'none'"
    }()
}

/// RFC 4648 §4.
enum Base64 {
    static func encode(_ bytes: [UInt8]) -> String {
        let digits = Array(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".unicodeScalars)
        var out = String.UnicodeScalarView()
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = Array(bytes[start..<min(start + 3, bytes.count)])
            var word: UInt32 = 0
            for index in 0..<3 {
                word = word << 8 | (index < group.count ? UInt32(group[index]) : 0)
            }
            for index in 0..<4 {
                let digit = Int(word >> (18 - 6 * UInt32(index)) & 63)
                out.append(index <= group.count ? digits[digit] : "=")
            }
        }
        return String(out)
    }
}

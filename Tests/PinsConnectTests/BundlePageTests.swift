import PinFormat
import Pins
@testable import PinsConnect
import Testing

/// Goal: nothing that a user supplies is ever markup, and the page asks nobody else for anything.
@Suite struct BundlePageTests {
    private let hostile = #"<script>alert('x')</script>"&<img src=x onerror=alert(1)>"#

    private func page(_ preview: PreviewTable?) -> String {
        let metadata = VersionMetadata(
            createdSeconds: 1_700_000_000, type: hostile, title: hostile, description: hostile,
            tags: [hostile], urls: [hostile, "javascript:alert(1)", "https://x.org/\"><b>"],
            userJSON: nil)
        let page = BundlePage(
            pin: "o/\(hostile)", server: "https://x.org/\(hostile)", metadata: metadata,
            pinHash: hostile,
            files: [
                PinFile(path: hostile, byteCount: 3), PinFile(path: "javascript:x", byteCount: 1),
            ],
            metadataText: hostile + "</pre></details>", preview: preview)
        return String(decoding: page.bytes, as: UTF8.self)
    }

    @Test func whatAUserSuppliesStaysText() throws {
        let csv = Array("a\(hostile),b\n1,\(hostile)\n".utf8)
        let text = page(PreviewTable(type: "csv", path: "x.csv", ends: FileEnds(csv)))
        #expect(text.contains("id=\"preview\""))
        #expect(text.contains("&lt;script&gt;alert(&#39;x&#39;)"))
        #expect(!text.contains("<img"))
        #expect(!text.contains("<b>"))
        // One script, which is ours.
        #expect(text.split(separator: "<script").count == 2)
        #expect(text.split(separator: "</script").count == 2)
        #expect(!text.contains("href=\"javascript"))
        // Nothing is loaded from anywhere: there are links alone, and they are not followed.
        #expect(!text.contains(" src=\""))
        #expect(!text.contains("<link"))
        #expect(!text.contains("@import"))
        #expect(!text.contains("url("))
        #expect(text.contains("default-src 'none'"))
        #expect(text.contains("href=\"./javascript%3Ax\""))
    }

    @Test func columnsAndTypesOfAnybodysFilesStayText() {
        var table = PreviewTable(columns: ["n", hostile], types: ["int64", hostile])
        table.rowCount = 12_345
        table.note = "they are compressed with \(hostile)"
        var text = page(table)
        #expect(text.contains("id=\"columns\"") && !text.contains("id=\"preview\""))
        #expect(text.contains("No preview of its 12345 rows: they are compressed"))
        table.setColumns([["1", "2"], [hostile, "x"]], rowCount: 2)
        text += page(table)
        #expect(text.contains("first 2 of 12345 rows") && text.contains("<small>int64</small>"))
        #expect(text.contains("&lt;script&gt;alert(&#39;x&#39;)"))
        #expect(!text.contains("<img") && text.split(separator: "<script").count == 3)
    }

    @Test func noPreviewShowsNoData() {
        #expect(!page(nil).contains("id=\"preview\""))
    }

    @Test func theFirstRowsOfCSVAreShown() throws {
        func table(_ text: String, isWhole: Bool = true) -> PreviewTable? {
            // Where it is not whole there is a byte more that was not kept.
            var ends = FileEnds(FileEnds.Extent(headByteCount: text.utf8.count))
            ends.add(Array(text.utf8)[...])
            if !isWhole { ends.add([0]) }
            return PreviewTable(type: "csv", path: "x", ends: ends)
        }
        let quoted = try #require(table("\u{FEFF}a,\"b \"\"c\"\"\"\r\n\"1,\n2\",3\r\n4\r\n5,6,7"))
        #expect(quoted.columns == ["a", "b \"c\""])
        #expect(quoted.rows == [["1,\n2", "3"], ["4", ""], ["5", "6"]])
        // A row that is cut off is left out.
        #expect(table("a\n1\n2", isWhole: false)?.rows == [["1"]])
        #expect(table("a,b\n") == nil)
        #expect(table("") == nil)
        #expect(table("a\n\0\n") == nil)
        let many = "n\n" + (0..<500).map { "\($0)\n" }.joined()
        #expect(table(many)?.rows.count == 100)
        #expect(table(many)?.rows.last == ["99"])
        let long = try #require(table("n\n\(String(repeating: "x", count: 10_000))\n"))
        #expect(long.rows[0][0].count == 201)
    }

    @Test func theFirstRowsOfJSONAreShown() throws {
        func table(_ text: String, isWhole: Bool = true) -> PreviewTable? {
            // Where it is not whole there is a byte more that was not kept.
            var ends = FileEnds(FileEnds.Extent(headByteCount: text.utf8.count))
            ends.add(Array(text.utf8)[...])
            if !isWhole { ends.add([0]) }
            return PreviewTable(type: "json", path: "x", ends: ends)
        }
        let objects = try #require(
            table(#" [{"a": 1, "b": "x]\"y"}, {"a": null, "c": [1, {"d": 2}]}] "#))
        #expect(objects.columns == ["a", "b", "c"])
        #expect(objects.rows == [["1", "x]\"y", ""], ["", "", #"[1,{"d":2}]"#]])
        #expect(table(#"[{"a": 1}, {"a": 2}, {"a"#, isWhole: false)?.rows == [["1"], ["2"]])
        #expect(table("[1, 2.50, \"t\"]")?.rows == [["1"], ["2.50"], ["t"]])
        for text in ["", "{}", "[]", "[", "nonsense", "[[[["] { #expect(table(text) == nil) }
        #expect(PreviewTable(type: "rds", path: "x", ends: FileEnds([1])) == nil)
        #expect(
            PreviewTable(
                type: "file", path: "x.CSV", ends: FileEnds(Array("a\n1\n".utf8)))
                != nil)
    }
}

import Testing

@testable import PinsHTTP

/// Goal: URLs go out as they came in, and nothing that is none gets through. Method: examples.
@Suite struct HTTPURLTests {
    @Test func partsAreThoseOfTheText() throws {
        let url = try HTTPURL("HTTPS://Example.ORG:8443/a%2Fb/../c;d?x=1&y=%20#part")
        #expect(url.scheme == "https" && url.host == "example.org" && url.port == 8443)
        #expect(url.path == "/a%2Fb/../c;d" && url.query == "x=1&y=%20")
        #expect(url.text == "https://example.org:8443/a%2Fb/../c;d?x=1&y=%20")
        #expect(url.origin == "https://example.org:8443")
        #expect(try HTTPURL("http://h").text == "http://h/")
        #expect(try HTTPURL("http://h").origin == "http://h:80")
        #expect(try HTTPURL("https://h?q").query == "q")
        #expect(try HTTPURL("http://[::1]:9/x").host == "[::1]")
        #expect(try HTTPURL("http://h/a?k=1").appending("b/c").text == "http://h/a/b/c?k=1")
    }

    @Test(arguments: [
        "", "h/x", "ftp://h/", "http://", "http:///x", "http://u:p@h/", "http://h:/", "http://h:0/",
        "http://h:99999/", "http://h:x/", "http://h/a b", "http://h/ü", "http://h/\u{1}",
        "http://h\\x/", "file:///etc/passwd", "http://h/\"", "http://a,b/",
        "http://h/" + String(repeating: "a", count: 9_000),
    ])
    func whatIsNoURLIsRefusedWithoutRepeatingIt(_ text: String) {
        let error = #expect(throws: HTTPError.self) { try HTTPURL(text) }
        #expect(error?.code == .invalidRequest)
        #expect(text.utf8.count < 5 || error?.description.contains(text) == false)
    }

    @Test func messagesLeaveOutTheQueryAndTheValuesOfHeaders() throws {
        let url = try HTTPURL("https://h/p?signature=secret")
        let request = HTTPRequest(.get, url, headers: ["Authorization": "secret"])
        #expect("\(url)" == "https://h/p")
        #expect("\(HTTPError(.timeout, request, detail: "late"))" == "GET /p at h: late (timeout)")
        #expect(!"\(request.headers)".contains("secret"))
        #expect(!String(reflecting: request.headers).contains("secret"))
    }

    @Test func componentsAreEncodedByteByByte() {
        #expect(HTTPURL.encoded(component: "a b/ü~._-") == "a%20b%2F%C3%BC~._-")
    }

    @Test func datesAreSecondsSince1970() {
        #expect(HTTPDate("Thu, 01 Jan 1970 00:00:00 GMT")?.secondsSince1970 == 0)
        #expect(HTTPDate("Sun, 06 Nov 1994 08:49:37 GMT")?.secondsSince1970 == 784_111_777)
        #expect(HTTPDate("Thu, 29 Feb 2024 23:59:59 GMT")?.secondsSince1970 == 1_709_251_199)
        for text in ["", "now", "Sun, 06 Nov 1994 08:49 GMT", "Sun, 06 Xyz 1994 08:49:37 GMT"] {
            #expect(HTTPDate(text) == nil)
        }
    }

    @Test func headersCompareWithoutCaseAndCannotEndTheirLine() {
        var headers: HTTPHeaders = ["ETag": "1", "etag": "2", "X": "3"]
        #expect(headers["ETAG"] == "1")
        headers["Etag"] = "4"
        #expect(headers.fields.map(\.value) == ["3", "4"])
        #expect(headers.isValid)
        headers["X"] = "a\r\nY: b"
        #expect(!headers.isValid)
        headers = ["a b": "c"]
        #expect(!headers.isValid)
    }
}

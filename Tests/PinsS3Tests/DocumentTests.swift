import Foundation
import PinTesting
import Testing

@testable import PinsS3

/// Goal: what a service answers is read as it is meant, and hostile documents do no harm. Method:
/// answers as services give them, broken ones, and random bytes.
@Suite struct DocumentTests {
    private func read(_ text: String) throws(XMLFailure) -> XMLElement {
        try XMLReader.read(Array(text.utf8))
    }

    @Test func aListingIsReadWithItsNamesDecoded() throws {
        let document = try read(
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
              <Name>b</Name><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>
              <NextContinuationToken>a&amp;b</NextContinuationToken>
              <Contents><Key>p/%C3%A9+%2B</Key><Size>12</Size><ETag>&quot;e&quot;</ETag>
                <LastModified>2013-05-24T00:00:00.000Z</LastModified></Contents>
              <CommonPrefixes><Prefix>p/x/</Prefix></CommonPrefixes>
            </ListBucketResult>
            """)
        let listing = try #require(S3Client.listing(document))
        #expect(
            listing.objects == [
                .init(key: "p/é +", byteCount: 12, modifiedSeconds: 1_369_353_600, tag: "\"e\"")
            ])
        #expect(listing.folders == ["p/x/"])
        #expect(listing.next == "a&b")
    }

    @Test(arguments: [
        "<Other/>", "<ListBucketResult><Contents><Size>1</Size></Contents></ListBucketResult>",
        "<ListBucketResult><Contents><Key>a</Key></Contents></ListBucketResult>",
        "<ListBucketResult><Contents><Key>a</Key><Size>-1</Size></Contents></ListBucketResult>",
        "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
    ])
    func aListingThatLacksSomethingIsRefused(_ text: String) throws {
        #expect(S3Client.listing(try read(text)) == nil)
    }

    @Test func hostileDocumentsAreRefused() {
        let deep = String(repeating: "<a>", count: 100)
        let wide = "<a>" + String(repeating: "<b/>", count: 100_001) + "</a>"
        let bomb = """
            <!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;&x;&x;">]><a>&y;</a>
            """
        for text in ["", "<a>", "<a></b>", "a", "<a/><b/>", deep, wide, bomb, "<a>\u{0}</a>"] {
            #expect(throws: XMLFailure.self) { try read(text) }
        }
        #expect(throws: XMLFailure.self) {
            try XMLReader.read([UInt8](repeating: 0x20, count: XMLReader.byteCountMax + 1))
        }
    }

    @Test func randomBytesNeverTrap() {
        let random = SeededRandom(seed: 20_261_126)
        let sample = Array(
            "<Error><Code>NoSuchKey</Code><Message>m</Message><Region>r</Region></Error>".utf8)
        for _ in 0..<2_000 {
            var bytes = sample
            for _ in 0...random.below(4) {
                bytes[random.below(bytes.count)] = random.bytes(count: 1)[0]
            }
            if random.oneIn(3) { bytes.removeLast(random.below(bytes.count)) }
            _ = try? XMLReader.read(bytes)
            _ = FlatJSON.strings(bytes)
            _ = ProfileFile(bytes)
        }
    }

    @Test func textOfKeysIsEscaped() {
        #expect(S3Client.escaped("a<&>\"é\n") == "a&lt;&amp;&gt;&quot;é&#10;")
        #expect(S3Client.escaped("a\u{1}") == nil)
        #expect(S3Client.escaped("a\u{FFFF}") == nil)
    }

    @Test func flatObjectsAreRead() {
        let text = #" {"a" : "x\u00e9\n", "b": null, "c":-1.5e3,"d":true, "e":""} "#
        #expect(FlatJSON.strings(Array(text.utf8)) == ["a": "xé\n", "e": ""])
        for bad in [
            "", "{", "[]", "{\"a\":{}}", "{\"a\":\"b\"} x", "{\"a\":\"b\",\"a\":\"c\"}",
            "{\"a\":\"\\ud800\"}", "{\"a\":\"\\x\"}", "{\"a\" \"b\"}", "{\"a\":}",
        ] {
            #expect(FlatJSON.strings(Array(bad.utf8)) == nil, "\(bad)")
        }
    }
}

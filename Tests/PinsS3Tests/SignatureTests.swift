import Foundation
import PinsHTTP
import Testing

@testable import PinsS3

/// Goal: signatures are those that the service computes. Method: cases that Amazon publishes, and
/// others that botocore has signed (`Vectors/make_signatures.py`).
@Suite struct SignatureTests {
    struct Vectors: Decodable {
        let cases: [Case]
    }

    struct Case: Decodable {
        let method: String
        let url: String
        let headers: [String: String]
        let payload: String
        let access_key: String
        let secret_key: String
        let token: String?
        let region: String
        let seconds: Int64
        let authorization: String
    }

    private static func vectors() throws -> [Case] {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Vectors/signatures.json")
        return try JSONDecoder().decode(Vectors.self, from: Data(contentsOf: file)).cases
    }

    private static let methods: [String: HTTPMethod] = [
        "GET": .get, "PUT": .put, "HEAD": .head, "POST": .post, "DELETE": .delete,
    ]

    @Test func signaturesAreThoseOfAmazonAndBotocore() throws {
        let cases = try Self.vectors()
        #expect(cases.count == 64)
        for each in cases {
            var request = HTTPRequest(
                try #require(Self.methods[each.method]), try HTTPURL(each.url))
            for (name, value) in each.headers { request.headers.add(name, value) }
            let credentials = S3Credentials(
                accessKeyID: each.access_key, secretAccessKey: each.secret_key,
                sessionToken: each.token)
            SignatureV4(region: each.region).sign(
                &request, payload: each.payload, credentials,
                CalendarTime(secondsSince1970: each.seconds))
            #expect(request.headers["Authorization"] == each.authorization, "\(each.url)")
        }
    }

    @Test func queriesAreEncodedAndSorted() {
        let items = [("prefix", "a b/é"), ("list-type", "2"), ("a", "+&="), ("A", "")]
        #expect(
            SignatureV4.query(items) == "A=&a=%2B%26%3D&list-type=2&prefix=a%20b%2F%C3%A9")
        #expect(SignatureV4.query([]) == nil)
    }

    /// RFC 4231, cases 1, 2, 3 and 6.
    @Test func codesAreThoseOfTheStandard() {
        func hex(_ bytes: [UInt8]) -> String { bytes.map { String(format: "%02x", $0) }.joined() }
        let cases: [(key: [UInt8], message: [UInt8], code: String)] = [
            (
                [UInt8](repeating: 0x0B, count: 20), Array("Hi There".utf8),
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
            ),
            (
                Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
            ),
            (
                [UInt8](repeating: 0xAA, count: 20), [UInt8](repeating: 0xDD, count: 50),
                "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
            ),
            (
                [UInt8](repeating: 0xAA, count: 131),
                Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
            ),
        ]
        for each in cases { #expect(hex(HMAC.sha256(key: each.key, each.message)) == each.code) }
    }

    @Test func base64IsThatOfFoundation() {
        for count in 0...70 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ count) }
            #expect(Base64.encode(bytes) == Data(bytes).base64EncodedString())
        }
    }

    @Test(
        arguments: [
            (-62_135_596_800, "00010101T000000Z"), (0, "19700101T000000Z"),
            (951_782_399, "20000228T235959Z"), (951_782_400, "20000229T000000Z"),
            (1_369_353_600, "20130524T000000Z"), (-1, "19691231T235959Z"),
            (253_402_300_799, "99991231T235959Z"),
        ] as [(Int64, String)])
    func timesAreThoseOfTheCalendar(_ seconds: Int64, _ text: String) {
        #expect(CalendarTime(secondsSince1970: seconds).basic == text)
    }

    @Test func timesOfServicesAreRead() {
        func seconds(_ text: String) -> Int64? { CalendarTime(rfc3339: text)?.secondsSince1970 }
        #expect(seconds("2013-05-24T00:00:00Z") == 1_369_353_600)
        #expect(seconds("2013-05-24T00:00:01.000Z") == 1_369_353_601)
        for text in [
            "", "2013-05-24", "2013-05-24T00:00:00", "2013-13-24T00:00:00Z",
            "2013-05-24T00:00:00+01:00", "x013-05-24T00:00:00Z", "2013-05-24T24:00:00Z",
        ] {
            #expect(seconds(text) == nil, "\(text)")
        }
    }
}

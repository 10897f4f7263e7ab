import PinEngine
import PinFormat

@testable import Pins
@testable import PinsCoding
@testable import PinsS3

/// Bytes that others write: plain boards, tables, what a service answers.
///
/// Nothing here has one canonical form. The laws: a typed error or a value; what is written again
/// reads as the same value; no path leads out of its folder.
enum ForeignBytes {
    /// A law that is broken.
    struct Broken: Error, CustomStringConvertible {
        let description: String
    }

    /// Whether an error is one that such a decoder may throw.
    static func isTyped(_ error: any Error) -> Bool {
        error is EngineError || error is YAMLError || error is XMLFailure
            || error is PlainMetadataError || error is JSONReader.Failure
    }

    /// Decodes; throws ``Broken`` where a law is.
    static func check(_ target: FuzzTarget, _ bytes: [UInt8]) throws {
        switch target {
        case .json: try checkJSON(bytes)
        case .csv: try checkCSV(bytes)
        case .xml: _ = try XMLReader.read(bytes)
        case .metadata: try checkMetadata(bytes)
        case .manifest: try checkManifest(bytes)
        default: try checkYAML(bytes)
        }
    }

    private static func checkJSON(_ bytes: [UInt8]) throws {
        let value = try JSONReader.parse(bytes)
        guard try JSONReader.parse(value.encoded) == value else {
            throw Broken(description: "JSON reads as another value when it is written again")
        }
    }

    private static func checkYAML(_ bytes: [UInt8]) throws {
        guard let node = try YAMLParser.parse(bytes) else { return }
        var remarks = YAMLNode.Remarks()
        let value = node.json(&remarks)
        guard try JSONReader.parse(value.encoded) == value else {
            throw Broken(description: "YAML as JSON reads as another value")
        }
    }

    private static func checkCSV(_ bytes: [UInt8]) throws {
        let table = try CSVTable(csv: bytes)
        let again = try CSVTable(csv: try table.csv())
        guard again.header == table.header, again.rows == table.rows else {
            throw Broken(description: "a table reads as another one when it is written again")
        }
    }

    private static func checkMetadata(_ bytes: [UInt8]) throws {
        let metadata = try PlainMetadata(reading: bytes)
        for path in metadata.files {
            let parts = path.split(separator: "/", omittingEmptySubsequences: false)
            if path.hasPrefix("/") || parts.contains("..") || parts.contains("") {
                throw Broken(description: "the path '\(path)' leads out of its folder")
            }
        }
        let again = try PlainMetadata(reading: Array(YAMLEmitter.text(metadata.pairs).utf8))
        guard again.files == metadata.files, again.sizes == metadata.sizes else {
            throw Broken(description: "metadata names other files when it is written again")
        }
    }

    private static func checkManifest(_ bytes: [UInt8]) throws {
        _ = try PlainManifest(reading: bytes, place: "a manifest")
    }

    /// What a fuzzer begins with.
    static func samples(_ target: FuzzTarget) -> [String] {
        switch target {
        case .yaml, .metadata:
            [
                "file: [a.csv, sub/b.csv]\nfile_size: [1, 2]\npin_hash: 0123456789abcdef\n"
                    + "type: csv\ntitle: 'a: b'\ndescription: null\ntags: [x]\nurls: []\n"
                    + "created: 20220214T163720Z\napi_version: 1\n"
                    + "user: {a: &x [1, 2.5, yes], b: *x}\n",
                "file: data.csv\nfile_size: 12\napi_version: 1.0\nuser:\n  a: |\n    text\n"
                    + "  b: !!python/tuple [1]\n",
            ]
        case .json: [#"{"a":[1,-2.5e3,true,null,"é\n\ud83d\ude00"],"b":{}}"#, "[]", #""x""#]
        case .csv: ["a,b\n1,\"x \"\"y\"\"\n\"\n", "a\r\n1\r\n2", "\u{FEFF}a,b\n,\n"]
        case .xml:
            [
                "<?xml version=\"1.0\"?><ListBucketResult xmlns=\"u\"><Key>a&amp;b</Key>"
                    + "<IsTruncated>false</IsTruncated></ListBucketResult>"
            ]
        case .manifest: ["a:\n- a/20220101T000000Z-abcde/\nb: [b/1/, b/2/]\n"]
        default: []
        }
    }
}

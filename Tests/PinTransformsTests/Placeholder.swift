import PinFormat
import Testing

@testable import PinTransforms

@Test func smoke() throws {
    var sha = SHA256()
    let abc = Array("abc".utf8)
    print(sha.digest(abc.span.bytes))
    var text: [UInt8] = []
    var seed: UInt64 = 1
    for i in 0..<200_000 { seed = seed &* 6364136223846793005 &+ 1442695040888963407; text += "\(i),\(seed >> 40)\n".utf8 }
    var encoder = try FrameEncoder(level: 3)
    var decoder = FrameDecoder()
    for filter in FrameFilter.allCases {
        let f = try encoder.encode(text.span.bytes, filter: filter)
        print(f.codec, f.filter, f.bytes.count, text.count)
        let back = try decoder.decode(f.bytes.span.bytes, codec: f.codec, filter: f.filter, rawByteCount: text.count)
        #expect(back == text)
        let pre0 = Array(text[1000...])
        let d = try encoder.encode(text.span.bytes, filter: filter, prefix: pre0.span.bytes)
        print(d.codec, d.filter, d.bytes.count, text.count)
        let pre = Array(text[1000...])
        let b2 = try decoder.decode(d.bytes.span.bytes, codec: d.codec, filter: d.filter, rawByteCount: text.count, prefix: pre.span.bytes)
        #expect(b2 == text)
    }
    var ends: [Int] = []
    GearChunker(.standard).appendBoundaries(of: text.span.bytes, isFinal: true, to: &ends)
    print(ends.count, ends.last!)
}

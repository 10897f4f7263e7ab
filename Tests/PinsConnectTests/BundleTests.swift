import PinEngine
import PinFormat
import PinStorage
import PinTesting
import Pins
@testable import PinsConnect
import PinsHTTP
import Testing

/// Goal: a bundle is one gzip member that every reader knows, its length is told in advance, and it
/// is the same whether it was kept, spooled or made again. Method: the library's own readers here,
/// those of Python in the tests with a server.
@Suite struct BundleTests {
    private func pack(
        _ files: [InputFile], budget: Int
    ) async throws(EngineError) -> (PackedBundle, [PackedFile]) {
        var packer = BundlePacker(
            deflater: OrderedDeflater(level: 3, width: 4), memoryByteCountMax: budget)
        var packed: [PackedFile] = []
        for file in files {
            packed.append(
                try await packer.add(file, digestsFlat: true, seconds: 1_700_000_000) { _ in })
        }
        packer.add("data.txt", Array("file: x\n".utf8), seconds: 1_700_000_000)
        return (packer.finish(), packed)
    }

    private func bytes(_ bundle: PackedBundle) async throws -> [UInt8] {
        let queue = BundleQueue()
        async let making = outcome { () async throws(EngineError) in
            try await bundle.send(into: queue) { _ in }
        }
        let reader = queue
        // It blocks, as the thread of a transfer does.
        let result = try await runBlocking { () async throws(HTTPError) -> [UInt8] in
            var bytes: [UInt8] = []
            while true {
                let piece = try reader.read(limit: 100_001)
                if piece.isEmpty { return bytes }
                bytes += piece
            }
        }
        try await making.get()
        return result
    }

    /// A source that can be read once.
    private struct Once: ByteSource {
        let bytes: [UInt8]
        var isRepeatable: Bool { false }
        var expectedByteCount: UInt64? { nil }
        func open() async throws(EngineError) -> any ByteStream { BytesSource(bytes).open() }
    }

    @Test(arguments: [0, 1, 511, 512, 1 << 20, 1 << 20 + 1, 5_300_000])
    func keptSpooledAndMadeAgainAreTheSameBytes(count: Int) async throws {
        let data = Corpus(.csv, byteCount: count, seed: 1).bytes()
        let more = Corpus(.random, byteCount: 40_000, seed: 2).bytes()
        let repeatable = [
            InputFile(path: "a.csv", source: BytesSource(data)),
            InputFile(path: "b", source: BytesSource(more)),
        ]
        let once = [
            InputFile(path: "a.csv", source: Once(bytes: data)),
            InputFile(path: "b", source: Once(bytes: more)),
        ]
        let (kept, files) = try await pack(repeatable, budget: 64 << 20)
        let wanted = try await bytes(kept)
        #expect(kept.isSelfContained && UInt64(wanted.count) == kept.byteCount)
        #expect(files.map(\.hash) == [PlainHash.xxh64(data), PlainHash.xxh64(more)])
        let (again, _) = try await pack(repeatable, budget: 0)
        #expect(!again.isSelfContained && again.byteCount == kept.byteCount)
        #expect(try await bytes(again) == wanted)
        let (spooled, _) = try await pack(once, budget: 30_000)
        #expect(spooled.isSelfContained && spooled.byteCount == kept.byteCount)
        #expect(try await bytes(spooled) == wanted)
        let reader = StoredBundleReader(spooled) { _ in }
        var read: [UInt8] = []
        while true {
            let piece = try reader.read(limit: 70_000)
            if piece.isEmpty { break }
            read += piece
        }
        #expect(read == wanted)
    }

    @Test func headersAreThoseOfTar() {
        let header = TarHeader.file("dir/a.csv", byteCount: 0o1234567, seconds: 1_700_000_000)
        #expect(header.count == 512)
        #expect(header[0..<9].elementsEqual("dir/a.csv".utf8) && header[9] == 0)
        #expect(header[124..<136].elementsEqual(Array("00001234567".utf8) + [0]))
        #expect(header[156] == UInt8(ascii: "0"))
        var blank = header
        blank.replaceSubrange(148..<156, with: Array("        ".utf8))
        let sum = blank.reduce(0) { $0 + Int($1) }
        let told = String(decoding: header[148..<154], as: UTF8.self)
        #expect(Int(told, radix: 8) == sum)
        // What has no room in ustar stands in a record whose length counts itself.
        let long = String(repeating: "x", count: 101)
        let extended = TarHeader.file(long, byteCount: 9 << 30, seconds: 0)
        #expect(extended.count == 3 * 512 && extended[156] == UInt8(ascii: "x"))
        let records = String(decoding: extended[512..<1_024], as: UTF8.self)
        #expect(records.hasPrefix("111 path=\(long)\n19 size=9663676416\n"))
        for (count, padding) in [(0, 0), (1, 511), (511, 1), (512, 0), (513, 511)] {
            #expect(TarHeader.padding(after: UInt64(count)).count == padding)
        }
    }
}

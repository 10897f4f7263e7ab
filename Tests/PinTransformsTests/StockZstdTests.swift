import Foundation
import PinFormat
import Testing

@testable import PinTransforms

/// Where the `zstd` program is, if it is installed.
let stockZstd: String? = (ProcessInfo.processInfo.environment["PATH"] ?? "")
    .split(separator: ":").map { "\($0)/zstd" }
    .first { FileManager.default.isExecutableFile(atPath: $0) }

@Suite(.enabled(if: stockZstd != nil, "the zstd program is not installed"))
struct StockZstdTests {
    /// What `zstd -dc` prints for the bytes.
    static func decompress(_ bytes: [UInt8], _ options: [String] = []) throws -> [UInt8]? {
        let file = FileManager.default.temporaryDirectory
            .appendingPathComponent("pins-\(UUID().uuidString).zst")
        try Data(bytes).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(stockZstd))
        process.arguments = ["-q", "-dc"] + options + [file.path]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return process.terminationStatus == 0 ? [UInt8](output) : nil
    }

    @Test func stockZstdDecodesRawAndCompressedFrames() throws {
        let seed: UInt64 = 301
        var sample = SampleBytes(seed: seed)
        var bench = try FrameBench()
        var series: [UInt8] = []
        var whole: [UInt8] = []
        for size in [0, 1, 127, 131_071, 131_072, 131_073, 4 << 20] {
            for raw in [sample.random(size), sample.text(size)] {
                let frame = try bench.encode(raw)
                let printed = try Self.decompress(frame.bytes)
                #expect(printed == raw, "size \(size), \(frame.codec), seed \(seed)")
                series += frame.bytes
                whole += raw
            }
        }
        // Frames that follow each other are one stream.
        let printed = try Self.decompress(series)
        #expect(printed == whole)
    }

    @Test func stockZstdDecodesDeltasWithTheirPrefix() throws {
        let seed: UInt64 = 302
        var sample = SampleBytes(seed: seed)
        var bench = try FrameBench()
        let base = sample.random(100_000)
        let raw = Array(base.dropFirst(500)) + sample.random(100)
        let frame = try bench.encode(raw, prefix: base)
        #expect(frame.codec == .zstdDelta)
        let file = FileManager.default.temporaryDirectory
            .appendingPathComponent("pins-\(UUID().uuidString).base")
        try Data(base).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let printed = try Self.decompress(frame.bytes, ["--patch-from=\(file.path)"])
        #expect(printed == raw, "seed \(seed)")
    }
}

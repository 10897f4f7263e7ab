import Foundation
import PinFormat
import PinTransforms
import Testing

/// The folder `Tests/Vectors`, and how vectors get into it.
enum VectorFiles {
    static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Vectors")

    /// Whether this run writes vectors instead of comparing them.
    static let isWriting = ProcessInfo.processInfo.environment["PINS_WRITE_VECTORS"] == "1"

    static func read(_ path: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: folder.appendingPathComponent(path)))
    }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: folder.appendingPathComponent(path).path)
    }

    static func names(in folder: String, suffix: String) throws -> [String] {
        let path = self.folder.appendingPathComponent(folder).path
        return try FileManager.default.contentsOfDirectory(atPath: path)
            .filter { $0.hasSuffix(suffix) }.map { String($0.dropLast(suffix.count)) }.sorted()
    }

    /// Compares a vector with what the generator makes, byte for byte, or writes it.
    static func settle(_ path: String, _ bytes: [UInt8]) throws {
        if isWriting {
            let url = folder.appendingPathComponent(path)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(bytes).write(to: url)
        } else {
            #expect(try read(path) == bytes, "\(path) is not what the generator makes")
        }
    }

    static func settle(_ path: String, _ json: JSON) throws {
        try settle(path, Array((json.rendered() + "\n").utf8))
    }
}

/// SHA-256 of a tag's domain, or plain.
func digest(_ bytes: [UInt8], _ domain: DigestDomain? = nil) -> Digest {
    guard let domain else { return Checksums.standard.sha256(bytes, 0..<bytes.count) }
    return SHA256.digest(domain: domain, bytes)
}

/// `SHA-256(seed ‖ u64 0) ‖ SHA-256(seed ‖ u64 1) ‖ …`, the first `count` bytes.
func stream(_ seed: String, _ count: Int) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(count + 32)
    var block: UInt64 = 0
    while out.count < count {
        var writer = ByteWriter()
        writer.append(Array(seed.utf8))
        writer.u64(block)
        out += digest(writer.bytes).bytes
        block += 1
    }
    return Array(out.prefix(count))
}

/// Where the chunker cuts.
func cuts(_ bytes: [UInt8], _ parameters: ChunkerParameters) -> [Int] {
    var ends: [Int] = []
    GearChunker(parameters).appendBoundaries(of: bytes.span.bytes, isFinal: true, to: &ends)
    return ends
}

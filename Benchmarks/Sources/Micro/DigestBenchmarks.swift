import BenchmarkSupport
import PinFormat
import PinTesting
import PinTransforms

/// Naming chunks by their digest, and checksums of records.
enum DigestBenchmarks {
    static func make(_ byteCount: Int) -> [Benchmark] {
        let data = Corpus(.random, byteCount: byteCount, seed: 1).bytes()
        var all: [Benchmark] = []
        for size in [64, 4 << 10, 64 << 10, 1 << 20] {
            let text = size < 1024 ? "\(size)B" : "\(size >> 10)KiB"
            let used = min(data.count, size * 4096) / size * size
            all.append(
                Benchmark(
                    "digest/sha256-\(text)", byteCount: used, check: checkSHA256,
                    body: {
                        var hasher = SHA256()
                        var sum = 0
                        for start in stride(from: 0, to: used, by: size) {
                            let span = data.span.extracting(start..<start + size)
                            sum ^= Int(truncatingIfNeeded: hasher.digest(span.bytes).prefix)
                        }
                        return sum
                    }))
        }
        all.append(
            Benchmark(
                "digest/sha256-stream", byteCount: data.count, check: checkSHA256,
                body: {
                    var hasher = SHA256()
                    for start in stride(from: 0, to: data.count, by: 1 << 18) {
                        let end = min(start + (1 << 18), data.count)
                        hasher.update(data.span.extracting(start..<end).bytes)
                    }
                    return Int(truncatingIfNeeded: hasher.finish().prefix)
                }))
        all.append(
            Benchmark(
                "digest/crc32c", byteCount: data.count, check: checkCRC32C,
                body: { Int(CRC32C.of(data.span.bytes)) }))
        return all
    }

    /// FIPS 180-4's example.
    private static func checkSHA256() throws {
        var hasher = SHA256()
        let digest = hasher.digest(Array("abc".utf8).span.bytes)
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        guard digest.hex == expected else { throw Failure("SHA-256 of abc is \(digest)") }
    }

    /// The check value of the CRC catalogue.
    private static func checkCRC32C() throws {
        let value = CRC32C.of(Array("123456789".utf8).span.bytes)
        guard value == 0xE306_9283 else { throw Failure("CRC-32C of 123456789 is \(value)") }
    }
}

import BenchmarkSupport
import CPinKernels
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
        for exponent in [16, 18] { all += chunks(data, exponent) }
        all.append(
            Benchmark(
                "digest/crc32c", byteCount: data.count, check: checkCRC32C,
                body: { Int(CRC32C.of(data.span.bytes)) }))
        return all
    }

    // MARK: - Many chunks at a time

    /// What a call digests: the chunks that end in a window of the data.
    private struct Call {
        let bytes: Range<Int>
        /// Counted from the window's first byte.
        let ends: [Int]
    }

    private static let kernels: [(name: String, kernel: pins_sha256_kernel)] = [
        ("sha-ni", PINS_SHA256_NI), ("avx2", PINS_SHA256_AVX2), ("avx512", PINS_SHA256_AVX512),
    ].filter { pins_sha256_can_run($0.1) }

    /// Chunks as the chunker cuts them, about fourteen a call, by libcrypto, by every kernel that
    /// runs here and by the one that `ChunkHasher` chose.
    private static func chunks(_ data: [UInt8], _ exponent: Int) -> [Benchmark] {
        let calls = self.calls(data, exponent)
        let used = calls.last?.bytes.upperBound ?? 0
        let expected = byLibcrypto(data, calls)
        func benchmark(_ name: String, _ digests: @escaping () -> [Digest]) -> Benchmark {
            let full = "digest/chunks-\(1 << (exponent - 10))KiB-\(name)"
            return Benchmark(
                full, byteCount: used, count: ("chunks", expected.count),
                check: {
                    guard digests() == expected else { throw Failure("\(full) differs") }
                },
                body: {
                    digests().reduce(0) { $0 ^ Int(truncatingIfNeeded: $1.prefix) }
                })
        }
        var all = [benchmark("libcrypto") { byLibcrypto(data, calls) }]
        for (name, kernel) in kernels {
            all.append(benchmark(name) { by(kernel, data, calls) })
        }
        all.append(
            benchmark("chosen") {
                var hasher = ChunkHasher()
                return calls.flatMap {
                    hasher.digests(of: data.span.extracting($0.bytes).bytes, ends: $0.ends)
                }
            })
        return all
    }

    private static func calls(_ data: [UInt8], _ exponent: Int) -> [Call] {
        guard let parameters = try? ChunkerParameters(averageExponent: exponent) else { return [] }
        let chunker = GearChunker(parameters)
        var calls: [Call] = []
        var start = 0
        while start < data.count {
            let window = start..<min(data.count, start + 16 << exponent)
            var ends: [Int] = []
            chunker.appendBoundaries(
                of: data.span.extracting(window).bytes, isFinal: window.upperBound == data.count,
                to: &ends)
            guard let last = ends.last else { break }
            calls.append(Call(bytes: start..<start + last, ends: ends))
            start += last
        }
        return calls
    }

    private static func byLibcrypto(_ data: [UInt8], _ calls: [Call]) -> [Digest] {
        var hasher = SHA256()
        return calls.flatMap { call in
            var start = call.bytes.lowerBound
            return call.ends.map { end in
                let chunk = start..<call.bytes.lowerBound + end
                start = chunk.upperBound
                return hasher.digest(data.span.extracting(chunk).bytes)
            }
        }
    }

    private static func by(
        _ kernel: pins_sha256_kernel, _ data: [UInt8], _ calls: [Call]
    ) -> [Digest] {
        calls.flatMap { call in
            var words = [UInt64](repeating: 0, count: 4 * call.ends.count)
            data.withUnsafeBufferPointer { bytes in
                let first = bytes.baseAddress.map { $0 + call.bytes.lowerBound }
                pins_sha256_many(kernel, first, call.ends, call.ends.count, &words)
            }
            return stride(from: 0, to: words.count, by: 4).map {
                Digest(words[$0], words[$0 + 1], words[$0 + 2], words[$0 + 3])
            }
        }
    }

    // MARK: - Checks

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

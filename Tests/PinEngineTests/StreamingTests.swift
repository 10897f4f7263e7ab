import PinEngine
import PinFormat
import PinStorage
import PinTesting
import Synchronization
import Testing

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

#if os(Linux)
    /// Data far larger than the memory that is used for it.
    @Suite struct StreamingTests {
        /// Cheap bytes, every chunk another: one random block, stamped every 4 KiB.
        private struct Pieces: AsyncSequence, AsyncIteratorProtocol, Sendable {
            var block: [UInt8]
            var left: Int
            let flow: Flow
            var number: UInt64 = 0

            mutating func next() -> [UInt8]? {
                guard left > 0 else { return nil }
                left -= 1
                flow.add(block.count)
                for start in stride(from: 0, to: block.count, by: 4_096) {
                    number &+= 0x9E37_79B9_7F4A_7C15
                    for byte in 0..<8 {
                        block[start + byte] = UInt8(truncatingIfNeeded: number >> UInt64(byte * 8))
                    }
                }
                return block
            }

            func makeAsyncIterator() -> Pieces { self }
        }

        /// Bytes that have gone in and not yet come out: what is in memory, or the most of it.
        ///
        /// Other tests run in the same process, so its resident size says something in long runs
        /// only.
        private final class Flow: Sendable {
            private let inside = Atomic<Int>(0)
            private let most = Atomic<Int>(0)

            var peak: Int { most.load(ordering: .relaxed) }

            func add(_ count: Int) {
                let now = inside.add(count, ordering: .relaxed).newValue
                most.max(now, ordering: .relaxed)
            }
        }

        /// The greatest resident size that was seen, in bytes.
        private final class Peak: Sendable {
            private let most = Atomic<Int>(0)

            var value: Int { most.load(ordering: .relaxed) }

            func look() {
                // The second number is the resident size in pages.
                guard let file = fopen("/proc/self/statm", "r") else { return }
                defer { fclose(file) }
                var line = [CChar](repeating: 0, count: 200)
                guard fgets(&line, 200, file) != nil else { return }
                let text = String(decoding: line.map { UInt8(bitPattern: $0) }, as: UTF8.self)
                let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
                most.max(pages * Int(sysconf(Int32(_SC_PAGESIZE))), ordering: .relaxed)
            }
        }

        @Test func aQuarterGibibyteNeedsLittleMemory() async throws {
            try await stream(byteCount: 256 << 20, growth: isLong ? 200 << 20 : .max)
        }

        @Test(.enabled(if: isLong)) func twentyGigabytesNeedNoMore() async throws {
            try await stream(byteCount: 20_000 << 20, growth: 400 << 20)
        }

        private func stream(byteCount: Int, growth: Int) async throws {
            try await withTemporaryFolder { path in
                let ground = Ground(seed: 1)
                let (input, output) = (Flow(), Flow())
                let backend = HookedBackend(FolderBackend(path))
                let store = try await Store.create(
                    on: backend,
                    configuration: ground.configuration(packByteTarget: 8 << 20))
                let block = ground.bytes(1 << 20)
                let pieces = Pieces(block: block, left: byteCount >> 20, flow: input)
                let start = Peak()
                start.look()
                let peak = Peak()
                backend.setPutHook { key, count in
                    if key.hasPrefix("packs/") { input.add(-count) }
                }
                backend.setGetHook { key, count in
                    if key.hasPrefix("packs/") { output.add(count) }
                }
                var request = WriteRequest(
                    pin: "large", files: [InputFile(path: "data", source: SequenceSource(pieces))],
                    metadata: VersionMetadata(createdSeconds: 1))
                request.computesFlatDigests = true
                let result = try await store.write(request) { _ in peak.look() }
                #expect(result.version.byteCount == UInt64(byteCount))
                #expect(result.newByteCount == UInt64(byteCount))
                let reader = try await store.reader(of: "large", .latest).reader
                try await reader.read(reader.files[0], progress: { _ in peak.look() }) {
                    (piece) throws(EngineError) in output.add(-piece.count)
                }
                #expect(input.peak < 48 << 20, "\(input.peak >> 20) MiB while writing")
                #expect(output.peak < 48 << 20, "\(output.peak >> 20) MiB while reading")
                let flat = try await reader.flatDigest(of: reader.files[0])
                #expect(flat == result.files[0].flatDigest)
                let grown = peak.value - start.value
                #expect(peak.value > 0 && grown < growth, "grew by \(grown >> 20) MiB")
            }
        }
    }
#endif

import BenchmarkSupport
import Dispatch
import PinFormat
import PinTransforms
import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The parts of writing and reading, each alone, on all cores at once as a command works, each core
/// on the first megabytes of a file: what the limits are sums of. Cores that work together share
/// memory and caches, so that each is slower than one core alone.
struct Parts: Sendable {
    enum Part: String, CaseIterable {
        case read, gear
        case chunkDigests = "chunk digests"
        case flatDigest = "flat digest"
        case encode, decode, write
        /// As ``write``, but what is stored instead of what is restored.
        case store
    }

    /// What a new version of a compressible file needs; each frame is decoded and compared before it
    /// is stored.
    static let ofWriting: [Part] = [
        .read, .gear, .chunkDigests, .flatDigest, .encode, .decode, .store,
    ]
    /// What random bytes need, which are stored as they are.
    static let ofWritingRandom: [Part] = [.read, .gear, .chunkDigests, .flatDigest, .store]

    private static let sampleByteCount = 64 << 20
    private static let pieceByteCount = 2 << 20

    private let path: String
    private let bytes: [UInt8]
    private let ends: [Int]
    private let frames: [EncodedFrame]
    /// The frames one after another.
    private let stored: [UInt8]
    private let level: Int
    /// Seconds of one core for one byte, by the clock.
    private(set) var samples = Samples()
    /// Processor seconds for one byte: what others on the machine do shows less in them.
    private(set) var processor = Samples()

    /// - Parameters:
    ///   - path: The file; what is written goes beside it.
    ///   - level: Of the frames.
    init(_ path: String, level: Int) throws {
        self.path = path
        self.level = level
        bytes = try Files.prefix(of: path, byteCount: Self.sampleByteCount)
        guard !bytes.isEmpty else { throw Failure("\(path) is empty") }
        ends = Self.cut(bytes)
        frames = try Self.encode(bytes, ends, level)
        stored = frames.flatMap(\.bytes)
        try check()
    }

    /// Before anything is timed: what is decoded is what was encoded, and the digest of `abc`.
    private func check() throws {
        var decoder = FrameDecoder()
        for (frame, range) in zip(frames, Self.ranges(ends)) {
            let plain = try decoder.decode(
                frame.bytes.span.bytes, codec: frame.codec, filter: frame.filter,
                rawByteCount: range.count)
            guard plain[...] == bytes[range] else { throw Failure("a frame does not round-trip") }
        }
        var hasher = SHA256()
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        guard hasher.digest(Array("abc".utf8).span.bytes).hex == expected else {
            throw Failure("SHA-256 of abc is wrong")
        }
    }

    /// Times every part once.
    mutating func measure() throws {
        for part in Part.allCases {
            let clock = ContinuousClock()
            let start = clock.now
            let seconds = try runOnAllCores(part)
            let byteCount = Double(bytes.count)
            samples.append(part.rawValue, Child.seconds(clock.now - start) / byteCount)
            processor.append(
                part.rawValue, seconds / Double(Machine.coreCount) / byteCount)
            // A new file the next time too: an old one would be emptied first.
            for core in 0..<Machine.coreCount { _ = try? Folders.remove(written(by: core)) }
        }
    }

    /// Lets every core do the part once; the processor seconds of all together.
    private func runOnAllCores(_ part: Part) throws -> Double {
        let results = Mutex<(seconds: Double, failure: (any Error)?)>((0, nil))
        DispatchQueue.concurrentPerform(iterations: Machine.coreCount) { core in
            let start = Machine.threadSeconds
            let result = Result { try run(part, on: core) }
            let seconds = Machine.threadSeconds - start
            results.withLock { all in
                all.seconds += seconds
                if case .failure(let error) = result { all.failure = error }
            }
        }
        return try results.withLock { all in
            if let failure = all.failure { throw failure }
            return all.seconds
        }
    }

    private func written(by core: Int) -> String { "\(path).written-\(core)" }

    /// The time that all cores together need at the least for so many bytes, in seconds.
    func limit(_ parts: [Part], byteCount: Int) -> Figure? {
        var sum = Figure(best: 0, median: 0)
        for part in parts {
            guard let figure = samples[part.rawValue] else { return nil }
            sum = sum + figure
        }
        return sum * (Double(byteCount) / Double(Machine.coreCount))
    }

    /// The processor time of so many bytes, on whatever cores, in seconds.
    func processorLimit(_ parts: [Part], byteCount: Int) -> Double? {
        let seconds = parts.compactMap { processor.best($0.rawValue) }
        return seconds.count == parts.count ? seconds.reduce(0, +) * Double(byteCount) : nil
    }

    private func run(_ part: Part, on core: Int) throws {
        var sink: UInt64 = 0
        switch part {
        case .read: try Files.readThrough(path, byteCount: bytes.count, by: Self.pieceByteCount)
        case .gear: sink = UInt64(Self.cut(bytes).count)
        case .chunkDigests:
            var hasher = SHA256()
            for range in Self.ranges(ends) {
                sink ^= hasher.digest(bytes.span.extracting(range).bytes).prefix
            }
        case .flatDigest:
            var hasher = SHA256()
            for start in stride(from: 0, to: bytes.count, by: Self.pieceByteCount) {
                let end = min(start + Self.pieceByteCount, bytes.count)
                hasher.update(bytes.span.extracting(start..<end).bytes)
            }
            sink = hasher.finish().prefix
        case .encode: sink = UInt64(try Self.encode(bytes, ends, level).count)
        case .decode:
            var decoder = FrameDecoder()
            for (frame, range) in zip(frames, Self.ranges(ends)) {
                sink &+= UInt64(
                    try decoder.decode(
                        frame.bytes.span.bytes, codec: frame.codec, filter: frame.filter,
                        rawByteCount: range.count
                    ).count)
            }
        case .write: try Files.write(bytes, to: written(by: core), by: Self.pieceByteCount)
        case .store: try Files.write(stored, to: written(by: core), by: Self.pieceByteCount)
        }
        guard sink != .max else { throw Failure("\(part.rawValue) gave an impossible result") }
    }

    private static func ranges(_ ends: [Int]) -> [Range<Int>] {
        zip([0] + ends, ends).map { $0..<$1 }
    }

    private static func cut(_ bytes: [UInt8]) -> [Int] {
        var ends: [Int] = []
        GearChunker(.standard).appendBoundaries(of: bytes.span.bytes, isFinal: true, to: &ends)
        return ends
    }

    private static func encode(
        _ bytes: [UInt8], _ ends: [Int], _ level: Int
    ) throws -> [EncodedFrame] {
        var encoder = try FrameEncoder(level: level)
        var frames: [EncodedFrame] = []
        for range in ranges(ends) {
            frames.append(try encoder.encode(bytes.span.extracting(range).bytes))
        }
        return frames
    }
}

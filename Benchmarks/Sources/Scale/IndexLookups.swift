import BenchmarkSupport
import PinEngine
import PinFormat
import PinStorage
import PinTesting

/// Looks up random digests on a simulated board, in this process.
struct IndexLookups {
    static let columns = [
        "entries", "segments", "ms to open", "MiB at rest", "MiB at most", "present/s first",
        "present/s", "absent/s first", "absent/s", "bytes/present", "bytes/absent",
    ]
    /// How many look-ups are counted as the first ones: a commit of some gigabytes makes so many.
    private static let firstCount = 50_000

    private let folder: String
    private let lookupCount: Int
    private let shape: SimulatedIndex

    init(_ options: Options) throws {
        guard let folder = options["--folder"] else { throw Failure("--folder is needed") }
        self.folder = folder
        lookupCount = try options.integer(
            "--lookups", default: 1_000_000, in: 1_000...100_000_000)
        let count = try options.integer(
            "--entries", default: 16_000_000, in: 1_000...1_000_000_000)
        shape = options.has("--merged") ? .merged(count) : .crowded(count)
    }

    func run() throws {
        let (clock, folder) = (ContinuousClock(), folder)
        let began = clock.now
        let snapshot = try Program.wait {
            try await Store.open(on: FolderBackend(folder)).snapshot()
        }
        let openSeconds = Child.seconds(clock.now - began)
        let atRest = Resources().residentByteCount
        let present = try measure(snapshot, seed: 1, expected: true)
        let absent = try measure(snapshot, seed: 2, expected: false)
        let peak = Resources.peakResidentByteCount
        let read = try (bytesRead(expected: true), bytesRead(expected: false))
        var table = MarkdownTable(Self.columns)
        table.append([
            "\(shape.entryCount)", "\(shape.layers.count)", Decimals.short(openSeconds * 1_000),
            ByteSize.mebibytes(atRest), ByteSize.mebibytes(peak), "\(present.first)",
            "\(present.all)", "\(absent.first)", "\(absent.all)", "\(read.0)", "\(read.1)",
        ])
        print(table.text, terminator: "")
    }

    /// Look-ups a second: of the first ones, and of all that follow.
    private func measure(
        _ snapshot: Snapshot, seed: UInt64, expected: Bool
    ) throws -> (first: Int, all: Int) {
        var digests = SimulatedIndex.Digests(shape, seed: seed, present: expected)
        let first = min(Self.firstCount, lookupCount / 2)
        let one = try rate(snapshot, &digests, first, expected)
        return (one, try rate(snapshot, &digests, lookupCount - first, expected))
    }

    private func rate(
        _ snapshot: Snapshot, _ digests: inout SimulatedIndex.Digests, _ count: Int,
        _ expected: Bool
    ) throws -> Int {
        let before = Resources()
        for _ in 0..<count {
            let digest = digests.next()
            guard try snapshot.contains(digest) == expected else {
                throw Failure("a look-up of \(digest) gave \(!expected)")
            }
        }
        let after = Resources()
        // Processor time: others may be at work on this machine.
        let seconds =
            after.userSeconds + after.systemSeconds - before.userSeconds - before.systemSeconds
        return Int(Double(count) / max(seconds, 1e-9))
    }

    /// How many bytes of segments a first look-up reads.
    private func bytesRead(expected: Bool) throws -> Int {
        let (folder, count) = (folder, 10_000)
        let backend = CountingBackend(FolderBackend(folder))
        let snapshot = try Program.wait { try await Store.open(on: backend).snapshot() }
        backend.reset()
        var digests = SimulatedIndex.Digests(shape, seed: 3, present: expected)
        for _ in 0..<count { _ = try snapshot.contains(digests.next()) }
        return backend[.openLocal].bytes / count
    }
}

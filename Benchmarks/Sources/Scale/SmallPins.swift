import BenchmarkSupport
import PinEngine
import PinFormat
import PinTesting
import Pins

/// Small pins, one after another, in one process: what a commit costs.
struct SmallPins {
    let folder: String
    let pinCount: Int
    let byteCount: Int
    /// Whether the board has the layout of pins for Python and R.
    let isPlain: Bool
    let keeps: Bool

    init(_ options: Options) throws {
        folder = "\(options["--folder"] ?? "/dev/shm")/pins-scale-small"
        pinCount = try options.integer("--count", default: 2_000, in: 1...1_000_000)
        byteCount = try options.integer("--bytes", default: 1_024, in: 0...(1 << 24))
        isPlain = options.has("--plain")
        keeps = options.has("--keep")
    }

    func run() throws {
        try Folders.remove(folder)
        try Files.makeFolder(folder)
        defer { if !keeps { try? Folders.remove(folder) } }
        let (folder, step) = (folder, min(1_000, pinCount))
        var table = MarkdownTable([
            "pins", "pins/s", "user ms/pin", "system ms/pin", "MiB resident",
        ])
        let board = try Program.wait { try await ScaleBoard.make(folder, isPlain: isPlain) }
        for start in stride(from: 0, to: pinCount, by: step) {
            let range = start..<min(start + step, pinCount)
            let before = Resources()
            let clock = ContinuousClock()
            let began = clock.now
            try Program.wait { try await write(range, to: board) }
            let seconds = Child.seconds(clock.now - began)
            let after = Resources()
            let count = Double(range.count)
            table.append([
                "\(range.upperBound)", Decimals.short(count / seconds),
                Decimals.short((after.userSeconds - before.userSeconds) / count * 1_000),
                Decimals.short((after.systemSeconds - before.systemSeconds) / count * 1_000),
                ByteSize.mebibytes(after.residentByteCount),
            ])
        }
        print(table.text, terminator: "")
        let stored = try Folders.byteCount(folder)
        print("\(stored / pinCount) bytes in the folder for each pin of \(byteCount) bytes")
    }

    private func write(_ range: Range<Int>, to board: Board) async throws {
        let random = SeededRandom(seed: UInt64(range.lowerBound) + 1)
        for number in range {
            let file = InputFile(
                path: "data.bin", source: BytesSource(random.bytes(count: byteCount)))
            let metadata = VersionMetadata(
                createdSeconds: 1_800_000_000, type: "file", title: "Pin number \(number)")
            _ = try await board.write(
                WriteRequest(pin: "pin-\(number)", files: [file], metadata: metadata))
        }
    }
}

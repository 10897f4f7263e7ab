internal import PinEngine
internal import PinFormat

/// The content of a version of an engine board.
struct EngineContent: VersionContent {
    let reader: VersionReader

    init(_ reader: VersionReader) { self.reader = reader }

    func read(
        _ file: PinFile, range: Range<UInt64>?, progress: ProgressHandler?,
        _ body: @Sendable ([UInt8]) async throws(EngineError) -> Void
    ) async throws(EngineError) {
        try await reader.read(entry(file), range: range, progress: progress, body)
    }

    func read(
        _ file: PinFile, range: Range<UInt64>?, into sink: some PositionedSink,
        progress: ProgressHandler?
    ) async throws(EngineError) {
        try await reader.read(entry(file), range: range, into: sink, progress: progress)
    }

    func sha256(
        of file: PinFile, progress: ProgressHandler?
    ) async throws(EngineError) -> Digest {
        try await reader.flatDigest(of: entry(file), progress: progress)
    }

    /// §5.1: the recorded `pin_hash` is that of the file list, so verified chunks prove the whole.
    func checkPinHash(progress: ProgressHandler?) async throws(EngineError) {
        let record = reader.record
        guard let list = try? FileList(reader.files), Store.pinHash(list) == record.pinHash else {
            throw EngineError(
                .corrupt, "the files of pin '\(record.pinName)' are not those of its pin_hash",
                object: record.pinName)
        }
    }

    /// The entry of a file, by binary search: the list is ascending by the bytes of the paths.
    private func entry(_ file: PinFile) throws(EngineError) -> FileEntry {
        let files = reader.files
        var (low, high) = (0, files.count)
        while low < high {
            let middle = low + (high - low) / 2
            if files[middle].path.utf8.lexicographicallyPrecedes(file.path.utf8) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        guard low < files.count, files[low].path.utf8.elementsEqual(file.path.utf8) else {
            throw EngineError(
                .notFound,
                "pin '\(reader.record.pinName)' has no file '\(Names.printable(file.path))'",
                object: file.path)
        }
        return files[low]
    }
}

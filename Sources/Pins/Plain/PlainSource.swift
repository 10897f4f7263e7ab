internal import PinEngine
internal import PinFormat
internal import Synchronization

/// A file of a plain version as a source. When the last of the version's files was read, their
/// hashes are compared with the recorded one: before that nothing of them is committed anywhere.
struct PlainSource: ByteSource {
    /// How much is asked for at once: a request of a remote place.
    private static let pieceByteCount: UInt64 = 8 << 20

    private let tree: any PlainTree
    private let version: PlainVersion
    private let index: Int
    private let hashes: PlainSourceHashes

    /// All files of a version.
    static func files(of version: PlainVersion, in tree: any PlainTree) -> [InputFile] {
        let hashes = PlainSourceHashes(version)
        return version.files.enumerated().map { index, file in
            InputFile(
                path: file.path,
                source: PlainSource(tree: tree, version: version, index: index, hashes: hashes))
        }
    }

    private init(
        tree: any PlainTree, version: PlainVersion, index: Int, hashes: PlainSourceHashes
    ) {
        (self.tree, self.version, self.index, self.hashes) = (tree, version, index, hashes)
    }

    var isRepeatable: Bool { true }
    var expectedByteCount: UInt64? { version.files[index].byteCount }

    func open() async throws(EngineError) -> any ByteStream {
        let file = try await tree.open(version.files[index].path, of: version.place)
        return Stream(file, index, hashes)
    }

    private final class Stream: ByteStream {
        private let file: any PlainFile
        private let index: Int
        private let hashes: PlainSourceHashes
        private var hash = PlainHash.Stream()
        private var position: UInt64 = 0
        private var piece: ArraySlice<UInt8> = []

        init(_ file: any PlainFile, _ index: Int, _ hashes: PlainSourceHashes) {
            (self.file, self.index, self.hashes) = (file, index, hashes)
        }

        func read(into buffer: inout [UInt8], from offset: Int) async throws(EngineError) -> Int {
            if piece.isEmpty {
                let end = min(position + PlainSource.pieceByteCount, file.status.byteCount)
                guard position < end else { return 0 }
                let bytes = try await file.read(position..<end)
                hash.update(bytes)
                piece = bytes[...]
                position = end
            }
            let count = min(piece.count, buffer.count - offset)
            buffer.replaceSubrange(offset..<offset + count, with: piece.prefix(count))
            piece = piece.dropFirst(count)
            return count
        }

        func finish() throws(EngineError) { try hashes.set(hash.hex, index) }
    }
}

/// The hashes of a version's files as they are read.
final class PlainSourceHashes: Sendable {
    private let version: PlainVersion
    private let found: Mutex<[String?]>

    init(_ version: PlainVersion) {
        self.version = version
        found = Mutex(Array(repeating: nil, count: version.files.count))
    }

    /// Notes a file's hash.
    ///
    /// - Throws: ``EngineError/Code/corrupt`` if it was the last one and they are not what was
    ///   recorded.
    func set(_ hash: String, _ index: Int) throws(EngineError) {
        let all = found.withLock { found in
            found[index] = hash
            return found.compactMap { $0 }
        }
        guard all.count == version.files.count else { return }
        let name = "version '\(version.place.version)' of pin '\(version.place.pin)'"
        guard let recorded = version.metadata.pinHash else {
            BoardWarnings.warn("\(name) has no pin_hash: it is read without a check")
            return
        }
        guard PlainHash.matches(recorded, all) else {
            throw EngineError(
                .corrupt,
                "\(name) is damaged: its files are not what its pin_hash "
                    + "\(Names.printable(recorded)) says (\(PlainHash.pinHash(all))); read another "
                    + "version",
                object: version.place.pin)
        }
    }
}

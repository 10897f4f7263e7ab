internal import PinEngine
internal import PinFormat

/// A file of a plain version as a source. When the last of the version's files was read, their
/// hashes are compared with the recorded one: before that nothing of them is committed anywhere.
struct PlainSource: ByteSource {
    /// How much is asked for at once: a request of a remote place.
    private static let pieceByteCount: UInt64 = 8 << 20

    private let tree: any PlainTree
    private let version: PlainVersion
    private let index: Int
    private let hashes: HashCollector

    /// All files of a version.
    static func files(of version: PlainVersion, in tree: any PlainTree) -> [InputFile] {
        let hashes = HashCollector(count: version.files.count) { (all) throws(EngineError) in
            try check(all, version)
        }
        return version.files.enumerated().map { index, file in
            InputFile(
                path: file.path,
                source: PlainSource(tree: tree, version: version, index: index, hashes: hashes))
        }
    }

    private init(
        tree: any PlainTree, version: PlainVersion, index: Int, hashes: HashCollector
    ) {
        (self.tree, self.version, self.index, self.hashes) = (tree, version, index, hashes)
    }

    var isRepeatable: Bool { true }
    var expectedByteCount: UInt64? { version.files[index].byteCount }

    func open() async throws(EngineError) -> any ByteStream {
        let file = try await tree.open(version.files[index].path, of: version.place)
        let (hashes, index) = (hashes, index)
        var position: UInt64 = 0
        return HashedStream { (_) async throws(EngineError) in
            let end = min(position + Self.pieceByteCount, file.status.byteCount)
            guard position < end else { return nil }
            let bytes = try await file.read(position..<end)
            position = end
            return bytes
        } whole: { (hash) throws(EngineError) in
            try hashes.set(hash, index)
        }
    }

    private static func check(
        _ hashes: [String], _ version: PlainVersion
    ) throws(EngineError) {
        let name = "version '\(version.place.version)' of pin '\(version.place.pin)'"
        guard let recorded = version.metadata.pinHash else {
            BoardWarnings.warn("\(name) has no pin_hash: it is read without a check")
            return
        }
        guard PlainHash.matches(recorded, hashes) else {
            throw EngineError(
                .corrupt,
                "\(name) is damaged: its files are not what its pin_hash "
                    + "\(Names.printable(recorded)) says (\(PlainHash.pinHash(hashes))); read "
                    + "another version",
                object: version.place.pin)
        }
    }
}

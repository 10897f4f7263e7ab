internal import PinFormat

/// Where the data of a version are that lie in a board of the engine beside its `data.txt`.
package struct PlainEngineNote: Sendable, Hashable {
    /// The file that `data.txt` names in the place of the data files: it tells what there is.
    package var directory: String
    /// The board's folder.
    package var board: String
    /// The `pin_hash` of the version in that board: 64 hexadecimal digits.
    package var pinHash: String

    package init(directory: String, board: String, pinHash: String) {
        (self.directory, self.board, self.pinHash) = (directory, board, pinHash)
    }
}

/// Metadata of versions whose data lie in a board of the engine.
///
/// To programs that know plain pins alone such a version has one file, which no data are in, and a
/// type that none of them reads: they show its metadata and refuse its data. What the version is
/// stands under a key of ours. `pin_hash` is that of the data, so that a program which compares
/// hashes can never take that file for them.
extension PlainMetadata {
    /// The type that is written: in the messages of other programs it says what to do.
    package static let engineType = "engine bundle, to be read with swift-pins"
    private static let engineKey = "engine_bundle"
    /// The newest form of what stands under the key.
    private static let engineVersion = 1

    /// The bytes of `data.txt` for a version whose data lie in a board of the engine.
    ///
    /// - Parameter directoryByteCount: The size of the file that stands in the place of the data.
    package func encoded(
        _ note: PlainEngineNote, directoryByteCount: UInt64
    ) -> [UInt8] {
        func list<Item>(_ items: [Item], _ node: (Item) -> YAMLNode) -> YAMLNode {
            items.count == 1 ? node(items[0]) : .sequence(items.map(node), tag: nil)
        }
        var written = self
        written.files = [note.directory]
        written.sizes = [directoryByteCount]
        written.types = [Self.engineType]
        written.unknown.removeAll { $0.key.text == Self.engineKey }
        written.unknown.append(
            YAMLPair(
                Self.engineKey,
                .mapping(
                    [
                        YAMLPair("version", .plain(String(Self.engineVersion))),
                        YAMLPair("board", .text(note.board)),
                        YAMLPair("pin_hash", .text(note.pinHash)),
                        YAMLPair("file", list(files) { .text($0) }),
                        YAMLPair("file_size", list(sizes) { .plain(String($0 ?? 0)) }),
                        YAMLPair("type", list(types) { .text($0) }),
                    ], tag: nil)))
        return Array(YAMLEmitter.text(written.pairs).utf8)
    }

    /// Reads a `data.txt`; of a version whose data lie in a board of the engine the metadata are
    /// those of the data, as a plain version would have them, and ``engine`` says where they are.
    ///
    /// - Throws: As ``init(reading:)``.
    package init(readingBundle bytes: [UInt8]) throws(PlainMetadataError) {
        try self.init(reading: bytes)
        guard let note = unknown.first(where: { $0.key.text == Self.engineKey })?.value.pairs
        else { return }
        func field(_ key: String) -> YAMLNode? { note.last { $0.key.text == key }?.value }
        guard let version = field("version")?.text.flatMap({ UInt64($0) }), version > 0,
            let board = field("board")?.text, let hash = field("pin_hash")?.text,
            files.count == 1, (try? Names.checkPath(board)) != nil
        else {
            throw PlainMetadataError(
                message: "what it says of its engine bundle is damaged", needsNewer: false)
        }
        guard version <= Self.engineVersion else {
            throw PlainMetadataError(
                message: "its engine bundle is of form \(version), this program reads "
                    + "\(Self.engineVersion)", needsNewer: true)
        }
        let directory = files[0]
        files = try Self.paths(field("file"))
        sizes = Self.sizes(field("file_size"), count: files.count)
        types = Self.texts(field("type"))
        guard !sizes.contains(nil) else {
            throw PlainMetadataError(
                message: "it does not say how large the files of its engine bundle are",
                needsNewer: false)
        }
        unknown.removeAll { $0.key.text == Self.engineKey }
        text = YAMLEmitter.text(pairs)
        engine = PlainEngineNote(directory: directory, board: board, pinHash: hash)
    }
}

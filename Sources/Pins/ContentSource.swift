public import PinEngine

/// A file of a version as the source of another version's file.
struct ContentSource: ByteSource {
    let version: PinVersion
    let file: PinFile

    var isRepeatable: Bool { true }
    var expectedByteCount: UInt64? { file.byteCount }

    func open() async throws(EngineError) -> any ByteStream {
        SequenceSource(version.pieces(of: file)).open()
    }
}

extension PinVersion {
    /// Its files, to be written to another board.
    public var inputFiles: [InputFile] {
        files.map { InputFile(path: $0.path, source: ContentSource(version: self, file: $0)) }
    }
}

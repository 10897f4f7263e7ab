package import PinEngine

extension VersionDiff {
    /// Both versions are read and cut where the engine would, and chunks of the new one that the
    /// old one does not have are told.
    package init(reading new: PinVersion, since old: PinVersion) async throws(EngineError) {
        self.init()
        var known: Set<String> = []
        for file in old.files {
            for chunk in try await Self.chunks(of: file, old) { known.insert(chunk.hash) }
        }
        totalByteCount = new.info.byteCount
        for file in new.files {
            var run: Range<UInt64>?
            for chunk in try await Self.chunks(of: file, new) where !known.contains(chunk.hash) {
                if let open = run, open.upperBound == chunk.range.lowerBound {
                    run = open.lowerBound..<chunk.range.upperBound
                } else {
                    if let run { add(run, of: file.path) }
                    run = chunk.range
                }
            }
            if let run { add(run, of: file.path) }
        }
    }

    private static func chunks(
        of file: PinFile, _ version: PinVersion
    ) async throws(EngineError) -> [PlainChunk] {
        let cutter = PlainCutter()
        try await version.content.read(file, range: nil, progress: nil) { (piece) in
            cutter.add(piece)
        }
        return cutter.finish()
    }
}

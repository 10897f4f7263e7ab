internal import PinFormat
internal import PinStorage

/// Comparing versions by their manifests.
extension VersionReader {
    /// The byte ranges of this version's files whose chunks `older` does not have in any file.
    ///
    /// - Returns: For each file with changes, ascending ranges that do not touch.
    /// - Complexity: O(*n*) in the chunks of both; files with equal manifests are not walked.
    public func changes(
        since older: VersionReader
    ) async throws(EngineError) -> [(path: String, ranges: [Range<UInt64>])] {
        try await runBlocking { () async throws(EngineError) in
            let same = Set(older.files.map(\.content))
            let differing = self.files.filter { !same.contains($0.content) }
            var known: Set<Digest> = []
            if !differing.isEmpty {
                for file in older.files {
                    try await older.chunks(file) { (chunk) throws(EngineError) in
                        known.insert(chunk.digest)
                    }
                }
            }
            var out: [(path: String, ranges: [Range<UInt64>])] = []
            for file in differing {
                var ranges: [Range<UInt64>] = []
                try await self.chunks(file) { (chunk) throws(EngineError) in
                    guard !known.contains(chunk.digest) else { return }
                    if let last = ranges.last, last.upperBound == chunk.offset {
                        ranges[ranges.count - 1] = last.lowerBound..<chunk.range.upperBound
                    } else {
                        ranges.append(chunk.range)
                    }
                }
                if !ranges.isEmpty { out.append((file.path, ranges)) }
            }
            return out
        }
    }
}

public import PinEngine

/// Which bytes of a version another one does not have.
public struct VersionDiff: Sendable, Hashable {
    /// A run of bytes of the newer version.
    public struct FileRange: Sendable, Hashable {
        /// The file's path in the newer version.
        public let file: String
        /// The first byte that changed.
        public let start: UInt64
        /// The byte after the last that changed.
        public let end: UInt64

        public init(file: String, start: UInt64, end: UInt64) {
            self.file = file
            self.start = start
            self.end = end
        }
    }

    /// Ascending by file and start.
    public var changed: [FileRange] = []
    /// The bytes of all of them.
    public var changedByteCount: UInt64 = 0
    /// The size of the newer version.
    public var totalByteCount: UInt64 = 0

    public init() {}

    /// Adds a range of a file.
    public mutating func add(_ range: Range<UInt64>, of file: String) {
        changed.append(FileRange(file: file, start: range.lowerBound, end: range.upperBound))
        changedByteCount += UInt64(range.count)
    }
}

extension Board {
    /// Compares two versions of a pin chunk by chunk; an engine board reads no data for it.
    ///
    /// - Complexity: O(*n*) in the chunks of both versions.
    public func diff(
        _ pin: String, _ old: VersionSelector, _ new: VersionSelector
    ) async throws(EngineError) -> VersionDiff {
        let (old, new) = (try await version(pin, old), try await version(pin, new))
        return try await form.changes(in: new, since: old)
    }
}

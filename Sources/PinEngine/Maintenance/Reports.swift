/// How to collect.
public struct CollectionOptions: Sendable {
    /// How long, in seconds, a condemned pack and an unfinished write are left alone.
    public var graceSeconds: Int64 = 86_400
    /// The caller promises that nobody else writes: everything is freed in one run.
    public var isExclusive = false
    /// Only say what would be done.
    public var isDryRun = false

    public init() {}
}

/// What a collection did, or would do.
public struct CollectionReport: Sendable, Equatable {
    /// Packs that no version needs any more; a later run frees them.
    public var condemnedPacks = 0
    /// Packs that were freed.
    public var deletedPacks = 0
    /// Packs whose live frames were copied to new ones.
    public var repackedPacks = 0
    /// Frames that were encoded again, because nothing else needed their bases. A dry run does not
    /// try it, and says 0.
    public var reencodedFrames = 0
    /// Bytes of the objects that were deleted.
    public var freedByteCount: UInt64 = 0

    public init() {}
}

/// How to verify.
public struct VerifyOptions: Sendable {
    /// Other boards where a repair looks for what this one has lost.
    public var donorBoards: [Store] = []
    /// Files that may hold what this board has lost: those that were written, or parts of them.
    public var donorFiles: [any ByteSource] = []
    /// Whether every byte of every pack is read and checked.
    public var readsData = false
    /// Whether what can be mended is mended.
    public var repairs = false

    public init() {}
}

/// Something that is wrong with a board.
public struct VerifyProblem: Sendable, Hashable {
    /// A version that is hurt.
    public struct Version: Sendable, Hashable, Comparable {
        /// The pin's name.
        public let pin: String
        /// The version's name.
        public let version: String

        public init(pin: String, version: String) {
            self.pin = pin
            self.version = version
        }

        public static func < (left: Version, right: Version) -> Bool {
            (left.pin, left.version) < (right.pin, right.version)
        }
    }

    /// A byte range of a file that cannot be read.
    public struct Damage: Sendable, Hashable {
        /// The pin's name.
        public let pin: String
        /// The version's name.
        public let version: String
        /// The file's path.
        public let file: String
        /// The bytes of the file that are hurt.
        public let range: Range<UInt64>

        public init(pin: String, version: String, file: String, range: Range<UInt64>) {
            self.pin = pin
            self.version = version
            self.file = file
            self.range = range
        }
    }

    /// The key of the object.
    public let object: String
    /// What is wrong with it.
    public let what: String
    /// Which versions it hurts, ascending.
    public var versions: [Version]
    /// Which bytes of which files cannot be read.
    public var damage: [Damage] = []
    /// Whether it was mended in this run.
    public var isRepaired = false

    public init(object: String, what: String, versions: [Version]) {
        self.object = object
        self.what = what
        self.versions = versions
    }
}

/// What a verification found.
public struct VerifyReport: Sendable {
    /// Objects that were looked at.
    public var objectCount = 0
    /// Bytes of objects that were read and compared.
    public var checkedByteCount: UInt64 = 0
    /// Objects that nothing names: harmless, freed by a collection.
    public var orphanCount = 0
    /// Those of them that are damaged, as far as was looked: harmless too, and hurting no version.
    public var damagedOrphans: [VerifyProblem] = []
    /// What was found, by object.
    public var problems: [VerifyProblem] = []
    /// What of the newest state has not arrived yet, where the board is in a shared folder.
    public var unsettled: UnsettledState?

    public init() {}

    /// Whether nothing is wrong, or all of it was mended.
    public var isSound: Bool { problems.allSatisfy(\.isRepaired) }
}

/// Sizes of a board or of one pin.
public struct BoardStatistics: Sendable, Equatable {
    /// How many pins there are.
    public var pinCount = 0
    /// How many versions there are.
    public var versionCount = 0
    /// Sum of the sizes of all versions.
    public var logicalByteCount: UInt64 = 0
    /// Plain bytes of the distinct chunks.
    public var uniqueByteCount: UInt64 = 0
    /// Bytes of all stored objects.
    public var storedByteCount: UInt64 = 0
    /// How many chunks there are.
    public var chunkCount = 0
    /// How many packs there are.
    public var packCount = 0
    /// How much parity each pack gets, in percent of its length; `nil`: none.
    public var parityPercent: Int?
    /// Bytes of the parity objects; 0 where they cannot be listed.
    public var parityByteCount: UInt64 = 0
    /// Bytes of index and table segments and of the newest commit.
    public var indexByteCount: UInt64 = 0
    /// Chunks that are stored as a difference to others, among ``chunkCount``.
    public var deltaFrameCount = 0
    /// Bytes that they take in packs, and plain.
    public var deltaStoredByteCount: UInt64 = 0
    /// The plain bytes of the frames that are deltas.
    public var deltaRawByteCount: UInt64 = 0
    /// About how many bytes the differences save. An estimate: the plain bytes of those chunks, at
    /// the ratio to which the chunks that are not differences were compressed (1 if there are
    /// none), less what they take.
    public var deltaSavedByteCount: UInt64 = 0
    /// For one pin or all: what deleting each version alone would free, in stored bytes of frames.
    public var exclusiveByteCounts: [VersionShare] = []

    public init() {}

    /// What deleting one version would free.
    public struct VersionShare: Sendable, Equatable {
        /// The pin's name.
        public let pin: String
        /// The version's name.
        public let version: String
        /// The bytes of all its files.
        public let byteCount: UInt64
        /// Bytes that deleting this version alone would free, before repacking.
        public let exclusiveStoredByteCount: UInt64

        public init(
            pin: String, version: String, byteCount: UInt64, exclusiveStoredByteCount: UInt64
        ) {
            self.pin = pin
            self.version = version
            self.byteCount = byteCount
            self.exclusiveStoredByteCount = exclusiveStoredByteCount
        }
    }
}

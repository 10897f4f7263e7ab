/// A safeguard of the library, by the name under which a test build can switch it off.
///
/// A mutation test runs a law with one safeguard switched off and demands that the law fails:
/// a check that no law needs is missing its test, or is not needed. Only debug builds know the
/// switch; elsewhere every check is on, and costs nothing.
package enum Check: String, Sendable, Hashable, CaseIterable {
    // MARK: Bytes and names that must be on the medium: PinStorage
    case syncObject = "storage.sync.object"
    case syncWriter = "storage.sync.writer"
    case syncName = "storage.sync.name"
    case syncWriterName = "storage.sync.writer-name"
    case syncDelete = "storage.sync.delete"
    case syncFolder = "storage.sync.folder"
    case syncBoard = "storage.sync.board"

    // MARK: What a folder board refuses
    case exclusiveName = "storage.exclusive-name"
    case readLimit = "storage.read-limit"
    case readRange = "storage.read-range"
    case readWhole = "storage.read-whole"
    case writerSize = "storage.writer-size"
    case objectSize = "storage.object-size"
    case regularFile = "storage.regular-file"
    case folderLinks = "storage.folder-links"
    case boardFolder = "storage.board-folder"
    case readOnly = "storage.read-only"
    case looksFirst = "storage.looks-first"
    case exclusionProof = "storage.exclusion-proof"
    case ownLink = "storage.own-link"
    case sharedName = "storage.shared-name"
    case sharedLimit = "storage.shared-limit"
    case syncRemoval = "storage.sync.removal"

    // MARK: Plain boards, and what is kept of others: Pins
    case plainSyncFile = "plain.sync.file"
    case plainSyncTaken = "plain.sync.taken"
    case plainSyncInside = "plain.sync.inside"
    case plainSyncVersion = "plain.sync.version"
    case plainSyncStaged = "plain.sync.staged"
    case plainSyncName = "plain.sync.name"
    case plainSyncPin = "plain.sync.pin"
    case plainSyncPinFolder = "plain.sync.pin-folder"
    case plainSyncRemoval = "plain.sync.removal"
    case plainSyncMarker = "plain.sync.marker"
    case plainSyncMarkerGone = "plain.sync.marker-gone"
    case plainSyncManifest = "plain.sync.manifest"
    case plainSyncManifestName = "plain.sync.manifest-name"
    case plainSyncBoard = "plain.sync.board"
    case plainHash = "plain.hash"
    case cacheSeal = "plain.cache-seal"

    // MARK: The protocol: PinEngine (FORMAT.md §9)
    case presence = "engine.presence"
    case resurrection = "engine.resurrection"
    case floor = "engine.floor"
    case replacement = "engine.replacement"
    case inLog = "engine.in-log"
    case confirmed = "engine.confirmed"
    case noneLost = "engine.none-lost"
    case newBoard = "engine.new-board"
    case neverFree = "engine.never-free"
    case settled = "engine.settled"
    case uploaded = "engine.uploaded"
    case segmentUploaded = "engine.segment-uploaded"
    case orphanFloor = "engine.orphan-floor"
    case namedPacks = "engine.named-packs"
    case parityRow = "engine.parity-row"
    case seals = "engine.seals"
    case collectionWhole = "engine.collection-whole"
    case wholeIndex = "engine.whole-index"
    case boardID = "engine.board-id"
    case commitNumber = "engine.commit-number"
    case features = "engine.features"

    // MARK: Damage and folders that are shared: PinEngine
    case lostPacks = "engine.lost-packs"
    case healedRows = "engine.healed-rows"
    case arrived = "engine.arrived"
    case arriving = "engine.arriving"
    case readBefore = "engine.read-before"
    case unmerged = "engine.unmerged"
    case gapless = "engine.gapless"
    case mergedFloor = "engine.merged-floor"
    case mergedPacks = "engine.merged-packs"
    case mergedBoard = "engine.merged-board"
    case mergedName = "engine.merged-name"
    case mergedBase = "engine.merged-base"
    case mergedLabels = "engine.merged-labels"
    case mergedState = "engine.merged-state"
    case partSize = "engine.part-size"
    case partBlank = "engine.part-blank"
    case partShape = "engine.part-shape"
    case usedPacks = "engine.used-packs"
    case healedWhole = "engine.healed-whole"
    case repairedState = "engine.repaired-state"
    case mendedState = "engine.mended-state"
    case graftedState = "engine.grafted-state"
    case repairedRows = "engine.repaired-rows"
    case mendedRows = "engine.mended-rows"
    case paritySound = "engine.parity-sound"

    // MARK: What a verification compares: PinEngine
    case verifyBoard = "verify.board"
    case verifyGap = "verify.gap"
    case verifyChain = "verify.chain"
    case verifyLatest = "verify.latest"
    case verifyLatestAhead = "verify.latest-ahead"
    case verifySegmentDigest = "verify.segment-digest"
    case verifySegmentCount = "verify.segment-count"
    case verifyVersionKey = "verify.version-key"
    case verifyPackSize = "verify.pack-size"
    case verifyPackName = "verify.pack-name"
    case verifyPackContent = "verify.pack-content"
    case verifyPackRow = "verify.pack-row"
    case verifyFrames = "verify.frames"
    case verifyDeltas = "verify.deltas"
    case verifyWholeAgain = "verify.whole-again"
    case verifyIndexLacks = "verify.index-lacks"
    case verifyIndexExcess = "verify.index-excess"
    case verifyOrphans = "verify.orphans"
    case verifyNodes = "verify.nodes"
    case verifyFileSize = "verify.file-size"
    case verifyFileList = "verify.file-list"
    case verifyPinHash = "verify.pin-hash"
    case verifyPackRows = "verify.pack-rows"
    case verifyRowPacks = "verify.row-packs"
    case verifyPinRow = "verify.pin-row"
    case verifyPinMissing = "verify.pin-missing"
    case verifyLabel = "verify.label"
    case verifyParityMissing = "verify.parity-missing"
    case verifyParityName = "verify.parity-name"
    case verifyParitySize = "verify.parity-size"
    case verifyParityCopies = "verify.parity-copies"

    // MARK: Digests: PinEngine
    case chunkDigest = "engine.digest.chunk"
    case frameDigest = "engine.digest.frame"
    case baseDigest = "engine.digest.base"
    case segmentDigest = "engine.digest.segment"
    case segmentSize = "engine.segment-size"
    case mergedDigest = "engine.digest.merged"
    case encodedFrame = "engine.encoded-frame"

    // MARK: Frames: PinTransforms
    case frameRawSize = "frame.raw-size"
    case frameStoredSize = "frame.stored-size"
    case frameContentSize = "frame.content-size"
    case frameEnd = "frame.end"
    case frameDescriptor = "frame.descriptor"
    case frameRawEnd = "frame.raw-end"
    case framePrefix = "frame.prefix"

    // MARK: Parity: PinTransforms
    case parityDigest = "parity.digest"
    case parityPackBlock = "parity.pack-block"
    case parityOwnBlock = "parity.own-block"

    // MARK: Checksums: PinFormat
    case seal = "format.seal"
    case footerDigest = "format.footer-digest"
    case frameChecksum = "format.checksum.frame"
    case indexHeaderChecksum = "format.checksum.index-header"
    case indexTablesChecksum = "format.checksum.index-tables"
    case bucketChecksum = "format.checksum.bucket"
    case tableTrailerChecksum = "format.checksum.table-trailer"
    case tableIndexChecksum = "format.checksum.table-index"
    case blockChecksum = "format.checksum.block"
    case parityDescription = "format.checksum.parity-description"
    case parityBlock = "format.checksum.parity-block"
    case parityCopies = "format.parity-copies"

    // MARK: Limits: FORMAT.md §8, by the names of `Limits`
    case limitFrameRaw = "limit.frameRawByteCount"
    case limitPack = "limit.packByteCount"
    case limitPackFrames = "limit.packFrameCount"
    case limitParityRows = "limit.parityRowCount"
    case limitNodeEntries = "limit.nodeEntryCount"
    case limitNodeLevel = "limit.nodeLevel"
    case limitDepth = "limit.depth"
    case limitClosureFrames = "limit.closureFrameCount"
    case limitClosureBytes = "limit.closureByteCount"
    case limitPath = "limit.pathByteCount"
    case limitPathComponent = "limit.pathComponentByteCount"
    case limitVersionFiles = "limit.versionFileCount"
    case limitFileList = "limit.fileListByteCount"
    case limitInlineFileList = "limit.inlineFileListByteCount"
    case limitName = "limit.nameByteCount"
    case limitTitle = "limit.titleByteCount"
    case limitDescription = "limit.descriptionByteCount"
    case limitTextList = "limit.textListCount"
    case limitTextListItem = "limit.textListItemByteCount"
    case limitMetadata = "limit.metadataByteCount"
    case limitTableKey = "limit.tableKeyByteCount"
    case limitTableValue = "limit.tableValueByteCount"
    case limitTableBlockIndex = "limit.tableBlockIndexByteCount"
    case limitTableBlock = "limit.tableBlockByteTarget"
    case limitCommit = "limit.commitByteCount"
    case limitCommitReferences = "limit.commitReferenceCount"
    case limitRecordFields = "limit.recordFieldCount"
    case limitProducer = "limit.producerByteCount"
    case limitConfig = "limit.configByteCount"
    case limitFanout = "limit.fanoutBitCount"
    case limitIndexBucket = "limit.indexBucketEntryCount"
}

extension Check {
    #if DEBUG
        /// The check that the current task does without.
        @TaskLocal package static var switchedOff: Check?

        /// Whether frames that the current task encodes come out of the encoder damaged.
        @TaskLocal package static var spoilsFrames = false

        /// Whether the current task does without it.
        package var isOff: Bool { Check.switchedOff == self }
    #else
        /// Never, in a program that somebody uses.
        @inlinable package var isOff: Bool { false }
    #endif
}

extension Limits {
    #if DEBUG
        /// The limit, or none where its check is switched off.
        @usableFromInline
        static func bounded(_ value: Int, _ name: StaticString = #function) -> Int {
            guard let check = Check.switchedOff, check.rawValue == "limit.\(name)" else {
                return value
            }
            // Large, and small enough for the arithmetic that limits are used in.
            return 1 << 40
        }
    #else
        @inlinable
        static func bounded(_ value: Int) -> Int { value }
    #endif
}

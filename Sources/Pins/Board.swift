public import PinEngine
public import PinFormat
internal import PinStorage

/// What a new board is made with.
public struct BoardSettings: Sendable {
    /// The average chunk size in bytes: a power of two, 4 KiB…4 MiB. Boards that keep the default
    /// give equal data equal hashes.
    public var chunkAverageByteCount = ChunkerParameters.standard.averageByteCount
    /// The zstd level, 1…19.
    public var level = 3
    /// How many frames decoding one chunk may need, 1…16; 1 turns deltas off.
    public var closureFrameCount = BoardConfig.standardClosureFrameCount
    /// For stores that cannot create objects atomically: only one program writes.
    public var isSingleWriter = false
    /// How much parity each pack gets, 1…100 percent of its length, so that a repair can mend
    /// damage of that size; `nil`: none (FORMAT.md §7.10).
    public var parityPercent: Int?

    public init() {}
}

/// A board: named pins with immutable versions.
///
///     let board = try await Board.openOrCreate("boards/team")
///     let file = InputFile(path: "sales.csv", source: BytesSource(csv))
///     let metadata = VersionMetadata(createdSeconds: 1_800_000_000, type: "csv", title: "Sales")
///     let result = try await board.write(
///         WriteRequest(pin: "sales", files: [file], metadata: metadata))
///     let version = try await board.version("sales")
///     let bytes = try await version.bytes(version.files[0])
///
/// The same verbs work on every form of board. Safe to use from any number of tasks, and beside
/// other processes.
public struct Board: Sendable {
    /// As it was given to `open` or `create`.
    public let location: String
    /// What kind of board it is, and how it does what is asked.
    public let form: any BoardForm
    /// Whether there is none, and this one in memory stands for it; see ``openOrImagine(_:)``.
    public private(set) var isImagined = false

    /// A board of any form, also one that this package does not know.
    public init(location: String, form: some BoardForm) {
        self.location = location
        self.form = form
    }

    /// The same board, known to be there in memory only.
    var imagined: Board {
        var board = self
        board.isImagined = true
        return board
    }

    /// The engine below, where the board is one of the engine.
    public var store: Store? { (form as? EngineBoard)?.store }

    /// What this board has said of a shared folder that does not have all of the newest state, or
    /// has commits in conflict; `nil` if nothing was said. Other boards of the process have their
    /// own.
    public var unsettledState: UnsettledState? { store?.unsettled }

    // MARK: - Writing

    /// Writes a new version of a pin; streams, in bounded memory.
    ///
    /// - Returns: What was written; `isUnchanged` if content, file names and metadata equal the
    ///   latest version.
    public func write(
        _ request: WriteRequest, progress: ProgressHandler? = nil
    ) async throws(EngineError) -> WrittenVersion {
        if let json = request.metadata.userJSON { try JSONText.checkObject(json) }
        return try await form.write(request, progress: progress)
    }

    /// Writes a version with the content of the latest one and changed metadata; stores no data.
    public func edit(
        _ pin: String, _ change: @escaping @Sendable (inout VersionMetadata) -> Void
    ) async throws(EngineError) -> WrittenVersion {
        try await form.edit(pin) { (metadata) throws(EngineError) in
            let before = metadata.userJSON
            change(&metadata)
            // What stood there already came in by a check, or by another program: it is not
            // touched.
            guard let json = metadata.userJSON, !json.isEmpty, json != before else { return }
            try JSONText.checkObject(json)
        }
    }

    /// Removes one version, or the pin with all of them.
    ///
    /// - Returns: The names of the versions that were removed.
    public func delete(
        _ pin: String, version: VersionSelector? = nil
    ) async throws(EngineError) -> [String] {
        try await form.delete(pin, version)
    }

    /// Points a label at a version.
    ///
    /// - Returns: The version's name.
    public func setLabel(
        _ label: String, of pin: String, to selector: VersionSelector = .latest
    ) async throws(EngineError) -> String {
        try await form.setLabel(label, of: pin, to: selector)
    }

    /// Takes a label away.
    public func removeLabel(_ label: String, of pin: String) async throws(EngineError) {
        _ = try await form.setLabel(label, of: pin, to: nil)
    }

    // MARK: - Maintenance

    /// Gives space back: see ``CollectionOptions``.
    public func collect(
        _ options: CollectionOptions = CollectionOptions(), progress: ProgressHandler? = nil
    ) async throws(EngineError) -> CollectionReport {
        try await form.collect(options, progress: progress)
    }
}

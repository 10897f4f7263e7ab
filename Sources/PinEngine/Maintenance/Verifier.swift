internal import PinFormat
internal import PinStorage
internal import PinTransforms

/// What was found out about one object that is not as it must be.
struct Finding {
    /// What a repair has to mend.
    enum Cause {
        case latest, pack, index, sketches, pinRow, parity, other
    }

    /// Sentences, each once.
    var what: [String] = []
    var causes: Set<Cause> = []
    var mended: Set<Cause> = []
    var versions: Set<VerifyProblem.Version> = []
    /// Those of them that need frames which are lost.
    var needing: Set<VerifyProblem.Version> = []
    var damage: [VerifyProblem.Damage] = []
    /// Whether every version that is known is hurt.
    var hurtsAll = false

    var isRepaired: Bool { causes.isSubset(of: mended) }
}

/// Checks a whole board, from its configuration down to the last byte, and goes on where something
/// is damaged.
///
/// Owned by one task; not shared. What depends on a part that cannot be trusted is not checked, so
/// that one damaged object is one problem.
final class Verifier {
    typealias Version = VerifyProblem.Version

    /// How much is read at once, in bytes.
    static let pieceByteCount = 8 << 20

    let backend: any BoardBackend
    let options: VerifyOptions
    let configuration: StoreConfiguration
    private let progress: ProgressHandler?

    /// By the key of the object.
    var findings: [String: Finding] = [:]
    /// Every version that the board has or seems to have.
    var known: Set<Version> = []
    /// Packs that are not as they must be.
    var damagedPacks: [ObjectName: PackExamination] = [:]
    /// Packs whose parity is missing or not as it must be.
    var damagedParity: Set<ObjectName> = []
    /// Packs that are whole, though their rows say that frames of theirs are lost.
    var wholeAgain: Set<ObjectName> = []
    /// Sketch segments that are not as they must be.
    var damagedSketches: Set<ObjectName> = []
    /// Whether `latest` has to be written again.
    var isLatestWrong = false
    /// Pins whose rows are not those of their versions.
    var wrongPins: Set<String> = []
    /// The newest commit's number, as this check saw it.
    var newestNumber: UInt64 = 0
    /// Whether something that was lost has been stored again.
    private(set) var hasGrafted = false
    /// Whether this repair has made another one possible or needful.
    private(set) var isToBeContinued = false
    var objectCount = 0
    var orphanCount = 0
    /// What is wrong with objects that nothing names, by key.
    private var orphanDamage: [String: String] = [:]
    private var checkedByteCount: UInt64 = 0
    var totalByteCount: UInt64?

    init(
        _ backend: any BoardBackend, _ options: VerifyOptions, _ configuration: StoreConfiguration,
        _ progress: ProgressHandler?
    ) {
        self.backend = backend
        self.options = options
        self.configuration = configuration
        self.progress = progress
    }

    /// Checks everything, and mends what can be mended if that is asked for.
    func run() async throws(EngineError) -> VerifyReport {
        let config = try await checkConfig()
        let log = try await checkLog(config)
        newestNumber = log.newestNumber
        let store = Store(backend, config ?? Self.substitute(log), configuration)
        var state = try await checkTables(log, store)
        if state != nil { try await checkIndexes(&state) }
        try await checkSketches(log, store)
        try await checkPacks(store, state)
        try await checkParity(store, state)
        try await checkUnnamedSegments(log)
        if let state { try await checkVersions(store, state) }
        var isPutOff = false
        if let state, store.config.parityPercent != nil {
            var mender = ParityMender(self, store, state)
            try await mender.run(mends: options.repairs && config != nil)
            // The board is another one now: it is looked at again.
            if mender.hasCommitted {
                isToBeContinued = true
                return report()
            }
            isPutOff = mender.isPutOff
        }
        if options.repairs, let state, config != nil {
            hasGrafted = try await Grafter(self, store, state).graft()
            // The board is another one now: it is looked at again.
            if hasGrafted { return report() }
        }
        if options.repairs {
            try await Repairer(self, store, log).repair(config == nil ? nil : state)
            if let state, config != nil { try await restoreParity(store, state) }
            // With an index that is whole again, parity can mend the packs.
            isToBeContinued = isPutOff && newestNumber > log.newestNumber
        }
        return report()
    }

    /// Whether commits were made since the check began.
    func hasBoardChanged() async throws(EngineError) -> Bool {
        try await CommitLog(backend: backend).exists(newestNumber &+ 1)
    }

    /// A configuration for looking at a board that has lost its own.
    private static func substitute(_ log: LogState) -> BoardConfig {
        let id = log.newest?.record.boardID ?? [UInt8](repeating: 0, count: 16)
        return BoardConfig(boardID: id, producer: "")
    }

    // MARK: - Findings

    /// Notes what is wrong with an object.
    func note(
        _ object: String, _ what: String, _ cause: Finding.Cause = .other,
        versions: some Sequence<Version> = []
    ) {
        var finding = findings[object] ?? Finding()
        finding.causes.insert(cause)
        if !finding.what.contains(what) { finding.what.append(what) }
        finding.versions.formUnion(versions)
        findings[object] = finding
    }

    /// Notes what makes the whole board unreadable.
    func noteFatal(_ object: String, _ what: String, _ cause: Finding.Cause = .other) {
        note(object, what, cause)
        findings[object]?.hurtsAll = true
    }

    /// Notes what is wrong with an object that nothing names: it can hurt nobody.
    func noteOrphan(_ object: String, _ what: String) {
        if !Check.verifyOrphans.isOff { orphanDamage[object] = what }
    }

    private func report() -> VerifyReport {
        var report = VerifyReport()
        report.objectCount = objectCount
        report.checkedByteCount = checkedByteCount
        report.orphanCount = orphanCount
        report.damagedOrphans = orphanDamage.sorted { $0.key < $1.key }.map { object, what in
            VerifyProblem(object: object, what: what, versions: [])
        }
        report.problems = findings.sorted { $0.key < $1.key }.map { object, finding in
            let versions = finding.hurtsAll ? finding.versions.union(known) : finding.versions
            var problem = VerifyProblem(
                object: object, what: finding.what.joined(separator: "; "),
                versions: versions.sorted())
            problem.damage = finding.damage
            problem.isRepaired = finding.isRepaired
            return problem
        }
        return report
    }

    // MARK: - Reading

    /// Counts bytes that were looked at.
    func advance(_ byteCount: Int) {
        checkedByteCount += UInt64(byteCount)
        progress?(Progress(phase: .verifying, done: checkedByteCount, total: totalByteCount))
    }

    /// Throws if the task was cancelled.
    func checkCancellation() throws(EngineError) {
        if Task.isCancelled { throw EngineError(.cancelled, "the operation was interrupted") }
    }

    /// What a failed read says about the object itself.
    ///
    /// - Throws: the error where it says nothing about the object: then nothing can be said about
    ///   the board.
    static func damage(_ error: BackendError) throws(EngineError) -> String {
        switch error.code {
        case .notFound: return "it is missing"
        case .rangeNotSatisfiable, .tooLarge: return "it is not of the size it must be"
        case .ioError, .notADirectory: return "it cannot be read: \(error.message)"
        default: throw EngineError(error)
        }
    }

    /// Whether bytes end with the digest of what stands before it.
    static func isSealed(_ bytes: [UInt8]) -> Bool {
        let end = bytes.count - Prologue.sealByteCount
        guard end >= Prologue.byteCount else { return false }
        return Checksums.standard.sha256(bytes, 0..<end) == Digest(bytes: bytes, at: end)
    }

    /// An object that is not as FORMAT.md says: damaged, or of a newer program if its seal holds.
    static func damage(_ error: FormatError, isGenuine: Bool, _ key: ObjectKey) throws(EngineError)
        -> String
    {
        let isNewer = error.code == .unsupportedEpoch || error.code == .unsupportedFeature
        if isNewer, isGenuine { throw EngineError(error, object: key.description) }
        return "it is damaged: \(error)"
    }

    /// All objects whose keys begin with a prefix; none where the backend cannot list.
    func list(_ prefix: String) async throws(EngineError) -> [ObjectStat] {
        guard backend.capabilities.list else { return [] }
        do throws(BackendError) {
            return try await backend.listAll(prefix: prefix)
        } catch {
            throw EngineError(error)
        }
    }
}

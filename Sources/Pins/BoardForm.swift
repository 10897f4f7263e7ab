public import PinEngine
public import PinFormat
public import PinStorage

/// What a kind of board does: the seam below ``Board``.
///
/// A board of the engine, one in the layout of pins for Python and R, and one on a server are forms
/// with one behaviour: `Board` is written against this protocol alone, and one suite of tests runs
/// over every form. What differs by nature is in the answers, not in the calls: a number that a
/// form does not know is `nil`, and an operation it does not have is an ``EngineError/Code/usage``.
///
/// Calls may come from many tasks at once, and other programs may change the board between them.
public protocol BoardForm: Sendable {
    /// What the layout is called: `engine`, `plain`, `connect`.
    var layout: String { get }

    /// All pins, ascending by the bytes of their names.
    func pins() async throws(EngineError) -> [PinSummary]

    /// The versions of a pin, oldest first.
    ///
    /// - Throws: ``EngineError/Code/notFound`` if there is no such pin.
    func versions(of pin: String) async throws(EngineError) -> [VersionInfo]

    /// Opens a version for reading.
    ///
    /// - Throws: ``EngineError/Code/notFound``, ``EngineError/Code/usage`` for an ambiguous prefix.
    func version(
        of pin: String, _ selector: VersionSelector
    ) async throws(EngineError) -> PinVersion

    /// What reading files of a version will move, from opening the board on; `nil` where it is not
    /// known. Reads nothing of the files.
    ///
    /// - Parameters:
    ///   - files: Read one after the other.
    ///   - range: Which bytes of each, cut to its end; `nil` is all.
    func trafficOfReading(
        _ files: [PinFile], of version: PinVersion, range: Range<UInt64>?
    ) async throws(EngineError) -> Traffic?

    /// Writes a new version; streams, in bounded memory. Nothing that stood before is removed
    /// before the new version is durable.
    func write(
        _ request: WriteRequest, progress: ProgressHandler?
    ) async throws(EngineError) -> WrittenVersion

    /// Writes a version with the content of the latest one and other metadata; stores no data
    /// again where the place can do without.
    func edit(
        _ pin: String,
        _ change: @escaping @Sendable (inout VersionMetadata) throws(EngineError) -> Void
    ) async throws(EngineError) -> WrittenVersion

    /// Takes over a version of a board of any form: its content as it is, with the pin's name,
    /// metadata and name of version that `request` has; files of `request` are not looked at.
    ///
    /// The name of the version is kept where it sorts after the latest one, and where the layout
    /// allows it. A form whose ``VersionOrigin`` stands in the metadata restores what it had
    /// recorded, in every field. Always makes a version, also one that equals the latest.
    ///
    /// - Throws: ``EngineError/Code/corrupt`` if the content is not what the other board recorded.
    func copy(
        _ version: PinVersion, _ request: WriteRequest, progress: ProgressHandler?
    ) async throws(EngineError) -> WrittenVersion

    /// Removes one version, or the pin with all of them (`nil`).
    ///
    /// - Returns: The names of the versions that were removed.
    func delete(
        _ pin: String, _ selector: VersionSelector?
    ) async throws(EngineError) -> [String]

    /// Removes old versions, never the latest.
    ///
    /// - Parameter rule: Given all versions, oldest first, says which go.
    /// - Returns: The names of the versions that were removed, or would be.
    func prune(
        _ pin: String, isDryRun: Bool,
        _ rule: @escaping @Sendable ([VersionInfo]) -> [VersionInfo]
    ) async throws(EngineError) -> [String]

    /// Points a label at a version, or takes it away (`nil`).
    ///
    /// - Returns: The version the label points at, or did.
    func setLabel(
        _ label: String, of pin: String, to selector: VersionSelector?
    ) async throws(EngineError) -> String

    /// Which bytes of a version another one does not have.
    func changes(
        in new: PinVersion, since old: PinVersion
    ) async throws(EngineError) -> VersionDiff

    /// Sizes of the board or of one pin.
    func statistics(of pin: String?) async throws(EngineError) -> BoardStatistics

    /// Checks the board.
    func verify(
        _ options: VerifyOptions, progress: ProgressHandler?
    ) async throws(EngineError) -> VerifyReport

    /// Gives space back that no version needs.
    func collect(
        _ options: CollectionOptions, progress: ProgressHandler?
    ) async throws(EngineError) -> CollectionReport
}

extension BoardForm {
    public func trafficOfReading(
        _ files: [PinFile], of version: PinVersion, range: Range<UInt64>?
    ) async throws(EngineError) -> Traffic? { nil }

    /// Reads the files of the version, verified, and writes them.
    public func copy(
        _ version: PinVersion, _ request: WriteRequest, progress: ProgressHandler?
    ) async throws(EngineError) -> WrittenVersion {
        var request = request
        request.files = version.inputFiles
        request.forcesIdentical = true
        return try await write(request, progress: progress)
    }
}

public import PinEngine

/// The list of pins and versions from which `board_url` of pins for R reads a board that is served
/// as files.
public struct BoardManifest: Sendable, Hashable {
    /// Its name beside the pins.
    public static var fileName: String { PlainNames.manifest }

    /// The file: YAML, each pin with the folders of its versions, oldest first.
    public let bytes: [UInt8]
    /// The pins it lists.
    public let pinCount: Int
    /// The versions it lists.
    public let versionCount: Int

    /// Writes it to a file of this machine, which is replaced only when all is written.
    ///
    /// - Throws: ``EngineError/Code/ioError`` and others that name the path.
    public func write(to path: String) throws(EngineError) {
        let output = try OutputFile(path)
        do throws(EngineError) {
            try unsafe output.write(bytes.span.bytes, at: 0)
            try output.publish()
        } catch {
            output.abandon()
            throw error
        }
    }
}

extension Board {
    /// The manifest of a plain board as it is now.
    ///
    /// - Throws: ``EngineError/Code/usage`` on boards of other layouts.
    /// - Complexity: O(*n*) in the number of versions, whose folders are listed.
    public func manifest() async throws(EngineError) -> BoardManifest {
        try await plain().manifest()
    }

    /// Writes `_pins.yaml` beside the pins, as `write_board_manifest` of R does. Boards do not read
    /// it back: it says what was there when it was written.
    ///
    /// - Returns: What was written.
    /// - Throws: ``EngineError/Code/usage`` on boards of other layouts,
    ///   ``EngineError/Code/cannotCreate`` on those that cannot be written.
    @discardableResult
    public func writeManifest() async throws(EngineError) -> BoardManifest {
        try await plain().writeManifest()
    }

    private func plain() throws(EngineError) -> PlainBoard {
        if let plain = form as? PlainBoard { return plain }
        if let remote = form as? RemotePlainBoard { return remote.base }
        throw EngineError(
            .usage, "'\(location)' is no plain board, and pins for R could not read it",
            object: location)
    }
}

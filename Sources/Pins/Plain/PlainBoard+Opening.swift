internal import PinEngine
internal import PinFormat
internal import PinStorage

/// Opening and making plain boards in folders.
extension PlainBoard {
    /// Makes a plain board: an empty folder, for the layout has no file of its own.
    ///
    /// - Throws: ``EngineError/Code/cannotCreate`` if the folder holds anything.
    static func create(inFolder path: String) async throws(EngineError) -> PlainBoard {
        let folder = PlainFolder(path)
        return try await runBlocking { () async throws(EngineError) in
            try await folder.create()
            guard try folder.list(folder.path)?.isEmpty ?? true else {
                throw EngineError(
                    .cannotCreate,
                    "'\(path)' is not empty; a new board needs an empty or new folder", object: path
                )
            }
            return PlainBoard(folder)
        }
    }

    /// The plain board of a location, if it is one: because the location says so, or because the
    /// folder holds one.
    ///
    /// - Throws: ``EngineError/Code/notFound`` if the location says so and there is no folder,
    ///   ``EngineError/Code/usage`` if a board of the engine is in it.
    static func find(_ location: BoardLocation) async throws(EngineError) -> PlainBoard? {
        switch location.kind {
        case .unsupported: return nil
        case .folder(let path):
            let folder = PlainFolder(path)
            return try await runBlocking { () async throws(EngineError) in
                try await folder.looksPlain() ? PlainBoard(folder) : nil
            }
        case .plainFolder(let path):
            let folder = PlainFolder(path)
            return try await runBlocking { () async throws(EngineError) in
                guard try await folder.exists() else {
                    throw EngineError(
                        .notFound, "there is no board '\(path)'; 'pins init' makes one",
                        object: location.text)
                }
                guard try !folder.isEngineBoard() else {
                    throw EngineError(
                        .usage, "'\(path)' is not a plain board: leave out 'plain:'", object: path)
                }
                return PlainBoard(folder)
            }
        }
    }
}

extension PlainFolder {
    /// How many folders are looked into before a folder is taken for no plain board.
    private static let attemptCountMax = 1_000

    /// Whether the folder is a board of the engine: its `config` begins as every object does that
    /// the engine makes (FORMAT.md §2.5).
    fileprivate func isEngineBoard() throws(EngineError) -> Bool {
        guard try status("\(path)/config", followingLinks: false)?.kind == .file,
            let file = try? OwnedFile.openForReading("\(path)/config", of: fileSystem)
        else { return false }
        let magic = ObjectKind.config.magic
        var bytes = [UInt8](repeating: 0, count: magic.count)
        _ = unsafe bytes.withUnsafeMutableBytes { buffer in
            try? unsafe file.read(at: 0, into: buffer)
        }
        return bytes == magic
    }

    /// Whether the folder holds a plain board: R's manifest, or a pin with a version in it.
    fileprivate func looksPlain() async throws(EngineError) -> Bool {
        guard try status(path, followingLinks: true)?.kind == .directory,
            try !isEngineBoard()
        else { return false }
        if try status("\(path)/\(PlainNames.manifest)", followingLinks: true)?.kind == .file {
            return true
        }
        var attempts = 0
        for pin in try await pins() where PlainNames.isPin(pin) {
            for version in try await versions(of: pin) {
                let text = "\(folder(PlainPlace(pin, version)))/\(PlainMetadata.fileName)"
                if try status(text, followingLinks: true)?.kind == .file { return true }
                attempts += 1
                if attempts > Self.attemptCountMax { return false }
            }
        }
        return false
    }
}

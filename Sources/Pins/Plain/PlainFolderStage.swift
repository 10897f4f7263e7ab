internal import PinEngine
internal import PinFormat
internal import PinStorage
internal import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A version of a plain board that is being made in the staging place: every file is brought to the
/// medium, then the folder, and then it is renamed to where readers look. A first version takes its
/// pin's folder along, so that no reader sees a pin without versions.
final class PlainFolderStage: PlainStage {
    private let pin: String
    private let claim: PlainClaim
    private let fileSystem: any FileSystem
    private let state: Mutex<State>

    private struct State {
        /// The folder's name now: that of the version, once it has one.
        var name = "new"
        /// Folders inside of the version, in the order in which they were made.
        var folders: [String] = []
        var metadata: [UInt8]?
    }

    init(_ pin: String, _ claim: PlainClaim) throws(EngineError) {
        self.pin = pin
        self.claim = claim
        fileSystem = claim.staging.board.fileSystem
        state = Mutex(State())
        do throws(SystemError) {
            try fileSystem.makeDirectory(pinFolder)
            try fileSystem.makeDirectory(folder)
        } catch {
            claim.remove()
            throw EngineError.plain(error, claim.folder)
        }
    }

    private var pinFolder: String { "\(claim.folder)/\(pin)" }
    private var folder: String { "\(pinFolder)/\(state.withLock { $0.name })" }

    // MARK: - Files

    func write(
        _ path: String, _ next: () async throws(EngineError) -> [UInt8]?
    ) async throws(EngineError) {
        let file = try create(path)
        var offset = 0
        while let piece = try await next() {
            do throws(SystemError) { try file.write(piece, at: offset) } catch {
                throw EngineError.plain(error, path)
            }
            offset += piece.count
        }
        do throws(SystemError) {
            if !Check.plainSyncFile.isOff { try file.synchronize() }
            try file.close()
        } catch {
            throw EngineError.plain(error, path)
        }
    }

    func take(_ path: String, from place: PlainPlace) async throws(EngineError) -> UInt64 {
        let source = try await claim.staging.board.open(path, of: place)
        try makeFolders(of: path)
        let old = "\(claim.staging.board.folder(place))/\(path)"
        do throws(SystemError) {
            try uninterrupted { () throws(SystemError) in
                try fileSystem.link(old, to: "\(folder)/\(path)")
            }
            // Whoever wrote it may not have brought it to the medium.
            let file = try OwnedFile.openForReading("\(folder)/\(path)", of: fileSystem)
            if !Check.plainSyncTaken.isOff { try file.synchronize() }
            return 0
        } catch  where error.call == .link {
            // No links there, or no more of this file, or not of somebody else's: a copy will do.
        } catch {
            throw EngineError.plain(error, old)
        }
        var offset: UInt64 = 0
        try await write(path) { () async throws(EngineError) in
            let end = min(offset + UInt64(PlainBoard.pieceByteCount), source.status.byteCount)
            if offset == end { return nil }
            defer { offset = end }
            return try await source.read(offset..<end)
        }
        return offset
    }

    private func create(_ path: String) throws(EngineError) -> OwnedFile {
        try makeFolders(of: path)
        do throws(SystemError) {
            return try OwnedFile.createExclusive("\(folder)/\(path)", of: fileSystem)
        } catch {
            throw EngineError.plain(error, path)
        }
    }

    /// Makes the folders that a file is in.
    private func makeFolders(of path: String) throws(EngineError) {
        var inside = ""
        for component in Names.components(of: path).dropLast() {
            inside += inside.isEmpty ? String(component) : "/\(component)"
            if state.withLock({ $0.folders.contains(inside) }) { continue }
            do throws(SystemError) {
                try uninterrupted { () throws(SystemError) in
                    try fileSystem.makeDirectory("\(folder)/\(inside)")
                }
            } catch {
                throw EngineError.plain(error, path)
            }
            state.withLock { $0.folders.append(inside) }
        }
    }

    // MARK: - Publishing

    func publish(
        as version: String, metadata: [UInt8]
    ) async throws(EngineError) -> Bool {
        try await writeMetadata(metadata)
        let board = claim.staging.board
        do throws(SystemError) {
            try takeName(version)
            // Another writer may make the pin or remove it at any time.
            for _ in 0..<100 {
                do throws(SystemError) {
                    try rename(folder, to: board.folder(PlainPlace(pin, version)))
                    if !Check.plainSyncName.isOff {
                        try fileSystem.synchronizeDirectory(board.folder(pin))
                    }
                    // Whoever made the pin may not have come this far yet.
                    if !Check.plainSyncPinFolder.isOff {
                        try fileSystem.synchronizeDirectory(board.path)
                    }
                    claim.remove()
                    return true
                } catch  where error.isTaken {
                    return false
                } catch  where error.number == ENOENT {
                    // There is no such pin yet.
                }
                do throws(SystemError) {
                    try rename(pinFolder, to: board.folder(pin))
                    if !Check.plainSyncPin.isOff {
                        try fileSystem.synchronizeDirectory(board.path)
                    }
                    claim.remove()
                    return true
                } catch  where error.isTaken {
                    // There is one by now.
                }
            }
            throw SystemError(.rename, EBUSY)
        } catch {
            if error.number == EXDEV {
                throw EngineError(
                    .cannotCreate,
                    "'\(claim.folder)' and the board '\(board.path)' are on two file systems, so "
                        + "nothing can appear whole; mount the folder that the board is in",
                    object: board.path)
            }
            throw EngineError.plain(error, board.folder(PlainPlace(pin, version)))
        }
    }

    private func writeMetadata(_ metadata: [UInt8]) async throws(EngineError) {
        let known = state.withLock { $0.metadata }
        if known == metadata { return }
        let path = PlainMetadata.fileName
        if known != nil { try? fileSystem.unlink("\(folder)/\(path)") }
        var rest: [UInt8]? = metadata
        try await write(path) { () async throws(EngineError) in
            defer { rest = nil }
            return rest
        }
        state.withLock { $0.metadata = metadata }
        let folders = state.withLock { $0.folders }
        do throws(SystemError) {
            for inside in folders where !Check.plainSyncInside.isOff {
                try fileSystem.synchronizeDirectory("\(folder)/\(inside)")
            }
            if !Check.plainSyncVersion.isOff { try fileSystem.synchronizeDirectory(folder) }
        } catch {
            throw EngineError.plain(error, folder)
        }
    }

    /// Gives the staged folder the name that it will have.
    private func takeName(_ version: String) throws(SystemError) {
        guard state.withLock({ $0.name }) != version else { return }
        try fileSystem.rename(folder, to: "\(pinFolder)/\(version)")
        state.withLock { $0.name = version }
        if !Check.plainSyncStaged.isOff { try fileSystem.synchronizeDirectory(pinFolder) }
    }

    /// Renames a folder, never over one that holds something.
    private func rename(_ old: String, to new: String) throws(SystemError) {
        try uninterrupted { () throws(SystemError) in
            do throws(SystemError) {
                try fileSystem.renameExclusive(old, to: new)
            } catch  where error.isUnsupported {
                try fileSystem.rename(old, to: new)
            }
        }
    }

    func abandon() async {
        claim.remove()
        claim.staging.removeIfUnused()
    }
}

extension SystemError {
    /// Whether something has the new name.
    fileprivate var isTaken: Bool {
        (call == .rename || call == .renameExclusive)
            && (number == EEXIST || number == ENOTEMPTY || number == ENOTDIR)
    }
}

package import PinEngine
internal import PinFormat
package import PinStorage

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A plain board in a folder.
///
/// What it does not know is left alone: other tools write here as well. The board's own path, a
/// pin's folder and a version's folder may be symbolic links, files and folders inside of a version
/// may not. Calls block; run them inside ``runBlocking(on:_:)``.
package struct PlainFolder: PlainTree {
    /// The board's folder, without a slash at the end.
    package let path: String
    package let isReadOnly: Bool
    let fileSystem: any FileSystem
    let random: any RandomSource

    /// How deep folders may lie in each other inside of a version, and how many files it may have.
    private static let depthMax = 64
    private static let fileCountMax = 1_000_000

    /// A place in a folder. Touches nothing.
    package init(
        _ path: String, fileSystem: any FileSystem = PosixFileSystem(),
        random: any RandomSource = SystemRandom(), isReadOnly: Bool = false
    ) {
        var path = path.isEmpty ? "." : path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        self.path = path
        self.fileSystem = fileSystem
        self.random = random
        self.isReadOnly = isReadOnly
    }

    package var description: String { path }
    package var publishesWhole: Bool { true }

    // MARK: - Looking

    package func exists() async throws(EngineError) -> Bool {
        guard let status = try status(path, followingLinks: true) else { return false }
        guard status.kind == .directory else {
            throw EngineError(.notFound, "'\(path)' is not a folder", object: path)
        }
        return true
    }

    package func create() async throws(EngineError) {
        do throws(SystemError) {
            try uninterrupted { () throws(SystemError) in try fileSystem.makeDirectory(path) }
            if !Check.plainSyncBoard.isOff { try fileSystem.synchronizeDirectory(parent) }
        } catch {
            if error.number == EEXIST, try await exists() { return }
            throw EngineError(
                .cannotCreate, BackendError(error, path: path).message, object: path)
        }
    }

    package func pins() async throws(EngineError) -> [String] { try folders(in: path) }

    package func versions(of pin: String) async throws(EngineError) -> [String] {
        try folders(in: folder(pin))
    }

    /// The names of the folders in a folder, and of links to some; hidden ones are nobody's.
    private func folders(in folder: String) throws(EngineError) -> [String] {
        var names: [String] = []
        for entry in try list(folder) ?? [] where entry.isExact && !entry.name.hasPrefix(".") {
            switch entry.kind {
            case .directory: names.append(entry.name)
            case .file, .special: break
            case .symbolicLink, .unknown:
                let status = try status("\(folder)/\(entry.name)", followingLinks: true)
                if status?.kind == .directory { names.append(entry.name) }
            }
        }
        return names
    }

    package func files(of place: PlainPlace) async throws(EngineError) -> [PlainFileStatus] {
        var files: [PlainFileStatus] = []
        var folders = [(path: "", depth: 0)]
        while let (inside, depth) = folders.popLast() {
            let folder = inside.isEmpty ? self.folder(place) : "\(self.folder(place))/\(inside)"
            for entry in try list(folder) ?? []
            where entry.isExact && entry.name != PlainStaging.insideName {
                let name = inside.isEmpty ? entry.name : "\(inside)/\(entry.name)"
                guard let status = try status("\(folder)/\(entry.name)", followingLinks: false)
                else { continue }
                if status.kind == .directory, depth < Self.depthMax {
                    folders.append((name, depth + 1))
                } else if status.kind == .file {
                    files.append(PlainFileStatus(path: name, status))
                }
            }
            guard files.count + folders.count <= Self.fileCountMax else {
                throw EngineError(
                    .corrupt, "'\(folder)' has more than \(Self.fileCountMax) files", object: folder
                )
            }
        }
        return files
    }

    package func open(
        _ path: String, of place: PlainPlace
    ) async throws(EngineError) -> any PlainFile {
        // A link on the way would lead out of the version.
        var folder = self.folder(place)
        for component in Names.components(of: path).dropLast() {
            folder += "/\(component)"
            let status = try status(folder, followingLinks: false)
            guard status?.kind == .directory || status == nil else {
                throw EngineError(
                    .corrupt, "'\(folder)' is not a folder, or a link to one", object: folder)
            }
        }
        return try PlainFolderFile(path, at: "\(self.folder(place))/\(path)", fileSystem)
    }

    // MARK: - Paths and calls

    /// The folder that the board's folder is in. A link or `..` is followed: where it leads to is a
    /// place beside the board.
    var parent: String {
        let name = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path[$0...].dropFirst() }
        let isNamed = ![".", "..", ""].contains(String(name ?? path[...]))
        let status = try? fileSystem.status(path, followingLinks: false)
        guard isNamed, status?.kind != .symbolicLink else { return "\(path)/.." }
        guard let name else { return "." }
        let parent = path.utf8.dropLast(name.utf8.count + 1)
        return parent.isEmpty ? "/" : String(Substring(parent))
    }

    func folder(_ pin: String) -> String { path == "/" ? "/\(pin)" : "\(path)/\(pin)" }

    func folder(_ place: PlainPlace) -> String { "\(folder(place.pin))/\(place.version)" }

    /// The status of a name, or `nil` if nothing has it.
    func status(_ path: String, followingLinks: Bool) throws(EngineError) -> FileStatus? {
        do throws(SystemError) {
            return try uninterrupted { () throws(SystemError) in
                try fileSystem.status(path, followingLinks: followingLinks)
            }
        } catch {
            if error.number == ENOENT || error.number == ENOTDIR { return nil }
            throw EngineError.plain(error, path)
        }
    }

    /// What is in a folder, or in the folder that a link leads to; `nil` if it is not there.
    func list(_ folder: String) throws(EngineError) -> [DirectoryEntry]? {
        do throws(SystemError) {
            return try uninterrupted { () throws(SystemError) in
                // The dot is behind the link.
                try fileSystem.listDirectory("\(folder)/.")
            }
        } catch {
            if error.number == ENOENT || error.number == ENOTDIR { return nil }
            throw EngineError.plain(error, folder)
        }
    }
}

extension PlainFileStatus {
    init(path: String, _ status: FileStatus) {
        self.init(
            path: path, byteCount: UInt64(clamping: status.byteCount),
            file: .inode(status.inode, device: status.device),
            stamp: .milliseconds(status.modifiedMilliseconds))
    }
}

extension EngineError {
    /// A failed call on a file or folder of a plain board.
    static func plain(_ error: SystemError, _ path: String) -> EngineError {
        let failure = EngineError(BackendError(error, path: Names.printable(path)))
        return EngineError(failure.code, failure.message, object: path)
    }
}

internal import PinEngine
internal import PinFormat
internal import PinStorage

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Where versions are made, and where they go to be removed: a folder on the board's file system
/// that pins for Python and R do not look into.
///
/// Every entry of a board's folder is a pin to them, and every one of a pin's folder a version, so
/// it is a hidden folder beside the board. Where that cannot be, it is a hidden folder inside of a
/// version, whose other files neither asks for; and while the board has none, in the board itself.
///
/// It holds `lock`, and for each writer a folder and a file that the writer keeps locked: what has
/// no writer any more is removed by the next one. Clocks play no part. It goes away when it is
/// empty.
struct PlainStaging {
    /// Its name inside of a version or a board.
    static let insideName = ".pins-staging"
    private static let lockName = "lock"
    private static let ownerSuffix = ".owner"

    let board: PlainFolder
    let root: String

    private var fileSystem: any FileSystem { board.fileSystem }

    /// Finds or makes the place.
    ///
    /// - Parameter place: A version that is going to be removed, and cannot hold it.
    init(_ board: PlainFolder, avoiding place: PlainPlace? = nil) throws(EngineError) {
        self.board = board
        guard let status = try board.status(board.path, followingLinks: true),
            status.kind == .directory
        else { throw EngineError(.notFound, "there is no board '\(board.path)'") }
        let beside = "\(board.parent)/.pins-staging-\(status.inode)"
        if Self.make(beside, on: status.device, board.fileSystem) {
            root = beside
        } else if let inside = try Self.version(of: board, avoiding: place, status.device) {
            root = inside
        } else {
            root = "\(board.path)/\(Self.insideName)"
        }
    }

    /// A place that is known.
    init(_ board: PlainFolder, root: String) {
        self.board = board
        self.root = root
    }

    /// Makes the folder, and says whether it may be used.
    private static func make(
        _ folder: String, on device: UInt64, _ fileSystem: any FileSystem
    ) -> Bool {
        // Whether it could be made or was there: it must be a folder, and not behind a link.
        try? uninterrupted { () throws(SystemError) in try fileSystem.makeDirectory(folder) }
        guard let status = try? fileSystem.status(folder, followingLinks: false) else {
            return false
        }
        // One that a user who may write there made is of no use to one who may not.
        return status.kind == .directory && status.device == device
            && canWrite(in: folder, fileSystem)
    }

    private static func canWrite(in folder: String, _ fileSystem: any FileSystem) -> Bool {
        let name = "\(folder)/\(lockName)"
        if let file = try? OwnedFile.createExclusive(name, of: fileSystem) {
            try? file.close()
            return true
        }
        return (try? fileSystem.status(name, followingLinks: false)) != nil
    }

    private static func version(
        of board: PlainFolder, avoiding place: PlainPlace?, _ device: UInt64
    ) throws(EngineError) -> String? {
        for pin in try board.list(board.path) ?? []
        where pin.kind == .directory && !pin.name.hasPrefix(".") {
            for version in try board.list(board.folder(pin.name)) ?? []
            where version.kind == .directory && PlainPlace(pin.name, version.name) != place {
                let folder = board.folder(PlainPlace(pin.name, version.name))
                if make("\(folder)/\(insideName)", on: device, board.fileSystem) {
                    return "\(folder)/\(insideName)"
                }
            }
        }
        return nil
    }

    // MARK: - The lock of the board

    /// Waits for the lock; where there are no locks it is as if it were free.
    func lock() async throws(EngineError) -> PlainFolderLock {
        // Whoever has it lists, renames and synchronises; 30 seconds is a machine in trouble.
        for attempt in 0..<3_000 {
            do throws(SystemError) {
                if let lock = try tryLock() { return lock }
            } catch {
                throw EngineError.plain(error, root)
            }
            if Task.isCancelled { throw EngineError(.cancelled, "the write was interrupted") }
            try? await Task.sleep(nanoseconds: attempt < 20 ? 1_000_000 : 10_000_000)
        }
        throw EngineError(
            .tryAgain, "another program holds '\(root)/\(Self.lockName)'; try again",
            object: board.path)
    }

    /// One attempt; `nil` if somebody else has it or it went away meanwhile.
    private func tryLock() throws(SystemError) -> PlainFolderLock? {
        let path = "\(root)/\(Self.lockName)"
        do throws(SystemError) {
            try makeFolder(root)
            let file: OwnedFile
            do throws(SystemError) {
                file = try OwnedFile.createExclusive(path, of: fileSystem)
            } catch  where error.number == EEXIST {
                file = try OwnedFile.openForReading(path, of: fileSystem)
            }
            do throws(SystemError) {
                guard try file.lock() else { return nil }
            } catch {
                return PlainFolderLock(self, nil)
            }
            // The one who had it may have removed it, and there is a new one by now.
            let (mine, named) = (
                try file.status(), try fileSystem.status(path, followingLinks: false)
            )
            guard mine.inode == named.inode else { return nil }
            return PlainFolderLock(self, file)
        } catch  where error.number == ENOENT {
            return nil
        }
    }

    /// Removes the place if nobody needs it; the caller has the lock.
    func removeIfEmpty() {
        guard let entries = try? fileSystem.listDirectory(root),
            entries.allSatisfy({ $0.name == Self.lockName })
        else { return }
        try? fileSystem.unlink("\(root)/\(Self.lockName)")
        try? fileSystem.removeDirectory(root)
    }

    /// Removes the place if nobody needs it and nobody has the lock, who would do it.
    func removeIfUnused() {
        if let lock = try? tryLock() { lock.release() }
    }

    // MARK: - Claims

    /// A folder that is ours as long as the file is open.
    func claim() throws(EngineError) -> PlainClaim {
        do throws(SystemError) {
            for _ in 0..<100 {
                let name = Hex.encode(board.random.bytes(count: 8))
                let owner = "\(root)/\(name)\(Self.ownerSuffix)"
                do throws(SystemError) {
                    try makeFolder(root)
                    let file = try OwnedFile.createExclusive(owner, of: fileSystem)
                    // A cleaner may have come between; then it has the lock or the name is gone.
                    let isMine = (try? file.lock()) ?? true
                    let named = try fileSystem.status(owner, followingLinks: false)
                    guard isMine, try file.status().inode == named.inode else { continue }
                    try uninterrupted { () throws(SystemError) in
                        try fileSystem.makeDirectory("\(root)/\(name)")
                    }
                    return PlainClaim(self, folder: "\(root)/\(name)", owner: owner, file)
                } catch  where error.number == ENOENT || error.number == EEXIST {
                    continue
                }
            }
            throw SystemError(.createExclusive, EEXIST)
        } catch {
            throw EngineError.plain(error, root)
        }
    }

    /// Removes what writers left that are no more. What cannot be removed is harmless.
    func clean() {
        guard let entries = try? fileSystem.listDirectory(root) else { return }
        let names = Set(entries.map(\.name))
        for name in names where !name.hasSuffix(Self.ownerSuffix) && name != Self.lockName {
            let owner = name + Self.ownerSuffix
            guard names.contains(owner) else {
                // Its file goes last, so it was on its way out.
                removeTree("\(root)/\(name)")
                continue
            }
            removeAbandoned(name, owner: owner)
        }
        for owner in names where owner.hasSuffix(Self.ownerSuffix) {
            let name = String(owner.dropLast(Self.ownerSuffix.count))
            if !names.contains(name) { removeAbandoned(name, owner: owner) }
        }
    }

    private func removeAbandoned(_ name: String, owner: String) {
        guard let file = try? OwnedFile.openForReading("\(root)/\(owner)", of: fileSystem),
            (try? file.lock()) == true
        else { return }
        removeTree("\(root)/\(name)")
        try? fileSystem.unlink("\(root)/\(owner)")
    }

    /// Removes a folder with all there is in it, without following links.
    func removeTree(_ top: String) {
        guard !isPublished(top) else { return }
        var (open, done) = ([top], [String]())
        while let folder = open.popLast() {
            done.append(folder)
            for entry in (try? fileSystem.listDirectory(folder)) ?? [] {
                let path = "\(folder)/\(entry.name)"
                let kind =
                    entry.kind == .unknown
                    ? (try? fileSystem.status(path, followingLinks: false))?.kind : entry.kind
                if kind == .directory { open.append(path) } else { try? fileSystem.unlink(path) }
            }
        }
        for folder in done.reversed() { try? fileSystem.removeDirectory(folder) }
    }

    /// Whether a power cut left a staged folder under both of its names, as a file system without
    /// a journal may: then it is the board's.
    private func isPublished(_ top: String) -> Bool {
        func inode(_ path: String) -> UInt64? {
            (try? fileSystem.status(path, followingLinks: false))?.inode
        }
        for pin in (try? fileSystem.listDirectory(top)) ?? [] {
            let staged = "\(top)/\(pin.name)"
            if let mine = inode(staged), mine == inode(board.folder(pin.name)) { return true }
            for version in (try? fileSystem.listDirectory(staged)) ?? [] {
                let place = PlainPlace(pin.name, version.name)
                let mine = inode("\(staged)/\(version.name)")
                if mine != nil, mine == inode(board.folder(place)) { return true }
            }
        }
        return false
    }

    private func makeFolder(_ path: String) throws(SystemError) {
        do throws(SystemError) {
            try uninterrupted { () throws(SystemError) in try fileSystem.makeDirectory(path) }
        } catch  where error.number == EEXIST {
            return
        }
    }
}

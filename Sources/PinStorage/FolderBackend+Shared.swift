#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

internal import PinFormat

extension FolderBackend: SharedFolder {
    public func names(in folder: String) async throws(BackendError) -> [String] {
        guard try hasFolder(folder, key: nil, isForList: true) else {
            try checkFolderExists()
            return []
        }
        return try entries(of: folder, isStart: true).filter {
            $0.isExact && ($0.kind == .file || $0.kind == .unknown)
        }.map(\.name)
    }

    public func read(
        _ name: String, in folder: String, limit: Int
    ) async throws(BackendError) -> [UInt8] {
        let path = try path(of: name, in: folder)
        do throws(SystemError) {
            let file = try OwnedFile.openForReading(path, of: fileSystem)
            let status = try file.status()
            guard status.kind == .file, status.byteCount <= limit || Check.sharedLimit.isOff else {
                throw SystemError(.read, EFBIG)
            }
            return try unsafe byteArray(count: status.byteCount) { buffer throws(SystemError) in
                // What has been cut since is seen by whoever decodes it.
                let count = try unsafe file.read(at: 0, into: buffer)
                guard count == buffer.count else { throw SystemError(.read, EIO) }
            }
        } catch {
            throw BackendError(error, path: path)
        }
    }

    public func remove(_ name: String, in folder: String) async throws(BackendError) {
        if capabilities.readOnly {
            throw BackendError(.readOnly, "\(description) is opened for reading only")
        }
        let path = try path(of: name, in: folder)
        do throws(SystemError) {
            try uninterrupted { () throws(SystemError) in try fileSystem.unlink(path) }
        } catch {
            if error.number != ENOENT { throw BackendError(error, path: path) }
        }
        if !Check.syncRemoval.isOff { try synchronizeFolder(folder, key: nil) }
    }

    /// The path of a file, whose name leads nowhere else.
    private func path(of name: String, in folder: String) throws(BackendError) -> String {
        let isName =
            !name.isEmpty && !name.utf8.contains(UInt8(ascii: "/")) && !name.utf8.contains(0)
            && name != "." && name != ".." && (folder.isEmpty || ObjectKey.isValid(folder))
        guard isName || Check.sharedName.isOff else {
            throw BackendError(.invalidKey, "\(name.debugDescription) is no name of a file")
        }
        return absolute(folder.isEmpty ? name : "\(folder)/\(name)")
    }

    // MARK: - What a folder can do

    /// How many writers race for one name.
    private static let racerCount = 4

    /// Finds out whether the folder lets one of several writers win: some network drives can
    /// neither rename without replacing nor make hard links.
    ///
    /// Four writers race for a fresh name in `tmp/`, then a fifth comes late: exactly one may have
    /// it. What another machine sees meanwhile this cannot show.
    ///
    /// - Returns: Whether creation is exclusive.
    /// - Throws: What writing throws where the folder takes no files at all.
    public func probeExclusiveCreation() async throws(BackendError) -> Bool {
        let key: ObjectKey = "config"
        try prepare(key, byteCount: 1, durable: false)
        let target = absolute(
            "\(ObjectKey.reservedComponent)/probe-" + Hex.encode(random.bytes(count: 12)))
        defer { removeTemporary(target) }
        var outcomes = await withTaskGroup(of: Result<Bool, BackendError>.self) { group in
            for racer in 0..<Self.racerCount {
                group.addTask { self.creates(target, UInt8(racer), key) }
            }
            var outcomes: [Result<Bool, BackendError>] = []
            for await outcome in group { outcomes.append(outcome) }
            return outcomes
        }
        outcomes.append(creates(target, UInt8(Self.racerCount), key))
        var createdCount = 0
        for outcome in outcomes {
            switch outcome {
            case .success(true): createdCount += 1
            case .success(false): continue
            case .failure(let error) where Self.isIncapable(error): return false
            case .failure(let error): throw error
            }
        }
        return createdCount == 1 || Check.exclusionProof.isOff
    }

    /// Whether the error of giving a name says that the file system cannot do that.
    private static func isIncapable(_ error: BackendError) -> Bool {
        guard let cause = error.cause, cause.call == .link else { return false }
        return cause.isUnsupported || cause.number == EPERM || cause.number == EACCES
    }

    private func creates(
        _ target: String, _ content: UInt8, _ key: ObjectKey
    ) -> Result<Bool, BackendError> {
        do throws(BackendError) {
            let temporary = try writeTemporary([content], key: key, durable: false)
            do throws(SystemError) {
                return .success(try publishExclusively(temporary, as: target) != .exists)
            } catch {
                removeTemporary(temporary)
                if error.number == EEXIST { return .success(false) }
                throw BackendError(error, path: target)
            }
        } catch {
            return .failure(error)
        }
    }
}

public import PinEngine
internal import PinFormat
internal import PinStorage

// Versions of boards that are not of the engine, in an engine store.
extension BoardCache {
    /// A version of a remote board, from the cache where it is there, else fetched into it first.
    ///
    /// - Parameters:
    ///   - board: Its URL, without secrets; with `pin` and `version` it names the version, whose
    ///     content must never change.
    ///   - fetch: Gives the version's files, of all of which the caller compares what it knows of
    ///     them. Called again if the store turns out to be damaged.
    /// - Returns: The version; its metadata is that of the cache and means nothing, its `pinHash`
    ///   is the engine's.
    /// - Throws: What `fetch` and its sources throw; ``EngineError/Code/ioError`` if the cache
    ///   cannot be written. Reading from it throws ``EngineError/Code/tryAgain`` if it was damaged
    ///   or emptied in the meantime.
    public func version(
        identity: CacheIdentity, board: String, pin: String, version: String,
        fetch: @Sendable () async throws(EngineError) -> [InputFile]
    ) async throws(EngineError) -> PinVersion {
        let name = CacheName.of(board, pin, version)
        let marker = "\(place(identity).folder)/versions/\(name)"
        if let known = await self.known(name, identity), let found = await open(name, known) {
            touch(marker)
            return wrap(found, identity, pin, version)
        }
        let store = try await store(identity)
        let metadata = VersionMetadata(createdSeconds: 0, type: "file", title: "")
        var request = WriteRequest(pin: name, files: try await fetch(), metadata: metadata)
        request.forcesIdentical = true
        let written = try await store.write(request)
        await runBlocking {
            CacheFolder.makeFolders("\(self.place(identity).folder)/versions")
            CacheFolder.write(marker, name: name, Array("\(written.storedByteCount)".utf8))
            self.touch(marker)
        }
        add(Int(clamping: written.storedByteCount))
        guard let found = await open(name, store) else {
            throw EngineError(
                .tryAgain, "the cache in '\(settings.path)' was changed while it was used",
                object: settings.path)
        }
        await settle()
        return wrap(found, identity, pin, version)
    }

    private func wrap(
        _ reader: VersionReader, _ identity: CacheIdentity, _ pin: String, _ version: String
    ) -> PinVersion {
        var info = VersionInfo(reader.record, labels: [])
        (info.pin, info.version) = (pin, version)
        let content = CachedContent(EngineContent(reader)) { await self.reset(identity) }
        return PinVersion(info, reader.files.map { PinFile($0) }, content)
    }

    private func open(_ name: String, _ store: Store) async -> VersionReader? {
        try? await store.reader(of: name, .latest).reader
    }

    // MARK: - The store

    /// The identity's store if it is there and holds a version.
    private func known(_ name: String, _ identity: CacheIdentity) async -> Store? {
        let place = place(identity)
        if let store = place.store { return store }
        return await runBlocking {
            guard let store = try? await Store.open(on: FolderBackend(place.folder + "/store"))
            else { return nil }
            self.setStore(store, identity.folderName)
            return store
        }
    }

    /// The identity's store; a damaged one is replaced by an empty one.
    private func store(_ identity: CacheIdentity) async throws(EngineError) -> Store {
        if let store = await known("", identity), (try? await store.snapshot()) != nil {
            return store
        }
        let place = place(identity)
        await reset(identity)
        return try await runBlocking { () async throws(EngineError) in
            CacheFolder.makeFolders(place.folder)
            let backend = FolderBackend(place.folder + "/store")
            do throws(BackendError) {
                try await backend.createFolder()
            } catch {
                throw EngineError(error)
            }
            let store: Store
            do throws(EngineError) {
                // Level 1: what is here is read again, or thrown away.
                store = try await Store.create(on: backend, level: 1)
            } catch  where error.code == .cannotCreate {
                // Another process has just made it.
                store = try await Store.open(on: backend)
            }
            self.setStore(store, identity.folderName)
            return store
        }
    }

    /// Empties the store of an identity.
    func reset(_ identity: CacheIdentity) async {
        let place = place(identity)
        setStore(nil, identity.folderName)
        let folder = folder()
        await runBlocking {
            folder.removeTree(place.folder + "/store")
            folder.removeTree(place.folder + "/versions")
        }
    }

    // MARK: - Room

    /// What a version's marker says that it takes.
    static func storedByteCount(_ entry: CacheEntry) -> UInt64 {
        let text = CacheFolder.file(entry.path, name: entry.name)
        return text.flatMap { UInt64(String(decoding: $0, as: UTF8.self)) } ?? 0
    }

    func removeVersion(_ name: String, of identity: String) async {
        guard let store = await openStore(identity) else { return }
        _ = try? await store.delete(name, nil)
    }

    /// Gives back what no version needs: one run condemns, the next frees, safe beside others.
    func collect(_ identity: String) async {
        guard let store = await openStore(identity) else { return }
        var options = CollectionOptions()
        options.graceSeconds = 0
        for _ in 0..<2 { _ = try? await store.collect(options) }
    }

    private func openStore(_ identity: String) async -> Store? {
        let place = place(named: identity)
        if let store = place.store { return store }
        return await runBlocking {
            try? await Store.open(on: FolderBackend(place.folder + "/store"))
        }
    }
}

/// A cached version's content: damage of the cache is not damage of the board.
private struct CachedContent: BorrowedContent {
    private let base: EngineContent
    private let reset: @Sendable () async -> Void

    init(_ base: EngineContent, reset: @escaping @Sendable () async -> Void) {
        (self.base, self.reset) = (base, reset)
    }

    func lender(of file: PinFile) -> (any VersionContent, PinFile) { (base, file) }

    /// It was computed when the version was fetched, by this cache.
    func sha256(
        of file: PinFile, progress: ProgressHandler?
    ) async throws(EngineError) -> Digest {
        if let known = file.sha256 { return known }
        do throws(EngineError) {
            return try await base.sha256(of: file, progress: progress)
        } catch {
            throw await translated(error)
        }
    }

    func checkPinHash(progress: ProgressHandler?) async throws(EngineError) {
        try await base.checkPinHash(progress: progress)
    }

    func translated(_ error: EngineError) async -> EngineError {
        switch error.code {
        case .corrupt:
            // What is damaged would be found again by its digest: all of it goes.
            await reset()
            return EngineError(
                .tryAgain, "the local cache was damaged and has been emptied; try again",
                object: error.object)
        case .notFound:
            return EngineError(
                .tryAgain, "the local cache was emptied while it was read; try again",
                object: error.object)
        default: return error
        }
    }
}

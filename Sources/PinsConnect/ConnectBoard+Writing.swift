public import PinEngine
public import PinFormat
internal import PinStorage
public import Pins
internal import PinsHTTP
internal import Synchronization

/// Writing versions.
extension ConnectBoard {
    public func write(
        _ request: WriteRequest, progress: ProgressHandler?
    ) async throws(EngineError) -> WrittenVersion {
        let base = PlainMetadata.restored(request.metadata)?.metadata
        return try await write(request, base: base, progress: progress)
    }

    /// - Parameter base: What the version once had, or the version before it: what we do not know
    ///   of it is kept.
    private func write(
        _ request: WriteRequest, base: PlainMetadata?, progress: ProgressHandler?
    ) async throws(EngineError) -> WrittenVersion {
        let name = try ConnectName(request.pin)
        try ConnectRules.check(request)
        let vanityPath = try settings.vanityPath.map { (path) throws(EngineError) in
            try ConnectVanity.checked(path)
        }
        let target = try await target(name, request)
        let packed: Packed
        switch settings.bundle {
        case .plain: packed = try await pack(request, target, base, progress)
        case .engine: packed = try await packEngine(request, target, base, progress)
        }
        if let latest = target.latest, !request.forcesIdentical, packed.isSame(as: latest, request)
        {
            return WrittenVersion(
                info: info(latest.place, latest.metadata), files: latest.metadata.pinFiles,
                isUnchanged: true, storedByteCount: 0)
        }
        if request.isDryRun { return written(packed, target, version: "", request) }
        let written = try await publish(packed, target, request, progress)
        if let vanityPath { try await setVanity(vanityPath, ofWritten: written, target) }
        return written
    }

    // MARK: - Where to

    /// What stands on the server before a write.
    struct Target: Sendable {
        /// A version that was read.
        struct Latest: Sendable {
            let place: ConnectPlace
            let metadata: PlainMetadata
        }

        let me: ConnectModels.User
        /// `owner/name`.
        let pin: String
        let shortName: String
        let found: ConnectPin?
        let latest: Latest?
        /// For a write that replaces the only version.
        let replaced: ConnectModels.Number?
    }

    private func target(
        _ name: ConnectName, _ request: WriteRequest
    ) async throws(EngineError) -> Target {
        let me = try await me()
        guard let found = try await look(for: name) else {
            switch name {
            case .guid, .address: throw Self.noPin(name)
            case .own(let short):
                return Target(
                    me: me, pin: "\(me.username)/\(short)", shortName: short, found: nil,
                    latest: nil, replaced: nil)
            case .full(let owner, let short):
                guard owner == me.username else { throw foreign(owner, short, me) }
                return Target(
                    me: me, pin: "\(owner)/\(short)", shortName: short, found: nil, latest: nil,
                    replaced: nil)
            }
        }
        try checkMayChange(found, me)
        var replaced: ConnectModels.Number?
        if request.replacesOnlyVersion {
            let bundles = try await client.bundles(found.content.guid)
            guard bundles.count <= 1 else {
                throw EngineError(
                    .cannotCreate,
                    "Pin is versioned, but you have requested a write without versions. To "
                        + "un-version the pin '\(found.name)', you must delete it",
                    object: found.name)
            }
            replaced = bundles.first?.id
        }
        return Target(
            me: me, pin: found.name, shortName: found.content.name, found: found,
            latest: try await latest(of: found), replaced: replaced)
    }

    private func foreign(
        _ owner: String, _ name: String, _ me: ConnectModels.User
    ) -> EngineError {
        EngineError(
            .notPermitted,
            "You are connected as \(me.username), but you are trying to create a new piece of "
                + "content for another user (\(owner)/\(name)). \(owner) must create the content "
                + "before you can write to it; or write to '\(me.username)/\(name)'",
            object: "\(owner)/\(name)")
    }

    private func latest(of found: ConnectPin) async throws(EngineError) -> Target.Latest? {
        guard let active = found.content.bundle_id else { return nil }
        let place = found.place(active)
        do throws(EngineError) {
            return Target.Latest(place: place, metadata: try await metadata(of: place))
        } catch  where error.code == .notFound || error.code == .corrupt {
            // Something else than a pin, or damaged: whatever it is, the new version differs.
            return nil
        }
    }

    // MARK: - What

    /// A version as it is going to be sent.
    struct Packed: Sendable {
        let bundle: PackedBundle
        let metadata: PlainMetadata
        let files: [PackedFile]
        /// What an engine bundle is made of.
        var engine: WriteResult?

        /// Whether writing would change nothing: same content, same names, same metadata but for
        /// the time.
        func isSame(as latest: Target.Latest, _ request: WriteRequest) -> Bool {
            guard let recorded = latest.metadata.pinHash,
                latest.metadata.files.count == files.count
            else { return false }
            var hashes: [String] = []
            for path in latest.metadata.files {
                guard let file = files.first(where: { $0.path.utf8.elementsEqual(path.utf8) })
                else { return false }
                hashes.append(file.hash)
            }
            guard PlainHash.matches(recorded, hashes) else { return false }
            let mine = latest.metadata.versionMetadata(version: latest.place.bundle.text)
            var titled = request.metadata
            titled.title = metadata.title
            return mine.isSame(as: request.metadata) || mine.isSame(as: titled)
        }
    }

    private func pack(
        _ request: WriteRequest, _ target: Target, _ base: PlainMetadata?,
        _ progress: ProgressHandler?
    ) async throws(EngineError) -> Packed {
        let deflater = OrderedDeflater(
            level: settings.level, width: BlockingIOExecutor.shared.threadCount + 2)
        let seconds = request.metadata.createdSeconds
        let sizes = request.files.map(\.source.expectedByteCount)
        let total = sizes.contains(nil) ? nil : sizes.reduce(0) { $0 + ($1 ?? 0) }
        let budget = settings.packedByteCountMax
        return try await runBlocking { () async throws(EngineError) in
            var packer = BundlePacker(deflater: deflater, memoryByteCountMax: budget)
            var files: [PackedFile] = []
            var done: UInt64 = 0
            for input in request.files {
                let start = done
                let file = try await packer.add(
                    input, digestsFlat: request.computesFlatDigests, seconds: seconds,
                    keeping: extent(of: input, in: request)
                ) { count in
                    progress?(Progress(phase: .reading, done: start + count, total: total))
                }
                done += file.byteCount
                files.append(file)
            }
            let metadata = try PlainMetadata.make(
                pin: target.shortName, files: files.map(\.path), sizes: files.map(\.byteCount),
                hashes: files.map(\.hash), request.metadata, base: base)
            packer.add(PlainMetadata.fileName, metadata.encoded, seconds: seconds)
            packer.add(
                BundlePage.fileName, page(request, target, metadata, files).bytes, seconds: seconds)
            let names = files.map(\.path) + [PlainMetadata.fileName, BundlePage.fileName]
            packer.add(
                BundleManifest.fileName, BundleManifest.bytes(files: names), seconds: seconds)
            return Packed(bundle: packer.finish(), metadata: metadata, files: files)
        }
    }

    /// What is kept of a file for the page.
    func extent(of file: InputFile, in request: WriteRequest) -> FileEnds.Extent {
        guard settings.showsPreview, request.files.count == 1 else { return .none }
        return PreviewTable.extent(type: request.metadata.type, path: file.path)
    }

    func page(
        _ request: WriteRequest, _ target: Target, _ metadata: PlainMetadata, _ files: [PackedFile]
    ) -> BundlePage {
        var preview: PreviewTable?
        if settings.showsPreview, files.count == 1, let file = files.first {
            preview = PreviewTable(
                type: request.metadata.type, path: file.path, ends: file.ends)
        }
        return BundlePage(
            pin: target.pin, server: server.printable,
            metadata: metadata.versionMetadata(version: ""),
            pinHash: metadata.pinHash ?? "", files: files.map(\.file), metadataText: metadata.text,
            preview: preview, bundle: settings.bundle)
    }

    func written(
        _ packed: Packed, _ target: Target, version: String, _ request: WriteRequest
    ) -> WrittenVersion {
        let info = VersionInfo(
            pin: target.pin, version: version, pinHash: packed.metadata.pinHash ?? "",
            byteCount: packed.metadata.byteCount, fileCount: packed.files.count,
            metadata: packed.metadata.versionMetadata(version: version),
            parent: target.latest?.place.bundle.text, newByteCount: packed.bundle.byteCount)
        return WrittenVersion(
            info: info,
            files: packed.files.map(\.file).sorted {
                $0.path.utf8.lexicographicallyPrecedes($1.path.utf8)
            },
            isUnchanged: false, chunkCount: packed.engine?.chunkCount,
            newChunkCount: packed.engine?.newChunkCount,
            newByteCount: packed.engine?.newByteCount, storedByteCount: packed.bundle.byteCount)
    }

    // MARK: - Metadata alone

    /// Connect has no versions without data: the data goes up again, from the cache where it is.
    public func edit(
        _ pin: String,
        _ change: @escaping @Sendable (inout VersionMetadata) throws(EngineError) -> Void
    ) async throws(EngineError) -> WrittenVersion {
        let found = try await find(try ConnectName(pin))
        let latest = try await open(found, .latest, asked: pin)
        var metadata = latest.info.metadata
        try change(&metadata)
        do throws(FormatError) { try metadata.check() } catch {
            throw EngineError.usage(error, object: pin)
        }
        let before = latest.info.metadata
        if before.isSame(as: metadata), before.createdSeconds == metadata.createdSeconds {
            return WrittenVersion(
                info: latest.info, files: latest.files, isUnchanged: true, storedByteCount: 0)
        }
        var request = WriteRequest(
            pin: latest.info.pin, files: latest.inputFiles, metadata: metadata)
        request.forcesIdentical = true
        let base = try await self.metadata(
            of: found.place(try number(latest.info.version, of: found)))
        var board = self
        if base.engine != nil { board.settings.bundle = .engine }
        return try await board.write(request, base: base, progress: nil)
    }

    // MARK: - Copies

    /// What has no room in a plain bundle elsewhere has none here.
    public func copy(
        _ version: PinVersion, _ request: WriteRequest, progress: ProgressHandler?
    ) async throws(EngineError) -> WrittenVersion {
        var (board, request) = (self, request)
        request.files = version.inputFiles
        request.forcesIdentical = true
        if version.content is EngineBundleContent { board.settings.bundle = .engine }
        return try await board.write(request, progress: progress)
    }
}

extension VersionMetadata {
    /// Whether a person would see no difference but in the time.
    func isSame(as other: VersionMetadata) -> Bool {
        var (left, right) = (canonical, other.canonical)
        guard PlainMetadata.isSameJSON(left.userJSON, right.userJSON) else { return false }
        (left.userJSON, right.userJSON) = (nil, nil)
        (left.originJSON, right.originJSON) = (nil, nil)
        right.createdSeconds = left.createdSeconds
        return left == right
    }
}

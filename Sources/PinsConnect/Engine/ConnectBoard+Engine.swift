internal import PinEngine
internal import PinFormat
internal import PinStorage
internal import Pins
internal import PinsHTTP

/// Bundles that carry a board of the engine.
extension ConnectBoard {
    /// What the bundle's board may keep in memory: the engine needs the rest for itself.
    private static let stageByteCountMax = 16 << 20

    /// Makes a board with this one version, and a bundle around it.
    func packEngine(
        _ request: WriteRequest, _ target: Target, _ base: PlainMetadata?,
        _ progress: ProgressHandler?
    ) async throws(EngineError) -> Packed {
        let stage = BundleStage(
            memoryByteCountMax: min(settings.packedByteCountMax, Self.stageByteCountMax))
        let sources = request.files.map {
            ObservedSource($0.source, keeping: extent(of: $0, in: request))
        }
        var inner = WriteRequest(
            pin: target.pin,
            files: zip(request.files, sources).map { InputFile(path: $0.path, source: $1) },
            metadata: request.metadata)
        inner.computesFlatDigests = request.computesFlatDigests
        let result = try await Store.create(on: stage).write(inner, progress: progress)
        let files = zip(request.files, sources).map { input, source in
            let seen = source.seen
            let file = result.files.first { $0.path.utf8.elementsEqual(input.path.utf8) }
            return PackedFile(
                path: input.path, byteCount: seen.byteCount, hash: seen.hash, ends: seen.ends,
                file: PinFile(
                    path: input.path, byteCount: seen.byteCount, sha256: file?.flatDigest))
        }
        var metadata = try PlainMetadata.make(
            pin: target.shortName, files: files.map(\.path), sizes: files.map(\.byteCount),
            hashes: files.map(\.hash), request.metadata, base: base)
        metadata.engine = PlainEngineNote(
            directory: BundleDirectory.fileName, board: BundleDirectory.boardFolder,
            pinHash: result.version.pinHash.hex)
        let bundle = try await bundle(of: stage, request, target, metadata, files)
        return Packed(bundle: bundle, metadata: metadata, files: files, engine: result)
    }

    private func bundle(
        of stage: BundleStage, _ request: WriteRequest, _ target: Target,
        _ metadata: PlainMetadata, _ files: [PackedFile]
    ) async throws(EngineError) -> PackedBundle {
        guard let note = metadata.engine else { preconditionFailure("it is one of the engine") }
        let directory = try await BundleDirectory(of: stage)
            .encoded(pin: target.pin, server: server.printable)
        let text = metadata.encoded(note, directoryByteCount: UInt64(directory.count))
        let objects = stage.objects.map { (path: "\(note.board)/\($0.key)", object: $0.object) }
        let page = page(request, target, metadata, files).bytes
        let names =
            [PlainMetadata.fileName, BundlePage.fileName, note.directory] + objects.map(\.path)
        let seconds = request.metadata.createdSeconds
        var packer = BundlePacker(
            deflater: OrderedDeflater(level: settings.level, width: 1), memoryByteCountMax: 0)
        packer.add(PlainMetadata.fileName, text, seconds: seconds)
        packer.add(BundlePage.fileName, page, seconds: seconds)
        packer.add(note.directory, directory, seconds: seconds)
        packer.add(BundleManifest.fileName, BundleManifest.bytes(files: names), seconds: seconds)
        for (path, object) in objects { packer.add(path, object, seconds: seconds) }
        return packer.finish()
    }

    /// The directory of an engine bundle, which never changes.
    func directory(
        of place: ConnectPlace, _ note: PlainEngineNote
    ) async throws(EngineError) -> BundleDirectory {
        let name = cacheName(place, note.directory)
        if let bytes = await cache?.bytes(named: name, identity: identity),
            let directory = try? BundleDirectory(bytes, place)
        {
            return directory
        }
        var request = client.fileRequest(place.guid, place.bundle, note.directory)
        request.responseByteCountMax = BundleDirectory.byteCountMax
        let bytes = try await client.send(request, "read \(place.printable)").body
        let directory = try BundleDirectory(bytes, place)
        await cache?.keep(bytes, named: name, identity: identity)
        return directory
    }
}

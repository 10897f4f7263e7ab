package import PinEngine
package import PinFormat
internal import PinStorage

/// Writing versions.
extension PlainBoard {
    package func write(
        _ request: WriteRequest, progress: ProgressHandler?
    ) async throws(EngineError) -> WrittenVersion {
        try Self.check(request)
        if !request.isDryRun { try checkWritable() }
        return try await runBlocking { () async throws(EngineError) in
            try await checkReplacement(request, try await names(of: request.pin))
            if request.isDryRun {
                let stored = try await store(request, in: nil, progress)
                var result = try await commit(request, stored, nil, progress)
                let head =
                    result.storedByteCount - min(result.storedByteCount, result.info.byteCount)
                result.traffic =
                    result.isUnchanged
                    ? tree.traffic ?? Traffic(requestCount: nil)
                    : trafficOfWriting(stored.files.map(\.byteCount) + [head])
                return result
            }
            let stage = try await tree.stage(for: request.pin)
            do throws(EngineError) {
                let stored = try await store(request, in: stage, progress)
                let lock = try await tree.lock()
                defer { lock.release() }
                return try await commit(request, stored, stage, progress)
            } catch {
                await stage.abandon()
                throw error
            }
        }
    }

    func checkWritable() throws(EngineError) {
        guard !tree.isReadOnly else {
            throw EngineError(
                .cannotCreate, "the board '\(tree.description)' is read only",
                object: tree.description)
        }
    }

    private static func check(_ request: WriteRequest) throws(EngineError) {
        try PlainNames.checkPin(request.pin)
        try PlainNames.checkFiles(request.files.map(\.path), of: request.pin)
        do throws(FormatError) {
            try request.metadata.check()
        } catch {
            throw EngineError.usage(error, object: request.pin)
        }
    }

    /// Versions that another tool left half-written do not count, and stay.
    private func checkReplacement(
        _ request: WriteRequest, _ names: [String]
    ) async throws(EngineError) {
        guard request.replacesOnlyVersion, names.count > 1,
            try await wholeVersions(of: request.pin).count > 1
        else { return }
        throw EngineError(
            .cannotCreate,
            "Pin is versioned, but you have requested a write without versions. To un-version "
                + "the pin '\(request.pin)', you must delete it",
            object: request.pin)
    }

    // MARK: - Bytes

    /// What the files of a version turned out to be, in the order of the request.
    struct StoredFiles {
        var files: [PinFile] = []
        /// XXH64 of each.
        var hashes: [String] = []
    }

    private func store(
        _ request: WriteRequest, in stage: (any PlainStage)?, _ progress: ProgressHandler?
    ) async throws(EngineError) -> StoredFiles {
        let sizes = request.files.map(\.source.expectedByteCount)
        let total = sizes.contains(nil) ? nil : sizes.reduce(0) { $0 + ($1 ?? 0) }
        var stored = StoredFiles()
        var done: UInt64 = 0
        for file in request.files {
            let reader = PlainInput(
                try await file.source.open(), digestsFlat: request.computesFlatDigests,
                pieceByteCount: PlainBoard.pieceByteCount)
            let start = done
            func next() async throws(EngineError) -> [UInt8]? {
                try PlainContent.checkCancellation()
                let piece = try await reader.next()
                progress?(Progress(phase: .reading, done: start + reader.byteCount, total: total))
                return piece
            }
            if let stage {
                try await stage.write(file.path) { () async throws(EngineError) in
                    try await next()
                }
            } else {
                while try await next() != nil {}
            }
            let (hash, flat) = try await reader.finish()
            done += reader.byteCount
            stored.hashes.append(hash)
            stored.files.append(
                PinFile(path: file.path, byteCount: reader.byteCount, sha256: flat))
        }
        return stored
    }

    // MARK: - Commit

    /// Compares with the latest version, and publishes; the caller has the lock.
    private func commit(
        _ request: WriteRequest, _ stored: StoredFiles, _ stage: (any PlainStage)?,
        _ progress: ProgressHandler?
    ) async throws(EngineError) -> WrittenVersion {
        let byteCount = stored.files.reduce(0) { $0 + $1.byteCount }
        progress?(Progress(phase: .committing, done: byteCount, total: byteCount))
        let names = try await names(of: request.pin)
        try await checkReplacement(request, names)
        let latest = try await latest(of: request.pin)?.0
        let restored = PlainMetadata.restored(request.metadata)
        let metadata = try PlainMetadata.make(
            pin: request.pin, files: stored.files.map(\.path),
            sizes: stored.files.map(\.byteCount), hashes: stored.hashes, request.metadata,
            base: restored?.metadata)
        if let latest, !request.forcesIdentical,
            latest.isSame(as: metadata, request.metadata, stored)
        {
            await stage?.abandon()
            return WrittenVersion(
                info: latest.info(labels: []), files: latest.pinFiles, isUnchanged: true,
                storedByteCount: 0)
        }
        let wanted = [restored?.version, request.versionName].compactMap { $0 }
        let version = try await publish(
            stage, metadata, wanted: wanted, seconds: clock.secondsSince1970, after: names)
        if request.replacesOnlyVersion, let latest, stage != nil {
            try await tree.delete(latest.place)
        }
        return Self.written(
            PlainPlace(request.pin, version), metadata, stored.files, parent: latest,
            storedByteCount: byteCount + UInt64(metadata.encoded.count))
    }

    /// Publishes under a name that follows all others.
    ///
    /// - Parameter wanted: Names that are kept where they do, the best first.
    private func publish(
        _ stage: (any PlainStage)?, _ metadata: PlainMetadata, wanted: [String] = [],
        seconds: Int64, after names: [String]
    ) async throws(EngineError) -> String {
        var names = names
        for _ in 0..<1_000 {
            let version: String
            if let kept = wanted.first(where: { PlainNames.follows($0, names) }) {
                version = kept
            } else {
                version = try PlainNames.version(
                    seconds: seconds, pinHash: metadata.pinHash ?? "", after: names)
            }
            guard let stage else { return version }
            if try await stage.publish(as: version, metadata: metadata.encoded) { return version }
            // Another program took the name; the next one comes after it.
            names.append(version)
            names = names.sortedByBytes()
        }
        throw EngineError(
            .tryAgain, "other programs took every version's name; try again", object: nil)
    }

    private static func written(
        _ place: PlainPlace, _ metadata: PlainMetadata, _ files: [PinFile],
        parent: PlainVersion?, storedByteCount: UInt64
    ) -> WrittenVersion {
        let info = VersionInfo(
            pin: place.pin, version: place.version, pinHash: metadata.pinHash ?? "",
            byteCount: files.reduce(0) { $0 + $1.byteCount }, fileCount: files.count,
            metadata: metadata.versionMetadata(version: place.version),
            parent: parent?.place.version, newByteCount: storedByteCount)
        return WrittenVersion(
            info: info,
            files: files.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) },
            isUnchanged: false, storedByteCount: storedByteCount)
    }

    // MARK: - Metadata alone

    package func edit(
        _ pin: String,
        _ change: @escaping @Sendable (inout VersionMetadata) throws(EngineError) -> Void
    ) async throws(EngineError) -> WrittenVersion {
        try checkWritable()
        return try await runBlocking { () async throws(EngineError) in
            // Each turn means that another program wrote a version meanwhile.
            for _ in 0..<8 {
                guard let (latest, _) = try await latest(of: pin) else { throw Self.noPin(pin) }
                if let result = try await edit(latest, change) { return result }
            }
            throw EngineError(
                .tryAgain, "other programs keep writing pin '\(pin)'; try again", object: pin)
        }
    }

    /// One attempt; `nil` if the version is not the latest any more.
    private func edit(
        _ latest: PlainVersion,
        _ change: (inout VersionMetadata) throws(EngineError) -> Void
    ) async throws(EngineError) -> WrittenVersion? {
        let pin = latest.place.pin
        let before = latest.metadata.versionMetadata(version: latest.place.version)
        var after = before
        try change(&after)
        do throws(FormatError) { try after.check() } catch {
            throw EngineError.usage(error, object: pin)
        }
        if before.isSame(as: after) && before.createdSeconds == after.createdSeconds {
            return WrittenVersion(
                info: latest.info(labels: []), files: latest.pinFiles, isUnchanged: true,
                storedByteCount: 0)
        }
        // It is not any more what was copied.
        after.originJSON = nil
        // What is not what it was written as must not get a new name.
        let hashes = try await PlainContent(tree, latest, verified).verifiedHashes(nil)
        let metadata = try PlainMetadata.make(
            pin: pin, files: latest.files.map(\.path), sizes: latest.files.map(\.byteCount),
            hashes: hashes,
            after, base: latest.metadata)
        let stage = try await tree.stage(for: pin)
        do throws(EngineError) {
            var copied: UInt64 = 0
            for file in latest.files {
                copied += try await stage.take(file.path, from: latest.place)
            }
            let lock = try await tree.lock()
            defer { lock.release() }
            let names = try await names(of: pin)
            guard try await self.latest(of: pin)?.0.place == latest.place else {
                await stage.abandon()
                return nil
            }
            let version = try await publish(
                stage, metadata, seconds: clock.secondsSince1970, after: names)
            return Self.written(
                PlainPlace(pin, version), metadata, latest.pinFiles, parent: latest,
                storedByteCount: copied + UInt64(metadata.encoded.count))
        } catch {
            await stage.abandon()
            throw error
        }
    }
}

extension PlainVersion {
    /// Whether writing would change nothing: same content, same names, same metadata but for the
    /// time.
    fileprivate func isSame(
        as new: PlainMetadata, _ request: VersionMetadata, _ stored: PlainBoard.StoredFiles
    ) -> Bool {
        guard let recorded = metadata.pinHash, files.count == new.files.count else { return false }
        var hashes: [String] = []
        for file in files {
            let index = stored.files.firstIndex { $0.path.utf8.elementsEqual(file.path.utf8) }
            guard let index else { return false }
            hashes.append(stored.hashes[index])
        }
        guard PlainHash.matches(recorded, hashes) else { return false }
        let mine = metadata.versionMetadata(version: place.version)
        let titled = request.titled(pin: place.pin, files: new.files)
        return mine.isSame(as: request) || mine.isSame(as: titled)
    }
}

extension VersionMetadata {
    /// Whether a person would see no difference but in the time.
    fileprivate func isSame(as other: VersionMetadata) -> Bool {
        var (left, right) = (canonical, other.canonical)
        guard PlainMetadata.isSameJSON(left.userJSON, right.userJSON) else { return false }
        (left.userJSON, right.userJSON) = (nil, nil)
        (left.originJSON, right.originJSON) = (nil, nil)
        right.createdSeconds = left.createdSeconds
        return left == right
    }
}

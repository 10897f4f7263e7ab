public import PinEngine
internal import PinFormat
internal import PinStorage

/// Sizes and soundness.
extension Board {
    /// Sizes of the board or of one pin, and what deleting each version would free.
    public func statistics(_ pin: String? = nil) async throws(EngineError) -> BoardStatistics {
        try await form.statistics(of: pin)
    }

    /// Checks a board, also one that is too damaged to be opened.
    ///
    /// - Returns: What is wrong, and which versions it hurts.
    /// - Throws: ``EngineError/Code/notFound`` if there is no board, ``EngineError/Code/ioError``.
    public static func verify(
        _ location: String, _ options: VerifyOptions = VerifyOptions(),
        progress: ProgressHandler? = nil
    ) async throws(EngineError) -> VerifyReport {
        if let adapter = BoardAdapters.adapter(for: location) {
            return try await adapter.open(location).form.verify(options, progress: progress)
        }
        let place = try BoardLocation(location)
        if let plain = try await PlainBoard.find(place) {
            return try await plain.verify(options, progress: progress)
        }
        let backend = try place.backend()
        return try await runBlocking { () async throws(EngineError) in
            do throws(BackendError) {
                guard try await backend.folderExists() else {
                    throw BackendError(.notFound, "there is no board '\(location)'")
                }
            } catch  where error.code == .notFound || error.code == .notADirectory {
                throw EngineError(.notFound, error.message, object: location)
            } catch {
                throw EngineError(error)
            }
            // A repair commits, as the board's writers do.
            let store = options.repairs ? try? await Store.open(on: backend) : nil
            let isSingleWriter = store?.config.isSingleWriter == true
            return try await Store.verify(
                on: isSingleWriter ? try place.backend(hasAtomicCreate: false) : backend, options,
                progress: progress)
        }
    }
}

extension VerifyOptions {
    /// Adds a place where a repair looks for what a board has lost: an engine board, a file, or all
    /// files of a folder.
    ///
    /// - Throws: ``EngineError/Code/notFound`` if nothing is there, what opening the board throws.
    public mutating func addDonor(_ location: String) async throws(EngineError) {
        do throws(EngineError) {
            if let store = try await Board.open(location).store {
                donorBoards.append(store)
                return
            }
        } catch  where error.code == .notFound || error.code == .usage {
            // No board: files.
        }
        donorFiles += try InputTree.files(atPaths: [location], followingSymlinks: true)
            .map(\.source)
    }
}

public import PinStorage

/// Checking a board.
extension Store {
    /// How often a board that changes while it is checked is checked again.
    private static let verificationCountMax = 8

    /// Checks a board, also one that is too damaged to be opened.
    ///
    /// Others may write meanwhile: where something seems wrong and the board has changed, it is
    /// looked at again.
    ///
    /// - Returns: What is wrong, and which versions that hurts. Objects that nothing names are
    ///   counted; where they are damaged, that is told apart from what is wrong with the board.
    /// - Throws: ``EngineError/Code/notFound`` if there is no board,
    ///   ``EngineError/Code/needsNewer``,
    ///   ``EngineError/Code/cancelled``, what the backend throws where it cannot be reached.
    /// - Complexity: Without data O(*n*) in footers, nodes and rows; with data O(*n*) in all bytes.
    ///   Memory does not depend on the sizes of packs, but for a piece of one for each worker, and,
    ///   where packs have parity, for one that is damaged twice and its parity.
    public static func verify(
        on backend: any BoardBackend, _ options: VerifyOptions,
        configuration: StoreConfiguration = StoreConfiguration(), progress: ProgressHandler? = nil
    ) async throws(EngineError) -> VerifyReport {
        try await runBlocking { () async throws(EngineError) in
            var options = options
            // What earlier rounds have mended, by object.
            var mended: [String: VerifyProblem] = [:]
            let conflicts = try await conflicts(on: backend, options, configuration)
            for attempt in 1... {
                let verifier = Verifier(backend, options, configuration, progress)
                do throws(EngineError) {
                    var report = try await verifier.run()
                    if verifier.isToBeContinued, attempt < verificationCountMax {
                        for problem in report.problems where problem.isRepaired {
                            mended[problem.object] = problem
                        }
                        continue
                    }
                    report.add(mended)
                    if verifier.hasGrafted {
                        // Each donor is read once.
                        (options.donorBoards, options.donorFiles) = ([], [])
                        continue
                    }
                    report.problems += conflicts
                    if report.isSound, report.damagedOrphans.isEmpty { return report }
                    if !report.isSound {
                        report.unsettled = await unsettled(on: backend, configuration)
                    }
                    if attempt == verificationCountMax { return report }
                    if try await !verifier.hasBoardChanged() { return report }
                } catch  where error.code == .corrupt || error.code == .notFound {
                    guard attempt < verificationCountMax, verifier.newestNumber > 0,
                        try await verifier.hasBoardChanged()
                    else { throw error }
                }
            }
            preconditionFailure("the last attempt returns")
        }
    }

    /// Looks for commits in conflict, and merges them if that is asked for.
    private static func conflicts(
        on backend: any BoardBackend, _ options: VerifyOptions,
        _ configuration: StoreConfiguration
    ) async throws(EngineError) -> [VerifyProblem] {
        guard let folder = backend as? any SharedFolder,
            let store = try? await Store.open(on: backend, configuration: configuration)
        else { return [] }
        for _ in 0..<verificationCountMax {
            var merger = ConflictMerger(store, folder, repairs: options.repairs)
            do throws(EngineError) {
                return try await merger.run()
            } catch  where error.code == .tryAgain {
                continue
            } catch  where error.code == .corrupt || error.code == .incomplete {
                // The verification says what is wrong with the newest commit.
                return []
            }
        }
        throw EngineError(.tryAgain, "\(backend.description) changes faster than it can be merged")
    }

    /// What is still to arrive, if that is all that is wrong.
    private static func unsettled(
        on backend: any BoardBackend, _ configuration: StoreConfiguration
    ) async -> UnsettledState? {
        guard backend is any SharedFolder,
            let store = try? await Store.open(on: backend, configuration: configuration)
        else { return nil }
        return (try? await store.missingState()) ?? nil
    }
}

extension VerifyReport {
    /// Adds what was mended before. What is left of an object that was replaced hurts nobody.
    fileprivate mutating func add(_ mended: [String: VerifyProblem]) {
        problems.removeAll { $0.versions.isEmpty && mended[$0.object] != nil }
        let open = Set(problems.map(\.object))
        problems += mended.values.filter { !open.contains($0.object) }
        problems.sort { $0.object < $1.object }
    }
}

internal import PinFormat
internal import PinStorage
internal import PinTransforms

/// Merges what two writers committed under one number, in a folder that was synchronised later
/// (FORMAT.md §9.3).
///
/// Where two machines made `commits/N` apart from each other, the program that synchronises them
/// gives one of the two another name. A commit is known by what it says and not by its name: those
/// that the newest one does not descend from are branches. What only a branch has is added by a
/// commit of its own, upon the newest; then its files are put in order. Nothing is deleted by a
/// merge: neither a version, nor a label, nor a file whose commit is not in the newest state.
struct ConflictMerger {
    /// How many files of the log are looked at.
    private static let fileCountMax = 100_000

    let store: Store
    let folder: any SharedFolder
    let repairs: Bool

    /// A commit that stands in the log's folder.
    private struct Standing {
        let found: CommitLog.Found
        let bytes: [UInt8]
        var names: [String]
    }

    /// What a file of the log in conflict turned out to be.
    private var problems: [VerifyProblem] = []
    private var commits: [Digest: Standing] = [:]
    /// Names that are no numbers, and what they hold, if it is a commit.
    private var others: [String: Digest?] = [:]
    /// Branches whose state is in the newest one.
    private var settled: Set<Digest> = []

    init(_ store: Store, _ folder: any SharedFolder, repairs: Bool) {
        (self.store, self.folder, self.repairs) = (store, folder, repairs)
    }

    /// Looks at the log's folder, and merges if that is asked for.
    ///
    /// - Returns: One problem for each file in conflict; those that were merged count as mended.
    mutating func run() async throws(EngineError) -> [VerifyProblem] {
        if repairs { try await removeHints() }
        try await readCommits()
        guard !others.isEmpty else { return [] }
        guard var head = try await store.log.newest(known: nil) else { return unreadable() }
        settled = ancestors(of: head.digest)
        for branch in branches() {
            let work = BranchMerge(store, head, branch.found, fork: fork(of: branch.found))
            let outcome = try await work.merge(repairs: repairs)
            note(branch, outcome)
            guard repairs, outcome.isMerged else { continue }
            settled.formUnion(ancestors(of: branch.found.digest))
            guard let next = try await store.log.newest(known: nil) else { break }
            if next.digest != head.digest { try await include(next) }
            head = next
        }
        if repairs { try await putInOrder(head) }
        noteRest()
        return problems.sorted { $0.object < $1.object }
    }

    // MARK: - What there is

    private mutating func readCommits() async throws(EngineError) {
        do throws(BackendError) {
            let names = try await folder.names(in: "commits").filter { !$0.hasPrefix(".") }
            // Without any in conflict the log need not be read.
            guard names.contains(where: { Self.number($0) == nil }) else { return }
            for name in names.sorted().prefix(Self.fileCountMax) {
                let isOther = Self.number(name) == nil
                let bytes = try? await folder.read(
                    name, in: "commits", limit: Limits.commitByteCount)
                guard let bytes, let record = try? CommitRecord(bytes, .standard),
                    record.boardID == store.config.boardID || Check.mergedBoard.isOff,
                    isOther || record.sequence == Self.number(name)
                else {
                    if isOther { others[name] = .some(nil) }
                    continue
                }
                let digest = CommitLog.digest(of: bytes)
                if isOther { others[name] = digest }
                let found = CommitLog.Found(
                    record: record, digest: digest, byteCount: bytes.count)
                commits[digest, default: Standing(found: found, bytes: bytes, names: [])]
                    .names.append(name)
            }
        } catch {
            throw EngineError(error)
        }
    }

    /// Takes in the commit that a merge has made.
    private mutating func include(_ head: CommitLog.Found) async throws(EngineError) {
        let key = BoardKeys.commit(head.record.sequence)
        do throws(BackendError) {
            let bytes = try await store.backend.get(key, limit: Limits.commitByteCount)
            commits[head.digest] = Standing(
                found: head, bytes: bytes,
                names: [String(key.text.dropFirst(BoardKeys.commitPrefix.count))])
        } catch {
            throw EngineError(error)
        }
        settled.formUnion(ancestors(of: head.digest))
    }

    /// The number that a name is the key of.
    private static func number(_ name: String) -> UInt64? {
        name.utf8.count == 20 ? UInt64(name) : nil
    }

    /// A commit and those before it, as far as they stand here.
    private func ancestors(of digest: Digest) -> Set<Digest> {
        var found: Set<Digest> = []
        var next: Digest? = digest
        while let digest = next, found.insert(digest).inserted {
            next = commits[digest]?.found.record.previous
        }
        return found
    }

    /// The newest commits of branches: nothing that stands here follows them. Those that were
    /// pruned are none, unless a file of another name holds them.
    private func branches() -> [Standing] {
        let followed = Set(commits.values.map(\.found.record.previous))
        let isOther = Set(others.values.compactMap { $0 })
        let boundary =
            commits.values.filter { settled.contains($0.found.digest) }
            .map(\.found.record.logBoundary).max() ?? 0
        return commits.values.filter { standing in
            let digest = standing.found.digest
            guard !settled.contains(digest), !followed.contains(digest) else { return false }
            return isOther.contains(digest) || standing.found.record.sequence > boundary
        }.sorted {
            ($0.found.record.sequence, $0.found.digest) < (
                $1.found.record.sequence, $1.found.digest
            )
        }
    }

    /// The last commit that a branch has in common with the newest one.
    private func fork(of branch: CommitLog.Found) -> CommitLog.Found? {
        var next = branch.record.previous
        var steps = 0
        while let standing = commits[next], steps < Self.fileCountMax {
            if settled.contains(next) { return standing.found }
            next = standing.found.record.previous
            steps += 1
        }
        return nil
    }

    // MARK: - What is said

    private mutating func note(_ branch: Standing, _ outcome: BranchMerge.Outcome) {
        let mine = ancestors(of: branch.found.digest).subtracting(settled)
        let names = others.filter { $0.value.map(mine.contains) ?? false }.keys.sorted()
        let name = names.last ?? branch.names.min() ?? ""
        var problem = VerifyProblem(
            object: "commits/\(name)",
            what: "it holds what another writer committed as number "
                + "\(branch.found.record.sequence): \(outcome.text)",
            versions: outcome.isMerged || outcome.added.isEmpty ? [] : outcome.added)
        problem.isRepaired = repairs && outcome.isMerged
        problems.append(problem)
    }

    private mutating func noteRest() {
        let said = Set(problems.map(\.object))
        for (name, digest) in others.sorted(by: { $0.key < $1.key })
        where !said.contains("commits/\(name)") {
            let what: String
            switch digest {
            case nil: what = "it is no commit, or only a part of one; wait for it, or move it away"
            case .some(let digest) where settled.contains(digest):
                what = "it is a second copy of a commit that the newest state has"
            default: what = "it is of a branch that is not merged yet"
            }
            var problem = VerifyProblem(object: "commits/\(name)", what: what, versions: [])
            problem.isRepaired = repairs && digest.map(settled.contains) ?? false
            problems.append(problem)
        }
    }

    private func unreadable() -> [VerifyProblem] {
        others.keys.sorted().map {
            VerifyProblem(
                object: "commits/\($0)",
                what: "it is in conflict, and the log has no newest commit to merge it into",
                versions: [])
        }
    }

    // MARK: - Order

    /// Removes copies of `latest` in conflict: a hint, whose newest one is as good as any.
    private func removeHints() async throws(EngineError) {
        do throws(BackendError) {
            for name in try await folder.names(in: "")
            where name.hasPrefix(BoardKeys.latest.text) && name != BoardKeys.latest.text {
                let bytes = try? await folder.read(name, in: "", limit: 4_096)
                guard let bytes, (try? LatestRecord(bytes, .standard)) != nil else { continue }
                try await folder.remove(name, in: "")
            }
        } catch {
            throw EngineError(error)
        }
    }

    /// Gives the commits that the newest one descends from their names, and removes the files whose
    /// commits are in the newest state.
    private func putInOrder(_ head: CommitLog.Found) async throws(EngineError) {
        let chain = ancestors(of: head.digest)
        do throws(BackendError) {
            for (digest, standing) in commits where chain.contains(digest) {
                let key = BoardKeys.commit(standing.found.record.sequence)
                guard !standing.names.contains(where: { "commits/\($0)" == key.description })
                else { continue }
                // What stands in its place has been merged, or was waited for above.
                let inPlace = commits.values.first {
                    $0.names.contains { "commits/\($0)" == key.description }
                }
                if let inPlace, !settled.contains(inPlace.found.digest) { continue }
                _ = try await store.backend.put(key, standing.bytes, mode: .overwrite)
            }
            for (name, digest) in others {
                guard let digest, settled.contains(digest) else { continue }
                // A commit of the chain is removed only once its own name has it.
                if chain.contains(digest), let standing = commits[digest] {
                    let key = BoardKeys.commit(standing.found.record.sequence)
                    let bytes = try await store.backend.get(key, limit: Limits.commitByteCount)
                    guard bytes == standing.bytes else { continue }
                }
                try await folder.remove(name, in: "commits")
            }
        } catch {
            throw EngineError(error)
        }
    }
}

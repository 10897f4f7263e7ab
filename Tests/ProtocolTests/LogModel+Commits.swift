/// A commit of ``LogModel``: what its bytes say.
struct LogCommit: Hashable {
    static let none: UInt8 = 255
    /// Identities from here on are void commits, one a party.
    static let firstVoid: UInt8 = 64
    static let first = LogCommit(sequence: 0, previous: none, boundary: -1, versions: 0)
    static let nobody: UInt8 = 255

    var sequence: UInt8
    /// The identity (in the format: the digest) of the commit it was derived from.
    var previous: UInt8
    var boundary: Int8
    /// Two bits a writer: how often its version is listed.
    var versions: UInt8
    /// Whose it is: the random identity inside a commit.
    var author = nobody
}

extension LogCommit {
    /// A commit derived from `base`, whose identity is `id`, so far without a change.
    init(after id: UInt8, _ base: LogCommit) {
        self.init(
            sequence: base.sequence + 1, previous: id, boundary: base.boundary,
            versions: base.versions)
    }
}

extension LogModel.State {
    /// The commit of an identity, true or void.
    func commit(_ id: UInt8) -> LogCommit {
        guard id >= LogCommit.firstVoid else { return history[Int(id)] }
        let number = Int(id - LogCommit.firstVoid)
        guard let commit = parties[number / 2].voids[number % 2] else {
            preconditionFailure("a void commit stays known")
        }
        return commit
    }

    /// Stores a commit under its free number. It is part of the history if it follows the newest,
    /// else void.
    @discardableResult
    mutating func publish(_ commit: LogCommit, by party: Int?) -> UInt8 {
        var id = commit.sequence
        if commit.sequence == newest + 1 {
            if commit.previous != newest {
                fault = "commit \(commit.sequence) hides the history before it"
            }
            history.append(commit)
        } else if let party,
            commit.author == LogCommit.nobody || history[Int(commit.sequence)] != commit
        {
            // The very bytes of the true commit, sent again after it was pruned, are that commit.
            let number = Int(commit.author == LogCommit.nobody ? 0 : commit.author % 2)
            id = LogCommit.firstVoid + UInt8(2 * party + number)
            parties[party].voids[number] = commit
        }
        objects[Int(commit.sequence)] = id
        return id
    }
}

import PinTesting

/// What all workers have said: what was begun, and what was acknowledged.
struct KillLedger {
    struct Version: Hashable {
        let pin: String
        let name: String
    }

    /// Acknowledged versions, and what they say that they contain.
    private(set) var written: [Version: String] = [:]
    /// Titles of all writes that were begun, by pin.
    private(set) var begun: [String: Set<String>] = [:]
    private(set) var deleteBegun: Set<Version> = []
    private(set) var deleted: Set<Version> = []
    /// Versions that a reader had seen listed and did not find.
    private var missed: Set<Version> = []
    private(set) var writeCount = 0
    private(set) var deleteCount = 0
    private(set) var readCount = 0
    private(set) var collectionCount = 0
    /// What workers found wrong.
    private(set) var problems: [String] = []

    /// Notes a line.
    mutating func note(_ line: String) {
        let words = line.split(separator: " ", maxSplits: 3).map(String.init)
        func version() -> Version { Version(pin: words[1], name: words[2]) }
        switch (words.first, words.count) {
        case ("ready", _), ("trying", _): break
        case ("writing", 3...): begun[words[1], default: []].insert(words[2])
        case ("wrote", 4):
            writeCount += 1
            if written.updateValue(words[3], forKey: version()) != nil {
                problems.append("\(words[2]) of \(words[1]) was acknowledged twice")
            }
        case ("deleting", 3...): deleteBegun.insert(version())
        case ("deleted", 3...):
            deleteCount += 1
            deleted.insert(version())
        case ("read", 3...): readCount += 1
        case ("missed", 3...): missed.insert(version())
        case ("collected", _): collectionCount += 1
        case ("wrong", _): problems.append(line)
        default: problems.append("a worker said '\(line)'")
        }
    }

    /// Compares what is on the board with what was said.
    ///
    /// - Parameter found: Title and content of every version, `nil` where bytes are wrong.
    mutating func compare(_ found: [Version: String?]) {
        for (version, title) in written where !deleteBegun.contains(version) {
            switch found[version] {
            case .some(.some(title)): break
            case .some(.some(let other)):
                problems.append("\(version) says '\(other)' where '\(title)' was written")
            case .some(.none): problems.append("\(version) has wrong bytes")
            case .none: problems.append("\(version) is lost")
            }
        }
        var titles: [String: Set<String>] = [:]
        for (version, title) in found {
            guard let title else {
                problems.append("\(version) has wrong bytes")
                continue
            }
            if !titles[version.pin, default: []].insert(title).inserted {
                problems.append("the write '\(title)' is on the board twice")
            }
            if begun[version.pin]?.contains(title) != true {
                problems.append("\(version) was never written: '\(title)'")
            }
            if deleted.contains(version) {
                problems.append("\(version) was deleted, and is there")
            }
        }
        for version in missed where !deleteBegun.contains(version) {
            problems.append("\(version) was listed, could not be read, and nobody deletes it")
        }
    }

    /// Versions that must be there: acknowledged, and nobody has begun to delete them.
    var standingCount: Int { written.keys.count { !deleteBegun.contains($0) } }
}

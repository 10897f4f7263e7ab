/// All that the medium may hold after a power cut at one moment.
///
/// What was not brought to the medium is a list of choices that do not depend on each other: for
/// each directory which of its pending names took effect, for each file what became of each pending
/// write (kept, lost, cut at 512 bytes or at one byte, or a size that is there with bytes that are
/// zero or garbage). A rename ahead of the data is one of them. Files that only scratch folders
/// name decide nothing: what becomes of them is drawn, not enumerated.
struct CrashSpace: Sendable {
    /// Up to here all states are enumerated: the subsets of 12 pending operations.
    static let enumeratedCountMax = 1 << 12
    /// How many states are drawn of a larger space.
    static let sampleCount = 500

    /// What can become of a write that was not brought to the medium.
    private enum Fate: Int, CaseIterable {
        case lost, torn512, torn1, zeros, garbage, kept
    }

    /// What a directory may hold, and the files with pending writes that it would then name.
    private struct Outcome: Sendable {
        let names: [String: Int]
        let files: [(node: Int, writeCount: Int)]
        /// How many ways there are to have it; saturated.
        let count: Int

        init(_ names: [String: Int], _ disk: SimulatedDisk) {
            self.names = names
            files = names.values.sorted().compactMap { node in
                guard let count = disk[file: node]?.pending.count, count > 0 else { return nil }
                return (node, count)
            }
            count = files.reduce(1) { all, file in
                (0..<file.writeCount).reduce(all) { product, _ in
                    product.multipliedReportingOverflow(by: Fate.allCases.count).overflow
                        ? .max : product * Fate.allCases.count
                }
            }
        }
    }

    /// A directory, and what may become of it.
    private struct Choice: Sendable {
        let node: Int
        let outcomes: [Outcome]

        var count: Int {
            outcomes.reduce(0) { sum, each in
                sum.addingReportingOverflow(each.count).overflow ? .max : sum + each.count
            }
        }
    }

    private let disk: SimulatedDisk
    private let choices: [Choice]
    /// How many states there are; `Int.max` if too many to tell.
    let count: Int

    /// Whether all states are enumerated.
    var isEnumerated: Bool { count <= Self.enumeratedCountMax }

    /// How many states are to be tried.
    var stateCount: Int { isEnumerated ? count : Self.sampleCount }

    /// The states of a disk.
    ///
    /// - Parameter scratch: Paths of folders whose content means nothing.
    init(_ disk: SimulatedDisk, scratch: [String]) {
        self.disk = disk
        var ignored: [Int: Set<String>] = [:]
        for path in scratch {
            guard let slash = path.lastIndex(of: "/"),
                let parent = disk.node(of: String(path[..<slash]))
            else { continue }
            ignored[parent, default: []].insert(String(path[path.index(after: slash)...]))
        }
        var choices: [Choice] = []
        for node in Self.reachable(disk, ignored).sorted() {
            guard let directory = disk[directory: node] else { continue }
            let outcomes = Self.outcomes(directory, ignored[node] ?? []).map { Outcome($0, disk) }
            // Nothing is pending, here and in what it names.
            if outcomes.count == 1, outcomes[0].files.isEmpty { continue }
            choices.append(Choice(node: node, outcomes: outcomes))
        }
        self.choices = choices
        count = choices.reduce(1) { product, choice in
            let (next, overflow) = product.multipliedReportingOverflow(by: choice.count)
            return overflow ? .max : next
        }
    }

    /// The directories that some state may have, but for scratch and what only scratch names.
    private static func reachable(
        _ disk: SimulatedDisk, _ ignored: [Int: Set<String>]
    ) -> Set<Int> {
        var (found, open): (Set<Int>, [Int]) = ([SimulatedDisk.root], [SimulatedDisk.root])
        while let node = open.popLast() {
            guard let directory = disk[directory: node] else { continue }
            let changes = directory.doubtful + directory.pending
            let names =
                directory.live.map { ($0.key, $0.value) }
                + directory.durable.map { ($0.key, $0.value) }
                + changes.flatMap {
                    $0.names.compactMap { each in each.node.map { (each.name, $0) } }
                }
            for (name, next) in names where disk[directory: next] != nil {
                if ignored[node]?.contains(name) == true { continue }
                if found.insert(next).inserted { open.append(next) }
            }
        }
        return found
    }

    /// What a directory may hold: the result of every subset of its changes, each once; of more
    /// than can be enumerated, as many as there is room for. Two that differ in scratch names only
    /// are one.
    private static func outcomes(
        _ directory: SimulatedDisk.Directory, _ ignored: Set<String>
    ) -> [[String: Int]] {
        func mark(_ names: [String: Int]) -> [String: Int] {
            ignored.isEmpty ? names : names.filter { !ignored.contains($0.key) }
        }
        // Scratch folders are there as programs see them.
        var start = directory.durable
        for name in ignored { start[name] = directory.live[name] }
        var outcomes = [start]
        var seen: Set<[String: Int]> = [mark(start)]
        for change in directory.doubtful + directory.pending {
            for names in outcomes where outcomes.count <= enumeratedCountMax {
                var names = names
                names.apply(change)
                if seen.insert(mark(names)).inserted { outcomes.append(names) }
            }
        }
        return outcomes
    }

    /// One state.
    ///
    /// - Parameters:
    ///   - index: Below ``stateCount``. Beyond an enumerated space it is only a label.
    ///   - random: Decides what is drawn.
    func state(_ index: Int, _ random: SeededRandom) -> SimulatedDisk {
        var result = disk.afterCrash(.seeded, random.fork(1))
        var rest = index
        for choice in choices {
            var pick: Int
            if isEnumerated {
                pick = rest % choice.count
                rest /= choice.count
            } else {
                pick = -1
            }
            let outcome = Self.outcome(choice, &pick, random)
            var directory = SimulatedDisk.Directory()
            directory.durable = outcome.names
            directory.live = outcome.names
            result[directory: choice.node] = directory
            for file in outcome.files {
                let content = bytes(of: file.node, &pick, random)
                _ = result.withFile(file.node) {
                    $0.durable = content
                    $0.live = content
                    $0.pending = []
                }
            }
        }
        return result
    }

    /// The outcome that a number stands for, which then is that of the fates in it; any outcome if
    /// the number is negative.
    private static func outcome(
        _ choice: Choice, _ pick: inout Int, _ random: SeededRandom
    ) -> Outcome {
        guard pick >= 0 else { return choice.outcomes[random.below(choice.outcomes.count)] }
        for outcome in choice.outcomes {
            if pick < outcome.count { return outcome }
            pick -= outcome.count
        }
        preconditionFailure("a number is below the count of its choice")
    }

    /// The bytes of a file, by a number whose digits are the fates of its writes, or drawn if it is
    /// negative.
    private func bytes(of node: Int, _ pick: inout Int, _ random: SeededRandom) -> [UInt8] {
        guard let file = disk[file: node] else { return [] }
        let count = Fate.allCases.count
        var content = file.durable
        for write in file.pending {
            let fate = Fate.allCases[pick < 0 ? random.below(count) : pick % count]
            if pick >= 0 { pick /= count }
            switch fate {
            case .lost: break
            case .torn512: write.torn(at: 512, random).apply(to: &content)
            case .torn1: write.torn(at: 1, random).apply(to: &content)
            case .zeros: write.blank { 0 }.apply(to: &content)
            case .garbage: write.blank { UInt8(random.below(256)) }.apply(to: &content)
            case .kept: write.apply(to: &content)
            }
        }
        return content
    }

    /// A number that is the same for two disks on which the same files hold the same bytes, those
    /// of scratch folders left out.
    static func fingerprint(_ disk: SimulatedDisk, scratch: [String]) -> Int {
        let ignored = Set(scratch.compactMap { disk.node(of: $0) })
        var hasher = Hasher()
        var folders = [SimulatedDisk.root]
        while let folder = folders.popLast() {
            let names = disk[directory: folder]?.live ?? [:]
            for (name, node) in names.sorted(by: { $0.key < $1.key }) {
                hasher.combine(folder)
                hasher.combine(name)
                if let file = disk[file: node] {
                    hasher.combine(file.live.count)
                    unsafe file.live.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
                } else if !ignored.contains(node) {
                    folders.append(node)
                }
            }
        }
        return hasher.finalize()
    }
}

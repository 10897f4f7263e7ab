import PinFormat
import PinStorage
import PinTesting
import Testing

@testable import PinEngine

/// Goal: of two who wrote apart from each other neither loses. Method: simulated machines write,
/// label and delete without each other, a program brings their folders together and makes names of
/// its own where both have made one, and a repair merges.
@Suite struct ConflictTests {
    typealias Version = VerifyProblem.Version
    typealias Style = FolderSynchronizer.ConflictStyle

    /// Both machines have written upon the same state.
    static func diverged(
        seed: UInt64, _ style: Style = .dropbox, writes: (Int, Int) = (2, 2)
    ) async throws -> Replicas {
        let replicas = Replicas(seed: seed, style: style)
        _ = try await replicas.create()
        try await SharedFolderTests.fill(replicas, versions: 3)
        replicas.synchronizer.settle()
        for (side, count) in [writes.0, writes.1].enumerated() {
            for _ in 0..<count {
                try await replicas.write(
                    sampleBytes(20_000, replicas.random), to: "side-\(side)", on: side)
                try await replicas.write(
                    sampleBytes(9_000, replicas.random), to: "pin", on: side)
            }
        }
        replicas.synchronizer.settle()
        #expect(replicas.synchronizer.conflictCount > 0)
        return replicas
    }

    @Test(arguments: Style.allCases, [1, 2, 3] as [UInt64])
    func neitherWriterLoses(style: Style, seed: UInt64) async throws {
        let replicas = try await Self.diverged(seed: seed, style, writes: (2, Int(seed)))
        let notes = Notes()
        _ = try await replicas.open(0, notes).pins()
        #expect(notes.all.contains { !$0.conflicts.isEmpty }, "the conflict is told")
        let before = try await replicas.verify(0)
        #expect(!before.isSound)
        let report = try await replicas.verify(0, repairs: true)
        #expect(report.isSound, "\(report.summary)")
        #expect(report.problems.contains { $0.what.contains("versions") }, "\(report.summary)")
        replicas.synchronizer.settle()
        for side in 0..<2 {
            #expect(try await replicas.complaint(side) == nil)
            let left = replicas.disks[side].files.filter { $0.hasPrefix("/board/commits/") }
            #expect(left.allSatisfy { $0.utf8.count == "/board/commits/".utf8.count + 20 })
        }
        // A second time there is nothing to do.
        let files = replicas.disks[0].files.filter { !$0.contains("/tmp/") }
        #expect(try await replicas.verify(0, repairs: true).problems.isEmpty)
        #expect(replicas.disks[0].files.filter { !$0.contains("/tmp/") } == files)
    }

    /// Rounds of work on both sides, with repairs on either, lose nothing.
    @Test(arguments: isLong ? Array(11...70) : [11, 12, 13, 14] as [UInt64])
    func manyRoundsOnBothSidesLoseNothing(seed: UInt64) async throws {
        print("rounds of two machines, seed \(seed)")
        let random = SeededRandom(seed: seed).fork(3)
        let style = Style.allCases[random.below(Style.allCases.count)]
        let replicas = Replicas(seed: seed, style: style)
        _ = try await replicas.create()
        replicas.synchronizer.settle()
        for _ in 0..<4 {
            for side in 0..<2 {
                for _ in 0..<random.below(3) {
                    let pin = "pin-\(random.below(3))"
                    try await replicas.write(
                        sampleBytes(random.below(15_000), random), to: pin, on: side)
                }
            }
            replicas.synchronizer.settle()
            // Sometimes both merge before they see each other: then the merges are in conflict.
            let first = random.below(2)
            let sides = random.oneIn(2) ? [first, 1 - first] : [first]
            for side in sides {
                let report = try await replicas.verify(side, repairs: true)
                #expect(report.isSound, "seed \(seed): \(report.summary)")
            }
            replicas.synchronizer.settle()
            let report = try await replicas.verify(first, repairs: true)
            #expect(report.isSound, "seed \(seed): \(report.summary)")
            replicas.synchronizer.settle()
            #expect(
                replicas.disks[0].files.allSatisfy {
                    !$0.hasPrefix("/board/latest") || $0 == "/board/latest"
                })
            for side in 0..<2 {
                let complaint = try await replicas.complaint(side)
                #expect(complaint == nil, "seed \(seed), side \(side)")
            }
        }
    }

    /// Labels that one has moved follow; one that both moved stays as the newest state has it.
    /// Deletions of either are not undone, and delete nothing of the other.
    @Test func labelsAndDeletionsAreMergedByTheRule() async throws {
        let replicas = Replicas(seed: 20)
        _ = try await replicas.create()
        var names: [String] = []
        for number in 0..<4 {
            names.append(try await replicas.write([UInt8(number)], to: "pin", on: 0))
        }
        let store = try await replicas.open(0)
        for label in ["mine", "yours", "both", "still"] {
            _ = try await store.setLabel(label, of: "pin", to: .named(names[0]))
        }
        replicas.synchronizer.settle()
        let (one, other) = (try await replicas.open(0), try await replicas.open(1))
        _ = try await one.setLabel("mine", of: "pin", to: .named(names[1]))
        _ = try await one.setLabel("both", of: "pin", to: .named(names[1]))
        _ = try await one.delete("pin", .named(names[2]))
        _ = try await other.setLabel("yours", of: "pin", to: .named(names[3]))
        _ = try await other.setLabel("both", of: "pin", to: .named(names[3]))
        _ = try await other.setLabel("new", of: "pin", to: .named(names[3]))
        _ = try await other.delete("pin", .named(names[0]))
        replicas.synchronizer.settle()
        let report = try await replicas.verify(0, repairs: true)
        #expect(report.isSound, "\(report.summary)")
        #expect(report.problems.contains { $0.what.contains("pin both") }, "\(report.summary)")
        let merged = try await replicas.open(0)
        var labels: [String: String] = [:]
        var versions: Set<String> = []
        for version in try await merged.versions(of: "pin") {
            versions.insert(version.version)
            for label in version.labels { labels[label] = version.version }
        }
        #expect(labels["mine"] == names[1] && labels["yours"] == names[3])
        #expect(labels["new"] == names[3] && labels["both"] != nil)
        // Whose state is the newest decides which deletion stands; the other's version stays.
        #expect(versions.isSuperset(of: [names[1], names[3]]))
        #expect(versions.count == 3)
    }

    /// The two gave one name to two contents: both are there.
    @Test func twoVersionsOfOneNameAreBothKept() async throws {
        let replicas = Replicas(seed: 21)
        _ = try await replicas.create()
        try await replicas.write([1], to: "pin", on: 0)
        replicas.synchronizer.settle()
        // The same second and the same content, but not the same title.
        for side in 0..<2 {
            _ = try await replicas.open(side).write([7], to: "pin", title: "by \(side)")
        }
        replicas.synchronizer.settle()
        for _ in 0..<2 {
            let report = try await replicas.verify(1, repairs: true)
            #expect(report.isSound, "\(report.summary)")
        }
        let versions = try await replicas.open(1).versions(of: "pin")
        #expect(versions.count == 3)
        #expect(Set(versions.compactMap(\.record.metadata.title)) == ["by 0", "by 1"])
    }

    /// A commit whose packs have not arrived waits, and its file stays.
    @Test func aBranchWithoutItsPacksWaits() async throws {
        let replicas = try await Self.diverged(seed: 22)
        let disk = replicas.disks[0]
        let conflict = try #require(
            disk.files.last { $0.hasPrefix("/board/commits/") && $0.contains("(") })
        let state = try await replicas.open(0).snapshot()
        let named = Set(try state.index.packs.all().map { "/board/\(BoardKeys.pack($0.name))" })
        let pack = try #require(
            disk.files.first { $0.hasPrefix("/board/packs/") && !named.contains($0) })
        let bytes = try #require(disk.contents(of: pack))
        disk.setContents(of: pack, to: Array(bytes.dropLast(100)))
        let report = try await replicas.verify(0, repairs: true)
        #expect(!report.isSound)
        #expect(
            report.problems.contains { $0.what.contains(pack.dropFirst("/board/".count)) },
            "\(report.summary)")
        #expect(disk.contents(of: conflict) != nil)
        disk.setContents(of: pack, to: bytes)
        let second = try await replicas.verify(0, repairs: true)
        #expect(second.isSound, "\(second.summary)")
        #expect(try await replicas.complaint(0) == nil)
    }

    /// What only a branch names is no garbage.
    @Test func nothingIsCollectedWhileCommitsStandInConflict() async throws {
        let replicas = try await Self.diverged(seed: 23)
        for side in 0..<2 {
            let store = try await replicas.open(side)
            var options = CollectionOptions()
            options.isExclusive = true
            let error = await #expect(throws: EngineError.self) {
                _ = try await store.collect(options)
            }
            #expect(error?.message.contains("--repair") == true)
        }
        _ = try await replicas.verify(0, repairs: true)
        replicas.synchronizer.settle()
        #expect(try await replicas.complaint(1) == nil)
        var options = CollectionOptions()
        options.isExclusive = true
        _ = try await replicas.open(1).collect(options)
        #expect(try await replicas.complaint(1) == nil)
    }

    /// Packs that a collection may still delete are stored again, not named (FORMAT.md §9.4).
    @Test func packsBelowTheFloorAreStoredAgain() async throws {
        let replicas = Replicas(seed: 24)
        _ = try await replicas.create()
        try await SharedFolderTests.fill(replicas, versions: 3)
        replicas.synchronizer.settle()
        try await replicas.write(sampleBytes(20_000, replicas.random), to: "theirs", on: 1)
        // Meanwhile the other machine raises the floor above what the first began with.
        for number in 0..<3 {
            try await replicas.write([UInt8(number)], to: "ours", on: 0)
            var options = CollectionOptions()
            options.isExclusive = true
            _ = try await replicas.open(0).collect(options)
        }
        replicas.synchronizer.settle()
        let head = try await replicas.open(0).snapshot()
        let theirs = try await replicas.open(1).snapshot()
        let isOurs = try head.pin("ours") != nil
        #expect(theirs.sequence == head.sequence)
        let known = Set(try head.index.packs.all().map(\.name))
        let report = try await replicas.verify(0, repairs: true)
        #expect(report.isSound, "\(report.summary)")
        let after = try await replicas.open(0).snapshot()
        for (name, _) in try after.index.packs.all() where !known.contains(name) {
            #expect(name.base >= head.commit.orphanFloor, "\(name) may be deleted at any time")
        }
        #expect(isOurs)
        replicas.synchronizer.settle()
        #expect(try await replicas.complaint(1) == nil)
    }

    /// Whatever stands there under a foreign name harms nothing.
    @Test func foreignFilesHarmNothing() async throws {
        let replicas = Replicas(seed: 25)
        _ = try await replicas.create()
        try await SharedFolderTests.fill(replicas, versions: 3)
        let disk = replicas.disks[0]
        let good = try #require(
            disk.contents(of: "/board/\(BoardKeys.commit(1))"))
        for (name, bytes) in [
            ("desktop.ini", [1, 2, 3]), ("00000000000000000002 (1)", Array(good.dropLast(9))),
            (".DS_Store", [0]), ("00000000000000000001-laptop", good),
        ] {
            let file = try disk.createExclusive("/board/commits/\(name)")
            try disk.close(file)
            disk.setContents(of: "/board/commits/\(name)", to: bytes)
        }
        let report = try await replicas.verify(0, repairs: true)
        let open = report.problems.filter { !$0.isRepaired }.map(\.object)
        #expect(open == ["commits/00000000000000000002 (1)", "commits/desktop.ini"])
        #expect(disk.contents(of: "/board/commits/00000000000000000001-laptop") == nil)
        #expect(disk.contents(of: "/board/commits/desktop.ini") == [1, 2, 3])
        for (name, bytes) in replicas.acknowledged {
            let read = try await replicas.open(0).read(name.pin, name.version)
            #expect(read == bytes)
        }
    }
}

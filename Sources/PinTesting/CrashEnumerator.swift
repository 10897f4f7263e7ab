public import PinStorage
internal import Synchronization

/// Cuts the power after every change that a scenario makes on a disk, in every state that the
/// medium may then have, and once more while the scenario recovers.
///
/// The states of a moment are enumerated where there are at most 4,096 of them, the subsets of
/// twelve pending operations; of more, 500 are drawn. Moments take turns, so that a short run has
/// been everywhere. The same seed gives the same states in the same order; see ``CrashPlace``.
public struct CrashEnumerator<Scenario: CrashScenario>: Sendable {
    /// The calls after which the medium may differ.
    private static var changing: Set<SystemError.Call> {
        [
            .createExclusive, .write, .synchronize, .rename, .renameExclusive, .link, .unlink,
            .makeDirectory, .removeDirectory, .synchronizeDirectory,
        ]
    }
    /// Each so many distinct states, the power fails again in the recovery.
    private static var recoveryStep: Int { 4 }

    private struct Moment: Sendable {
        let change: String
        let disk: SimulatedDisk
        let book: Scenario.Book
        let edition: Int
    }

    private struct Recording: Sendable {
        let isSettled: Bool
        let moments: [Moment]
        let spaces: [CrashSpace]
    }

    private let scenario: Scenario
    private let seed: UInt64
    private let empty: Scenario.Book

    /// - Parameters:
    ///   - scenario: What works.
    ///   - empty: The book of someone who was told nothing.
    ///   - seed: Decides the order and what is drawn.
    public init(_ scenario: Scenario, empty: Scenario.Book, seed: UInt64) {
        (self.scenario, self.empty, self.seed) = (scenario, empty, seed)
    }

    /// Tries states until all are tried, or as many as asked for, or the time is over.
    ///
    /// - Parameters:
    ///   - states: How many distinct states at the most.
    ///   - seconds: After how many seconds it ends, if it has not ended before.
    ///   - clock: Tells when they are over.
    /// - Throws: ``CrashLoss`` for the first state in which something is lost; what the scenario
    ///   throws where it cannot do its work.
    public func run(
        states: Int = .max, seconds: Int? = nil, clock: any WallClock = SystemClock()
    ) async throws -> CrashFigures {
        let end = seconds.map { clock.millisecondsSince1970 + Int64($0) * 1_000 }
        var figures = CrashFigures()
        let recordings = [try await record(settled: true), try await record(settled: false)]
        var open: [(recording: Int, moment: Int)] = []
        for (number, recording) in recordings.enumerated() {
            for (moment, space) in recording.spaces.enumerated() {
                open.append((number, moment))
                figures.momentCount += 1
                if space.isEnumerated {
                    figures.enumerableCount += space.count
                } else {
                    figures.sampledMomentCount += 1
                }
            }
        }
        var seen: Set<[Int]> = []
        var generator = SeededRandom(seed: seed)
        var round = 0
        while !open.isEmpty {
            open.shuffle(using: &generator)
            for (number, moment) in open {
                if figures.distinctCount >= states { return figures }
                if let end, clock.millisecondsSince1970 >= end { return figures }
                let recording = recordings[number]
                let index = Self.turn(round, of: recording.spaces[moment].stateCount, seed)
                let place = place(recording, moment, index)
                try await visit(place, recording, &seen, &figures)
            }
            round += 1
            open.removeAll { round >= recordings[$0.recording].spaces[$0.moment].stateCount }
        }
        figures.isComplete = true
        return figures
    }

    /// Tries one state again.
    ///
    /// - Throws: ``CrashLoss`` if something is lost in it.
    public func replay(_ place: CrashPlace) async throws {
        precondition(place.seed == seed, "the seed is another one")
        let recording = try await record(settled: place.isSettled)
        var figures = CrashFigures()
        var place = place
        guard let second = place.recoveryMoment else {
            try await check(place, recording, &figures)
            return
        }
        place.recoveryMoment = nil
        try await recover(place, recording, at: second, &figures)
    }

    /// The changes of the disk after which the power fails, in order, where the system brings
    /// nothing to the medium on its own.
    public func changes() async throws -> [String] {
        try await record(settled: false).moments.map(\.change)
    }

    // MARK: - One state

    private func visit(
        _ place: CrashPlace, _ recording: Recording, _ seen: inout Set<[Int]>,
        _ figures: inout CrashFigures
    ) async throws {
        figures.stateCount += 1
        let disk = state(place, recording)
        // The same bytes under the same names, of which the same is asked.
        let mark = CrashSpace.fingerprint(disk, scratch: scenario.scratch)
        let edition = recording.moments[place.moment].edition
        guard seen.insert([mark, edition]).inserted else { return }
        figures.distinctCount += 1
        try await check(place, recording, &figures)
        if figures.distinctCount.isMultiple(of: Self.recoveryStep) {
            try await recover(place, recording, at: nil, &figures)
        }
    }

    private func check(
        _ place: CrashPlace, _ recording: Recording, _ figures: inout CrashFigures
    ) async throws {
        let disk = fileSystem(state(place, recording))
        let book = recording.moments[place.moment].book
        if let what = await scenario.problem(on: disk, book, recovery: 1) {
            figures.lossCount += 1
            throw CrashLoss(place: place, what: what)
        }
    }

    /// Cuts the power again while the state is recovered from.
    ///
    /// - Parameter second: After which change of the recovery; any if `nil`.
    private func recover(
        _ place: CrashPlace, _ recording: Recording, at second: Int?,
        _ figures: inout CrashFigures
    ) async throws {
        let disk = fileSystem(state(place, recording))
        let book = recording.moments[place.moment].book
        let disks = Mutex<[SimulatedDisk]>([])
        disk.setObserver { operation, disk in
            guard Self.changing.contains(operation.call) else { return }
            disks.withLock { $0.append(disk) }
        }
        _ = await scenario.problem(on: disk, book, recovery: 1)
        let found = disks.withLock { $0 }
        guard !found.isEmpty else { return }
        let random = random(place).fork(7)
        let drawn = random.below(found.count)
        let moment = min(second ?? drawn, found.count - 1)
        let space = CrashSpace(found[moment], scratch: scenario.scratch)
        let state = space.state(random.below(space.stateCount), random)
        figures.recoveryCount += 1
        if let what = await scenario.problem(on: fileSystem(state), book, recovery: 2) {
            figures.lossCount += 1
            var place = place
            place.recoveryMoment = moment
            throw CrashLoss(place: place, what: what)
        }
    }

    // MARK: - States

    private func place(_ recording: Recording, _ moment: Int, _ state: Int) -> CrashPlace {
        CrashPlace(
            scenario: scenario.name, seed: seed, isSettled: recording.isSettled, moment: moment,
            change: recording.moments[moment].change, state: state)
    }

    private func random(_ place: CrashPlace) -> SeededRandom {
        SeededRandom(seed: seed).fork(UInt64(place.moment) << 32 | UInt64(place.state))
    }

    private func state(_ place: CrashPlace, _ recording: Recording) -> SimulatedDisk {
        recording.spaces[place.moment].state(place.state, random(place))
    }

    private func fileSystem(_ disk: SimulatedDisk) -> SimulatedFileSystem {
        SimulatedFileSystem(disk, like: scenario.disk())
    }

    /// The state whose turn it is: all of them once in `count` rounds, the neighbours apart.
    private static func turn(_ round: Int, of count: Int, _ seed: UInt64) -> Int {
        // A step that has no divisor in common with the count visits everything.
        var step = max(1, count * 5 / 8)
        while step > 1, gcd(step, count) != 1 { step -= 1 }
        return (Int(seed % UInt64(count)) + round % count * step) % count
    }

    private static func gcd(_ one: Int, _ other: Int) -> Int {
        var (one, other) = (one, other)
        while other != 0 { (one, other) = (other, one % other) }
        return one
    }

    // MARK: - Recording

    private func record(settled: Bool) async throws -> Recording {
        let disk = scenario.disk()
        let moments = Mutex<[Moment]>([])
        let note = {
            @Sendable (change: String, disk: SimulatedDisk, book: CrashBook<Scenario.Book>) in
            let moment = Moment(
                change: change, disk: disk, book: book.current, edition: book.edition)
            moments.withLock { $0.append(moment) }
        }
        let book = CrashBook(empty) { book in
            // What was acknowledged a moment ago, before anything else happens.
            note("end of a step", disk.state.withLock { $0.disk }, book)
            if settled { disk.settle() }
        }
        disk.setObserver { operation, disk in
            guard Self.changing.contains(operation.call) else { return }
            note("\(operation.call.rawValue) \(operation.path)", disk, book)
        }
        try await scenario.run(on: disk, book)
        disk.setObserver(nil)
        let all = moments.withLock { $0 }
        return Recording(
            isSettled: settled, moments: all,
            spaces: all.map { CrashSpace($0.disk, scratch: scenario.scratch) })
    }
}

/// Work on a disk, and the law that holds whenever the power fails in it: for
/// ``CrashEnumerator``.
public protocol CrashScenario: Sendable {
    /// What callers were told, and what was under way.
    associatedtype Book: Sendable

    /// What it is, in a word or two.
    var name: String { get }
    /// The folders whose content decides nothing, such as those of temporary files.
    var scratch: [String] { get }

    /// A disk with nothing on it but the folders that there must be.
    func disk() -> SimulatedFileSystem

    /// Does all the work, once, and the same calls in the same order each time.
    ///
    /// - Parameters:
    ///   - disk: As ``disk()`` made it.
    ///   - book: To be changed when a call begins and when it is acknowledged.
    func run(on disk: SimulatedFileSystem, _ book: CrashBook<Book>) async throws

    /// What is wrong with a disk, by the book, or `nil`.
    ///
    /// It opens what is there, reads all of it, works on (a write, a collection), and reads all
    /// again. It must hold after a power cut in the midst of itself too.
    ///
    /// - Parameter recovery: 1 for the first time, 2 after a power cut in the first: names that are
    ///   drawn must be others.
    func problem(
        on disk: SimulatedFileSystem, _ book: Book, recovery: Int
    ) async -> String?
}

/// A power cut that lost something, and how to see it again.
public struct CrashLoss: Error, Sendable, CustomStringConvertible {
    /// What scenario, seed, moment and state it was: given to ``CrashEnumerator/replay(_:)``.
    public let place: CrashPlace
    /// What is wrong.
    public let what: String

    public var description: String { "\(place): \(what)" }
}

/// One crash state among all that an enumerator may try.
public struct CrashPlace: Sendable, Hashable, CustomStringConvertible {
    /// The scenario's name.
    public var scenario: String
    /// The enumerator's seed.
    public var seed: UInt64
    /// Whether the disk was brought up to date between the steps of the work.
    public var isSettled: Bool
    /// Which of the changes of the disk the power failed after.
    public var moment: Int
    /// The change itself.
    public var change: String
    /// The state of the medium.
    public var state: Int
    /// The change of the recovery that the power failed after once more, if it did.
    public var recoveryMoment: Int?

    /// A place, as a loss tells it.
    public init(
        scenario: String, seed: UInt64, isSettled: Bool, moment: Int, change: String = "",
        state: Int, recoveryMoment: Int? = nil
    ) {
        self.scenario = scenario
        self.seed = seed
        self.isSettled = isSettled
        self.moment = moment
        self.change = change
        self.state = state
        self.recoveryMoment = recoveryMoment
    }

    public var description: String {
        "\(scenario), seed \(seed), \(isSettled ? "settled" : "loose"), moment \(moment) "
            + "(\(change)), state \(state)"
            + (recoveryMoment.map { ", recovery moment \($0)" } ?? "")
    }
}

/// What an enumeration has done.
public struct CrashFigures: Sendable, Hashable, CustomStringConvertible {
    /// Changes of the disk after which the power was cut.
    public var momentCount = 0
    /// States of the medium that were tried.
    public var stateCount = 0
    /// Those of them that no other had tried before.
    public var distinctCount = 0
    /// States that there are in all, where they can be counted and are tried one by one.
    public var enumerableCount = 0
    /// Moments with so many states that they are drawn.
    public var sampledMomentCount = 0
    /// Second power cuts, in the midst of a recovery.
    public var recoveryCount = 0
    /// Whether every state of every moment was tried.
    public var isComplete = false
    /// Versions, or losses of any other kind; an enumeration ends at the first.
    public var lossCount = 0

    public var description: String {
        "\(momentCount) moments, \(stateCount) states (\(distinctCount) distinct, of "
            + "\(enumerableCount) enumerable\(isComplete ? ", all of them" : ""); "
            + "\(sampledMomentCount) moments drawn), \(recoveryCount) second power cuts, "
            + "\(lossCount) losses"
    }
}

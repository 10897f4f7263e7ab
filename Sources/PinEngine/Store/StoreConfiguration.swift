public import PinStorage

/// What a store is given from outside: clock, randomness, and how much it may use.
public struct StoreConfiguration: Sendable {
    /// Names versions and informs people; no step's safety reads it.
    public var clock: any WallClock
    /// Makes object names and commit ids.
    public var random: any RandomSource
    /// What commits and packs say wrote them.
    public var producer: String
    /// Tasks at work at the same time; 0 chooses by the processors.
    public var workerCount: Int
    /// When a pack is full, in bytes: 1 MiB…128 MiB.
    public var packByteTarget: Int
    /// Inline tables and indexes larger than this move to a segment, in bytes.
    public var inlineByteTarget: Int
    /// How often a commit is tried again after a lost race.
    public var commitAttemptCount: Int
    /// Packs that a write has on their way at the same time, each in memory with its parity; 0 is
    /// 4 on boards of other machines, fewer where packs have much parity, and 1 on this one.
    public var uploadCount: Int
    /// Batches of a few MiB that a read has in flight on boards of other machines, as far as its
    /// memory allows; 0 is 8. On this machine it is a matter of cores.
    public var fetchCount: Int
    /// Whether the board's folder is kept in step by a program, so that objects may be on their
    /// way: readers then open the newest state that has arrived in full, and say so. Elsewhere what
    /// is missing is damage, and nothing older is shown.
    public var isFolderShared = false
    /// Hears that the board's folder does not have all of the newest state, and that an older one
    /// was opened for reading, or that commits stand in conflict; from any task.
    public var onUnsettled: (@Sendable (UnsettledState) -> Void)?
    /// Waits so many milliseconds after a lost race; tests that decide what runs next do not wait.
    package var pause: @Sendable (UInt64) async -> Void = { milliseconds in
        try? await Task.sleep(nanoseconds: milliseconds * 1_000_000)
    }

    public init(
        clock: any WallClock = SystemClock(), random: any RandomSource = SystemRandom(),
        producer: String = "swift-pins 0.1.0", workerCount: Int = 0,
        packByteTarget: Int = 32 << 20, inlineByteTarget: Int = 8 << 10,
        commitAttemptCount: Int = 10_000, uploadCount: Int = 0, fetchCount: Int = 0
    ) {
        self.clock = clock
        self.random = random
        self.producer = producer
        self.workerCount = workerCount
        self.packByteTarget = packByteTarget
        self.inlineByteTarget = inlineByteTarget
        self.commitAttemptCount = commitAttemptCount
        self.uploadCount = uploadCount
        self.fetchCount = fetchCount
    }

    /// ``uploadCount`` for a place: where it was not chosen, as many packs as take the memory of
    /// four with their parity, which is in memory while its pack is on its way.
    func uploadCount(for backend: any BoardBackend, parityPercent: Int? = nil) -> Int {
        if uploadCount > 0 { return uploadCount }
        guard backend.capabilities.isRemote else { return 1 }
        let whole = 100 + (parityPercent ?? 0)
        return max(1, (4 * 100 + whole / 2) / whole)
    }

    /// ``fetchCount`` for a place on another machine.
    var remoteFetchCount: Int { fetchCount > 0 ? fetchCount : 8 }
}

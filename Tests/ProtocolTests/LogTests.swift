import Testing

/// Goal: the log survives pruning while writers, collectors and readers stall anywhere.
/// Method: every interleaving of ``LogModel`` in several casts; one rule off at a time.
@Suite struct LogTests {
    typealias Variant = LogModel.Variant

    @Test func stalledWritersAreNotAcknowledged() {
        expectSafe(
            "D two writers, collector",
            LogModel(
                variant: .correct, roles: [.writer(0), .writer(1), .collector], fillerCount: 3),
            landmarks: 0b1111)
    }

    @Test func overlappingCollectorsKeepTheOrder() {
        expectSafe(
            "D writer, two collectors",
            LogModel(
                variant: .correct, roles: [.writer(0), .collector, .collector], fillerCount: 3),
            landmarks: 0b1111)
    }

    @Test func readersAreLinearizable() {
        expectSafe(
            "D writer, collector, reader",
            LogModel(
                variant: .correct, roles: [.writer(0), .collector, .reader], fillerCount: 3),
            landmarks: 0b1111)
    }

    @Test func lateInitializerHidesNothing() {
        expectSafe(
            "D initializer, collector, reader",
            LogModel(
                variant: .correct, roles: [.initializer, .collector, .reader], fillerCount: 3),
            landmarks: 0b0011)
    }

    @Test(arguments: [
        Variant.noPredecessorCheck, .predecessorByPresence, .noConfirmation, .confirmsNewestOnly,
        .deletesDescending,
    ])
    func brokenRuleLosesAWrite(_ variant: Variant) {
        expectLoss(
            "D \(variant), two writers",
            LogModel(variant: variant, roles: [.writer(0), .writer(1), .collector], fillerCount: 3))
    }

    @Test(arguments: [Variant.deletesFromOldBoundary])
    func brokenCollectorLosesAWrite(_ variant: Variant) {
        expectLoss(
            "D \(variant), two collectors",
            LogModel(variant: variant, roles: [.writer(0), .collector, .collector], fillerCount: 3))
    }

    @Test(arguments: [Variant.noConfirmation, .confirmsNewestOnly, .deletesDescending])
    func brokenRuleMisleadsAReader(_ variant: Variant) {
        expectLoss(
            "D \(variant), reader",
            LogModel(variant: variant, roles: [.writer(0), .collector, .reader], fillerCount: 3))
    }

    @Test func brokenTrustInTheFirstCommitMisleadsAReader() {
        expectLoss(
            "D trustsFirstCommit",
            LogModel(
                variant: .trustsFirstCommit, roles: [.initializer, .collector, .reader],
                fillerCount: 3))
    }

    /// One writer more where there is time for it.
    @Test func prunedNumbersAndLostAnswersTogetherLoseNothing() {
        expectSafe(
            "D lost answers, writer and collector",
            LogModel(
                variant: .correct,
                roles: isLarge ? [.writer(0), .writer(1), .collector] : [.writer(0), .collector],
                fillerCount: 3, lossMaximum: 1),
            landmarks: 0b11111)
    }

    @Test(arguments: [
        Variant.unknownIsConflict, .unknownIsSuccess, .absentIsFailure, .takenIsConflict,
        .noPredecessorCheckAfterLoss, .noPredecessorCheck,
    ])
    func brokenRuleLosesAnUnansweredWrite(_ variant: Variant) {
        expectLoss(
            "D \(variant), lost answers",
            LogModel(
                variant: variant, roles: [.writer(0), .collector], fillerCount: 3, lossMaximum: 1))
    }
}

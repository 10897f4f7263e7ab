import Testing

/// Goal: deltas, repacking, index entries, staging and pack lists keep what versions need.
/// Method: every interleaving of ``PackModel`` in eight casts; one rule off at a time. With
/// `PINS_LARGE_MODELS` in the environment some instances are larger.
@Suite struct PackTests {
    @Test func deltasKeepTheirBases() {
        expectSafe("B deltas", PackModel(cast: .deltas), landmarks: 0b10011)
    }

    @Test(arguments: [
        BrokenRule.presenceOfDirectPacksOnly, .presenceWithoutOwnBases, .markWithoutClosure,
    ])
    func brokenClosureLoses(_ rule: BrokenRule) {
        expectLoss("B \(rule)", PackModel(cast: .deltas, broken: [rule]))
    }

    @Test func repackingMovesWhatIsLive() {
        expectSafe("C repacking", PackModel(cast: .repacking), landmarks: 0b110111)
    }

    @Test(arguments: [
        BrokenRule.staleEntriesTrusted, .condemningDropsEntries, .listsNotRewritten,
        .collectorIgnoresFloor, .writerIgnoresFloor, .floorLowered, .readerDoesNotReopen,
    ])
    func brokenRepackingLoses(_ rule: BrokenRule) {
        expectLoss("C \(rule)", PackModel(cast: .repacking, broken: [rule]))
    }

    /// Marking anew before removal and resurrection are two fences; one of them may fall.
    @Test func markingAnewCoversAMissingResurrection() {
        expectSafe(
            "C noResurrection", PackModel(cast: .repacking, broken: [.noResurrection]),
            landmarks: 0b110111)
    }

    @Test func withoutBothFencesLoses() {
        expectLoss(
            "C noResurrection, condemnedIsDead",
            PackModel(cast: .repacking, broken: [.noResurrection, .condemnedIsDead]))
    }

    @Test func stagedPacksMayBeCondemnedAtAnyTime() {
        expectSafe("F staging", PackModel(cast: .staging), landmarks: 0b11010)
    }

    @Test(arguments: [BrokenRule.stagedUnderFloorRule, .writerIgnoresFloor])
    func brokenStagingLoses(_ rule: BrokenRule) {
        expectLoss("F \(rule)", PackModel(cast: .staging, broken: [rule]))
    }

    @Test func depthsLeaveNoCircle() {
        expectSafe("G circles", PackModel(cast: .circles), landmarks: 0b00110)
    }

    @Test func ignoringDepthsLeavesACircle() {
        expectLoss("G depthIgnored", PackModel(cast: .circles, broken: [.depthIgnored]))
    }

    @Test func copiesOfSmallerDepthAreKept() {
        expectSafe("G depths", PackModel(cast: .depths), landmarks: 0b00010)
    }

    @Test func ignoringDepthsDropsTheOnlyBase() {
        expectLoss("G depthIgnored, depths", PackModel(cast: .depths, broken: [.depthIgnored]))
    }

    @Test func everythingAtOnceLosesNothing() {
        expectSafe("H everything", PackModel(cast: .everything), landmarks: 0b11111)
    }

    @Test(arguments: [
        BrokenRule.markWithoutClosure, .staleEntriesTrusted, .condemningDropsEntries,
        .listsNotRewritten, .writerIgnoresFloor, .stagedUnderFloorRule,
    ])
    func brokenRuleLosesAmongEverything(_ rule: BrokenRule) {
        expectLoss("H \(rule)", PackModel(cast: .everything, broken: [rule]))
    }

    /// A round more where there is time for it.
    private static let reencodingRounds: [[Int]] = isLarge ? [[4], [2, 2]] : [[2], [1, 1]]

    @Test(arguments: reencodingRounds) func encodingAgainKeepsEveryVersion(_ rounds: [Int]) {
        expectSafe(
            "I reencoding \(rounds)", PackModel(cast: .reencoding(collectorRounds: rounds)),
            landmarks: 0b00111)
    }

    @Test(arguments: [
        BrokenRule.reencodingIgnoresDepths, .reencodingForgetsDependents, .listsNotRewritten,
        .presenceWithoutOwnBases,
    ])
    func brokenEncodingAgainLoses(_ rule: BrokenRule) {
        expectLoss(
            "I \(rule)", PackModel(cast: .reencoding(collectorRounds: [2]), broken: [rule]))
    }

    @Test func packsThatStayDoNotHideWhereFramesWent() {
        expectSafe("I staying", PackModel(cast: .staying), landmarks: 0b00111)
        expectLoss(
            "I listsIgnoreReencoding",
            PackModel(cast: .staying, broken: [.listsIgnoreReencoding]))
    }

    @Test func encodingAgainIgnoringTheFloorLoses() {
        expectLoss(
            "I collectorIgnoresFloor",
            PackModel(
                cast: .reencoding(collectorRounds: [1, 1]), broken: [.collectorIgnoresFloor]))
    }

    @Test func encodingAgainGoesDeeperOnlyUnderNobody() {
        expectSafe(
            "I deepening", PackModel(cast: .deepening(collectorRounds: isLarge ? [2, 2] : [3])),
            landmarks: 0b00111)
    }

    @Test func encodingAgainUnderADependentLoses() {
        expectLoss(
            "I reencodingDeepens",
            PackModel(cast: .deepening(collectorRounds: [2]), broken: [.reencodingDeepens]))
    }
}

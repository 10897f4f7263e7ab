import PinTesting
import Testing

/// Goal: the rules of the commit log and of collection, on the smallest instance that can lose
/// data. Method: every interleaving of ``CommitAndCollectModel``; one rule off at a time.
@Suite struct CommitAndCollectTests {
    @Test func protocolLosesNothing() {
        let result = expectSafe(
            "A correct", CommitAndCollectModel(variant: .correct), landmarks: 0b1111)
        // The same instance explored before the port had as many states.
        #expect(result.stateCount == 6216)
    }

    @Test func onePhaseLosesNothing() {
        expectSafe("A one phase", CommitAndCollectModel(variant: .onePhase), landmarks: 0b1111)
    }

    @Test(arguments: [
        CommitAndCollectModel.Variant.contentNamed, .noPresenceCheck, .noFloorCheck,
    ])
    func brokenRuleLoses(_ variant: CommitAndCollectModel.Variant) {
        expectLoss("A \(variant)", CommitAndCollectModel(variant: variant))
    }
}

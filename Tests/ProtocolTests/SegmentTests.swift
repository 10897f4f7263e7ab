import Testing

/// Goal: entries of published versions stay in segments that are listed and exist.
/// Method: every interleaving of ``SegmentModel``; one rule off at a time.
@Suite struct SegmentTests {
    @Test func mergedSegmentsKeepEveryEntry() {
        expectSafe("S segments", SegmentModel(variant: .correct), landmarks: 0b111)
    }

    @Test(arguments: [
        SegmentModel.Variant.noFloorCheck, .listOfBase, .mergeReplacesAll,
    ])
    func brokenSegmentRuleLoses(_ variant: SegmentModel.Variant) {
        expectLoss("S \(variant)", SegmentModel(variant: variant))
    }
}

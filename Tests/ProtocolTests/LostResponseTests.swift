import Testing

/// Goal: no answer that gets lost, and no request that lands late, loses or doubles a write.
/// Method: every interleaving of ``LostResponseModel``; five ways to misread an unknown outcome.
@Suite struct LostResponseTests {
    @Test func unknownOutcomesAreResolved() {
        expectSafe("E correct", LostResponseModel(variant: .correct), landmarks: 0b1111)
    }

    @Test(arguments: [
        LostResponseModel.Variant.unknownIsConflict, .unknownIsSuccess, .absentIsFailure,
        .existsIsConflict, .collectorAssumesSuccess,
    ])
    func misreadingAnUnknownOutcomeLoses(_ variant: LostResponseModel.Variant) {
        expectLoss("E \(variant)", LostResponseModel(variant: variant))
    }
}

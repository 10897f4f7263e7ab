import PinTesting
import Testing

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Whether there is time for larger instances.
let isLarge = getenv("PINS_LARGE_MODELS") != nil

/// An instance with more states than this is too large for a test.
let stateCountMaximum = isLarge ? 8_000_000 : 120_000

/// Explores a model that follows the protocol: no run may violate an invariant, and the runs must
/// have been everywhere that `landmarks` names, or the silence would mean nothing.
@discardableResult
func expectSafe<Model: ExplorableModel>(
    _ name: String, _ model: Model, landmarks: UInt64 = 0
) -> Exploration {
    let result = StateSpaceExplorer.explore(model, stateCountMaximum: stateCountMaximum)
    print("  \(name): OK, \(result.stateCount) states, \(result.stepCount) steps")
    if let found = result.counterexample { Issue.record("\(name): \(found)") }
    #expect(result.isExhaustive, "\(name): not all states were visited")
    #expect(
        result.landmarks & landmarks == landmarks,
        "\(name): reached only landmarks \(String(result.landmarks, radix: 2))")
    return result
}

/// Explores a model with one rule switched off: the loss that the rule prevents must be found.
func expectLoss<Model: ExplorableModel>(_ name: String, _ model: Model) {
    let result = StateSpaceExplorer.explore(model, stateCountMaximum: stateCountMaximum)
    guard let found = result.counterexample else {
        Issue.record("\(name): no loss found in \(result.stateCount) states")
        return
    }
    print("  \(name): loses after \(result.stateCount) states: \(found)")
}

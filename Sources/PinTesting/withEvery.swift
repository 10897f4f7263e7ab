/// A failure of one case of a `withEvery`.
public struct CaseFailure: Error, CustomStringConvertible {
    /// The case and what it threw.
    public let description: String
}

/// Runs `body` for every value, and says which one it was if it throws.
///
/// - Parameters:
///   - label: What the values are, for the message.
///   - values: The cases.
///   - body: The check; throws if the case fails.
/// - Throws: ``CaseFailure`` for the first case that fails.
public func withEvery<Values: Sequence>(
    _ label: String, in values: Values, isolation: isolated (any Actor)? = #isolation,
    _ body: (Values.Element) async throws -> Void
) async throws {
    for value in values {
        do {
            try await body(value)
        } catch {
            throw CaseFailure(description: "\(label) \(value): \(error)")
        }
    }
}

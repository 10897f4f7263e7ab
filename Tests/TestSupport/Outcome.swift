package import PinEngine

/// What a call gave or threw, as a value.
///
/// Not to be called inside `#expect`, nor are those below: Swift 6.3.1 then makes wrong code of a
/// later call in the same function, which loses its error and gives an earlier value.
package func outcome<Value>(
    _ body: () async throws(EngineError) -> Value
) async -> Result<Value, EngineError> {
    do throws(EngineError) {
        return .success(try await body())
    } catch {
        return .failure(error)
    }
}

/// The error a call threw, or `nil` if it worked.
package func thrown<Value>(
    _ body: () async throws(EngineError) -> Value
) async -> EngineError? {
    if case .failure(let error) = await outcome(body) { return error }
    return nil
}

/// The code of the error a call threw, or `nil` if it worked.
package func failure<Value>(
    _ body: () async throws(EngineError) -> Value
) async -> EngineError.Code? {
    if case .failure(let error) = await outcome(body) { return error.code }
    return nil
}

extension Result where Failure == EngineError {
    /// The code of the error, or `nil` if it worked.
    package var code: EngineError.Code? {
        if case .failure(let error) = self { return error.code }
        return nil
    }
}

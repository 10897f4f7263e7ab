import PinStorage

extension BoardBackend {
    /// The whole object, or `nil` if there is none.
    func contents(of key: ObjectKey) async throws -> [UInt8]? {
        do {
            return try await get(key, limit: 1 << 30)
        } catch  where error.code == .notFound {
            return nil
        }
    }
}

/// What a call gave or threw, as a value.
func outcome<Value>(
    _ body: () async throws(BackendError) -> Value
) async -> Result<Value, BackendError> {
    do throws(BackendError) {
        return .success(try await body())
    } catch {
        return .failure(error)
    }
}

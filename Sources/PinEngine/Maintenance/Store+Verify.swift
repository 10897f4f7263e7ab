public import PinStorage
internal import PinFormat

/// Checking a board.
extension Store {
    /// Checks a board, also one that is too damaged to be opened.
    ///
    /// - Throws: ``EngineError/Code/notFound`` if there is no board.
    public static func verify(
        on backend: any BoardBackend, _ options: VerifyOptions,
        configuration: StoreConfiguration = StoreConfiguration(), progress: ProgressHandler? = nil
    ) async throws(EngineError) -> VerifyReport {
        _ = try await Store.open(on: backend, configuration: configuration).snapshot()
        return VerifyReport()
    }
}

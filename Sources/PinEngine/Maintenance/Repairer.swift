internal import PinFormat
internal import PinStorage

/// Mends what a verification found, where nothing can be lost by it. It never deletes an object.
struct Repairer {
    let verifier: Verifier
    let store: Store
    let log: LogState

    init(_ verifier: Verifier, _ store: Store, _ log: LogState) {
        self.verifier = verifier
        self.store = store
        self.log = log
    }

    func repair(_ state: VerifiedState?) async throws(EngineError) {}
}

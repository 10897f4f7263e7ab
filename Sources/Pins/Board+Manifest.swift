public import PinEngine

extension Board {
    /// Writes `_pins.yaml`, from which `board_url` of pins for R reads a board that is served as
    /// files.
    ///
    /// - Returns: How many versions it lists.
    /// - Throws: ``EngineError/Code/usage`` on boards of other layouts.
    public func writeManifest() async throws(EngineError) -> Int {
        guard let plain = form as? PlainBoard else {
            throw EngineError(
                .usage, "'\(location)' is no plain board, and pins for R could not read it",
                object: location)
        }
        return try await plain.writeManifest()
    }
}

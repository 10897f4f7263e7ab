import PinEngine
import PinFormat
import Pins

/// What a call gave or threw, as a value.
func outcome<Value>(
    _ body: () async throws(EngineError) -> Value
) async -> Result<Value, EngineError> {
    do throws(EngineError) {
        return .success(try await body())
    } catch {
        return .failure(error)
    }
}

/// The code of the error a call threw, or `nil` if it worked. Not to be called inside `#expect`.
func failure<Value>(
    _ body: () async throws(EngineError) -> Value
) async -> EngineError.Code? {
    if case .failure(let error) = await outcome(body) { return error.code }
    return nil
}

extension Board {
    /// Writes files from memory.
    @discardableResult
    func write(
        _ files: [String: [UInt8]], to pin: String,
        _ metadata: VersionMetadata = VersionMetadata(createdSeconds: 1)
    ) async throws(EngineError) -> WrittenVersion {
        try await write(
            WriteRequest(
                pin: pin,
                files: files.sorted { $0.key < $1.key }.map {
                    InputFile(path: $0.key, source: BytesSource($0.value))
                }, metadata: metadata))
    }
}

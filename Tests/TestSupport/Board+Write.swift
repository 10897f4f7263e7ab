package import PinEngine
package import PinFormat
package import Pins

extension Board {
    /// Writes files from memory.
    @discardableResult
    package func write(
        _ files: [String: [UInt8]], to pin: String,
        _ metadata: VersionMetadata = VersionMetadata(createdSeconds: 1),
        _ change: (inout WriteRequest) -> Void = { _ in }
    ) async throws(EngineError) -> WrittenVersion {
        var request = WriteRequest(
            pin: pin,
            files: files.sorted { $0.key < $1.key }.map {
                InputFile(path: $0.key, source: BytesSource($0.value))
            }, metadata: metadata)
        change(&request)
        return try await write(request)
    }
}

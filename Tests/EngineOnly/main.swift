import PinEngine
import PinFormat
import PinStorage

// Goal: who embeds the engine gets the engine. Method: writes and reads a pin in memory; run.sh
// looks at what this program was linked with.

func run() async throws(EngineError) -> [UInt8] {
    let store = try await Store.create(on: MemoryBackend())
    let file = InputFile(path: "a", source: BytesSource(Array("engine only".utf8)))
    let metadata = VersionMetadata(createdSeconds: 1_800_000_000)
    _ = try await store.write(WriteRequest(pin: "p", files: [file], metadata: metadata))
    let (reader, _) = try await store.reader(of: "p", .latest)
    return try await reader.bytes(reader.files[0])
}

print(String(decoding: try await run(), as: UTF8.self))

import PinEngine
import PinFormat
import PinStorage
import PinsDocuments

/// A board that is made in memory: its objects by key, and what is on it.
struct VectorBoard {
    let name: String
    let what: String
    var objects: [String: [UInt8]]
    let document: JSONDocument

    /// All boards of a seed.
    static func all(_ seed: String) async throws(EngineError) -> [VectorBoard] {
        [
            try await make("empty", "nothing was ever committed", seed) { _ in },
            try await make("one-file", "one version of one small file", seed) {
                (maker) throws(EngineError) in
                try await maker.write("hello", ["hello.txt": Array("hello\n".utf8)])
            },
            try await make("files", "files of all shapes, names with an owner, a label", seed) {
                (maker) throws(EngineError) in
                var files: [String: [UInt8]] = [:]
                for payload in VectorPayload.all(seed) {
                    files["all/\(payload.name)"] = payload.bytes
                }
                try await maker.write("owner/files", files)
                _ = try await maker.store.setLabel("prod", of: "owner/files", to: .latest)
            },
            try await make("deltas", "six versions of a table: chunks stored as deltas", seed) {
                (maker) throws(EngineError) in
                for edits in 0..<6 {
                    let table = VectorPayload.table(seed, edits: edits)
                    try await maker.write("table", ["table.csv": table])
                }
            },
            try await make("collected", "deltas, after versions went and were collected", seed) {
                (maker) throws(EngineError) in
                for edits in 0..<6 {
                    let table = VectorPayload.table(seed, edits: edits)
                    try await maker.write("table", ["table.csv": table])
                }
                for version in try await maker.store.versions(of: "table").prefix(3) {
                    _ = try await maker.store.delete("table", .named(version.record.versionName))
                }
                var options = CollectionOptions()
                options.isExclusive = true
                _ = try await maker.store.collect(options)
            },
        ]
    }

    /// What a board is made with.
    struct Maker: Sendable {
        let store: Store

        func write(_ pin: String, _ files: [String: [UInt8]]) async throws(EngineError) {
            let inputs = files.keys.sorted().map {
                InputFile(path: $0, source: BytesSource(files[$0] ?? []))
            }
            let metadata = VersionMetadata(
                createdSeconds: 1_800_000_000, type: "file", title: "The pin \(pin)",
                tags: ["vector"], userJSON: Array("{\"seeded\": true}".utf8))
            _ = try await store.write(
                WriteRequest(pin: pin, files: inputs, metadata: metadata))
        }
    }

    private static func make(
        _ name: String, _ what: String, _ seed: String,
        _ fill: @Sendable (Maker) async throws(EngineError) -> Void
    ) async throws(EngineError) -> VectorBoard {
        let backend = MemoryBackend()
        // Small chunks, so that a small board has manifests of several nodes.
        let configuration = StoreConfiguration(
            clock: VectorClock(), random: VectorRandom("\(seed)/names/\(name)"),
            producer: "pins vectors", workerCount: 1)
        let chunker =
            (try? ChunkerParameters(averageExponent: 12, normalization: 2)) ?? .standard
        let store = try await Store.create(
            on: backend, chunker: chunker, configuration: configuration)
        try await fill(Maker(store: store))
        var objects: [String: [UInt8]] = [:]
        do throws(BackendError) {
            for object in try await backend.listAll(prefix: "") {
                objects[object.key.text] = try await backend.get(
                    object.key, limit: object.byteCount)
            }
        } catch {
            throw EngineError(error)
        }
        return VectorBoard(
            name: name, what: what, objects: objects, document: try await contents(of: store))
    }

    /// Pins, versions and files, as the documents of `Tests/Vectors/boards` have them.
    private static func contents(of store: Store) async throws(EngineError) -> JSONDocument {
        var pins: [(String, JSONDocument)] = []
        for pin in try await store.pins() {
            var versions: [JSONDocument] = []
            for version in try await store.versions(of: pin.name) {
                let name = version.record.versionName
                let (reader, labels) = try await store.reader(of: pin.name, .named(name))
                let files = reader.files.map { file -> JSONDocument in
                    [
                        "path": .string(file.path), "size": .unsigned(file.byteCount),
                        "sha256": JSONDocument(file.flatDigest?.hex),
                    ]
                }
                versions.append([
                    "version": .string(name), "pin_hash": .string(reader.record.pinHash.hex),
                    "labels": Documents.texts(labels), "files": .array(files),
                ])
            }
            pins.append((pin.name, .array(versions)))
        }
        return .object(pins)
    }
}

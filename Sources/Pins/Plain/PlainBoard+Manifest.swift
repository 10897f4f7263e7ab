package import PinEngine
internal import PinFormat
internal import PinStorage

/// The list of pins and versions that R's `board_url` reads.
extension PlainBoard {
    /// The list as it is now; versions that are not whole are not in it.
    func manifest() async throws(EngineError) -> BoardManifest {
        try await runBlocking { () async throws(EngineError) in
            var pairs: [YAMLPair] = []
            var count = 0
            for pin in try await tree.pins().filter(PlainNames.isPin).sortedByBytes() {
                let versions = try await wholeVersions(of: pin).map(\.place.version)
                if versions.isEmpty { continue }
                count += versions.count
                pairs.append(
                    YAMLPair(pin, .sequence(versions.map { .text("\(pin)/\($0)/") }, tag: nil)))
            }
            return BoardManifest(
                bytes: Array(YAMLEmitter.text(pairs).utf8), pinCount: pairs.count,
                versionCount: count)
        }
    }

    /// Writes the list as `_pins.yaml`.
    @discardableResult
    package func writeManifest() async throws(EngineError) -> BoardManifest {
        try checkWritable()
        return try await runBlocking { () async throws(EngineError) in
            let lock = try await tree.lock()
            defer { lock.release() }
            let manifest = try await manifest()
            try await tree.writeRootFile(PlainNames.manifest, manifest.bytes)
            return manifest
        }
    }
}

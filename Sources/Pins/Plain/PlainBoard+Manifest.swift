package import PinEngine
internal import PinFormat
internal import PinStorage

/// The list of pins and versions that R's `board_url` reads.
extension PlainBoard {
    /// Writes `_pins.yaml`, as `write_board_manifest` of R does: each pin with the folders of its
    /// versions, oldest first. Boards do not read it back: it says what was there when it was
    /// written.
    ///
    /// - Returns: How many versions it lists.
    package func writeManifest() async throws(EngineError) -> Int {
        try checkWritable()
        return try await runBlocking { () async throws(EngineError) in
            let lock = try await tree.lock()
            defer { lock.release() }
            var pairs: [YAMLPair] = []
            var count = 0
            for pin in try await tree.pins().filter(PlainNames.isPin).sortedByBytes() {
                let versions = try await wholeVersions(of: pin).map(\.place.version)
                if versions.isEmpty { continue }
                count += versions.count
                pairs.append(
                    YAMLPair(pin, .sequence(versions.map { .text("\(pin)/\($0)/") }, tag: nil)))
            }
            try await tree.writeRootFile(
                PlainNames.manifest, Array(YAMLEmitter.text(pairs).utf8))
            return count
        }
    }
}

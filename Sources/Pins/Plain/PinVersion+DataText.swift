package import PinEngine
internal import PinFormat

/// A version of any board as pins for Python and R would see it.
extension PinVersion {
    /// The `data.txt` that stands beside the files of this version on a plain board, or would.
    ///
    /// A version that came from a plain board has the one it had there, if nothing has changed
    /// since. Of others the `pin_hash` is that of this board: what pins would compute needs all
    /// bytes.
    ///
    /// - Throws: ``EngineError/Code/usage`` for metadata that YAML cannot hold.
    package func plainDataText() throws(EngineError) -> String {
        let names = files.map(\.path)
        let base = PlainMetadata.restored(info.metadata)?.metadata
        if let base, Set(base.files) == Set(names), base.says(info.metadata) { return base.text }
        return try PlainMetadata.recorded(
            files: names, sizes: files.map(\.byteCount), pinHash: info.pinHash,
            info.metadata.titled(pin: info.pin, files: names), base: base
        ).text
    }
}

public import PinEngine
internal import PinFormat
internal import PinStorage

/// Writing files out.
extension PinVersion {
    /// Writes a file to a path. What stands there is replaced only when the new file is whole and
    /// verified; nothing half-written stays.
    ///
    /// - Throws: ``EngineError/Code/usage`` if the path is a folder, ``EngineError/Code/corrupt``,
    ///   ``EngineError/Code/ioError``, ``EngineError/Code/cancelled``.
    public func extract(
        _ file: PinFile, range: Range<UInt64>? = nil, to path: String,
        progress: ProgressHandler? = nil
    ) async throws(EngineError) {
        try await runBlocking { () async throws(EngineError) in
            let output = try OutputFile(path)
            do throws(EngineError) {
                try await read(file, range: range, into: output, progress: progress)
                try output.publish()
            } catch {
                output.abandon()
                throw error
            }
        }
    }

    /// Writes all files below a folder, each one whole; folders are made as needed.
    ///
    /// - Throws: ``EngineError/Code/usage`` if two paths would be one file here.
    public func extractAll(
        to directory: String, progress: ProgressHandler? = nil
    ) async throws(EngineError) {
        do throws(FormatError) {
            try Names.checkDistinct(files.map(\.path))
        } catch {
            throw EngineError.usage(error, object: info.pin)
        }
        try await runBlocking { () async throws(EngineError) in
            try OutputFile.makeFolder(directory, isRoot: true)
            for file in files {
                // A path has no '..' (FORMAT.md §3.2); links below the folder are not followed.
                var folder = directory
                for component in Names.components(of: file.path).dropLast() {
                    folder += "/\(component)"
                    try OutputFile.makeFolder(folder, isRoot: false)
                }
                try await extract(file, to: "\(directory)/\(file.path)", progress: progress)
            }
        }
    }
}

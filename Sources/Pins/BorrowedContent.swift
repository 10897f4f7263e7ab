package import PinEngine
package import PinFormat

/// The content of a version whose bytes another one has: one in the local cache, or in a board of
/// the engine that is the version's data. It is opened when the first byte is asked for.
package protocol BorrowedContent: VersionContent {
    /// Who has the bytes of a file, and what it is called there.
    func lender(of file: PinFile) async throws(EngineError) -> (any VersionContent, PinFile)
    /// What an error of the lender means to whoever reads this version.
    func translated(_ error: EngineError) async -> EngineError
}

extension BorrowedContent {
    package func translated(_ error: EngineError) async -> EngineError { error }

    package func read(
        _ file: PinFile, range: Range<UInt64>?, progress: ProgressHandler?,
        _ body: @Sendable ([UInt8]) async throws(EngineError) -> Void
    ) async throws(EngineError) {
        do throws(EngineError) {
            let (content, lent) = try await lender(of: file)
            try await content.read(lent, range: range, progress: progress, body)
        } catch {
            throw await translated(error)
        }
    }

    package func read(
        _ file: PinFile, range: Range<UInt64>?, into sink: some PositionedSink,
        progress: ProgressHandler?
    ) async throws(EngineError) {
        do throws(EngineError) {
            let (content, lent) = try await lender(of: file)
            try await content.read(lent, range: range, into: sink, progress: progress)
        } catch {
            throw await translated(error)
        }
    }

    package func sha256(
        of file: PinFile, progress: ProgressHandler?
    ) async throws(EngineError) -> Digest {
        do throws(EngineError) {
            let (content, lent) = try await lender(of: file)
            return try await content.sha256(of: lent, progress: progress)
        } catch {
            throw await translated(error)
        }
    }
}

extension PinVersion {
    /// The version as a lender of one of its files.
    package func lending(
        _ file: PinFile
    ) throws(EngineError) -> (any VersionContent, PinFile) {
        (content, try self.file(file.path))
    }
}

public import PinEngine
public import PinFormat
internal import Synchronization

/// The bytes of one version, as a form of board reads them. Nothing unverified is handed out.
public protocol VersionContent: Sendable {
    /// What the board recorded of the version beyond what ``VersionInfo`` says, for a copy that
    /// may come back; `nil` on engine boards, which record nothing else.
    var origin: VersionOrigin? { get }

    /// Hands out the bytes of a file, or of a range of it, in order.
    ///
    /// - Parameters:
    ///   - file: One of the version's files.
    ///   - range: Inside the file; `nil` for all of it.
    ///   - body: Gets pieces of at most a few MiB, one after the other.
    /// - Throws: ``EngineError/Code/corrupt``, ``EngineError/Code/ioError``,
    ///   ``EngineError/Code/cancelled``, what `body` throws.
    func read(
        _ file: PinFile, range: Range<UInt64>?, progress: ProgressHandler?,
        _ body: @Sendable ([UInt8]) async throws(EngineError) -> Void
    ) async throws(EngineError)

    /// Writes the bytes of a file, or of a range of it, each to its own place, in any order.
    func read(
        _ file: PinFile, range: Range<UInt64>?, into sink: some PositionedSink,
        progress: ProgressHandler?
    ) async throws(EngineError)

    /// The SHA-256 of a file, computed from its verified bytes.
    func sha256(
        of file: PinFile, progress: ProgressHandler?
    ) async throws(EngineError) -> Digest

    /// Proves that the recorded `pin_hash` is that of the content that would be handed out.
    ///
    /// - Throws: ``EngineError/Code/corrupt`` if it is not.
    func checkPinHash(progress: ProgressHandler?) async throws(EngineError)
}

extension VersionContent {
    public var origin: VersionOrigin? { nil }

    /// In order, for contents that know no better.
    public func read(
        _ file: PinFile, range: Range<UInt64>?, into sink: some PositionedSink,
        progress: ProgressHandler?
    ) async throws(EngineError) {
        let position = Position()
        try await read(file, range: range, progress: progress) { (piece) throws(EngineError) in
            try sink.write(unsafe piece.span.bytes, at: position.advance(by: piece.count))
        }
    }

    public func sha256(
        of file: PinFile, progress: ProgressHandler?
    ) async throws(EngineError) -> Digest {
        let digester = OrderedDigester()
        try await read(file, range: nil, progress: progress) { (piece) throws(EngineError) in
            digester.update(piece)
        }
        return digester.finish()
    }
}

/// How far pieces that come in order have got.
private final class Position: Sendable {
    private let offset = Mutex<UInt64>(0)

    /// Where the next piece begins.
    func advance(by count: Int) -> UInt64 {
        offset.withLock { offset in
            defer { offset += UInt64(count) }
            return offset
        }
    }
}

internal import PinEngine
internal import PinFormat
internal import PinStorage

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A file of this machine for bytes whose place is not known yet; one task writes it and then reads
/// it. It goes away with its owner. Nothing is open between calls: a version may have more files
/// than a process may have descriptors.
final class Spool: Sendable {
    private let path: String
    private let fileSystem = PosixFileSystem()

    /// A new file in `TMPDIR`.
    init(_ random: any RandomSource = SystemRandom()) {
        let folder = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
        path = "\(folder)/pins-s3-" + Hex.encode(random.bytes(count: 12))
    }

    deinit { try? fileSystem.unlink(path) }

    /// Writes pieces until there are no more.
    ///
    /// - Returns: How many bytes they had.
    func fill(
        _ next: () async throws(EngineError) -> [UInt8]?
    ) async throws(EngineError) -> UInt64 {
        try await append(to: try create(), next)
    }

    private func create() throws(EngineError) -> OwnedFile {
        do throws(SystemError) {
            return try OwnedFile.createExclusive(path, of: fileSystem)
        } catch {
            throw EngineError(BackendError(error, path: path))
        }
    }

    private func append(
        to file: borrowing OwnedFile, _ next: () async throws(EngineError) -> [UInt8]?
    ) async throws(EngineError) -> UInt64 {
        var offset = 0
        while let piece = try await next() {
            do throws(SystemError) { try file.write(piece, at: offset) } catch {
                throw EngineError(BackendError(error, path: path))
            }
            offset += piece.count
        }
        return UInt64(offset)
    }

    /// Reads bytes from an offset on, at most `count`.
    func read(at offset: Int, count: Int) throws(EngineError) -> [UInt8] {
        do throws(SystemError) {
            let file = try OwnedFile.openForReading(path, of: fileSystem)
            var bytes = [UInt8](repeating: 0, count: count)
            let result = unsafe bytes.withUnsafeMutableBytes { buffer in
                Result { () throws(SystemError) in try unsafe file.read(at: offset, into: buffer) }
            }
            bytes.removeLast(count - (try result.get()))
            return bytes
        } catch {
            throw EngineError(BackendError(error, path: path))
        }
    }
}

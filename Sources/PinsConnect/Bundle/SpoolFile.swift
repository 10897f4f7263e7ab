internal import PinEngine
internal import PinFormat
internal import PinStorage
internal import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A file without a name for compressed bytes of a source that can be read only once, such as
/// standard input, where they are too many for memory.
final class SpoolFile: Sendable {
    private let writing: OwnedFile
    private let reading: OwnedFile
    private let end = Mutex(0)

    /// Makes a file in the folder for temporary files; it goes away with the last handle.
    init() throws(EngineError) {
        let folder = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
        let path = "\(folder)/pins-\(Hex.encode(SystemRandom().bytes(count: 8)))"
        let system = PosixFileSystem()
        do throws(SystemError) {
            writing = try OwnedFile.createExclusive(path, of: system)
            defer { try? system.unlink(path) }
            reading = try OwnedFile.openForReading(path, of: system)
        } catch {
            throw EngineError(
                .ioError, "no temporary file can be made in '\(folder)': \(error)", object: folder)
        }
    }

    /// Adds bytes.
    ///
    /// - Returns: Where they are.
    func append(_ bytes: [UInt8]) throws(EngineError) -> Range<Int> {
        let start = end.withLock { end in
            defer { end += bytes.count }
            return end
        }
        do throws(SystemError) {
            try writing.write(bytes, at: start)
        } catch {
            throw EngineError(.ioError, "a temporary file cannot be written: \(error)")
        }
        return start..<start + bytes.count
    }

    /// Bytes that were added.
    func bytes(_ range: Range<Int>) throws(EngineError) -> [UInt8] {
        var result: Result<Int, SystemError> = .success(0)
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
            let target = UnsafeMutableRawBufferPointer(buffer)
            result = Result { () throws(SystemError) in
                try unsafe reading.read(at: range.lowerBound, into: target)
            }
            count = (try? result.get()) ?? 0
        }
        guard bytes.count == range.count else {
            throw EngineError(.ioError, "a temporary file cannot be read")
        }
        return bytes
    }
}

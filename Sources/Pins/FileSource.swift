public import PinEngine
internal import PinFormat
internal import PinStorage

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A regular file. A change while it is read is found out and is an error.
public struct FileSource: ByteSource {
    /// The file; a symbolic link is refused.
    public let path: String

    public init(path: String) { self.path = path }

    public var isRepeatable: Bool { true }

    public var expectedByteCount: UInt64? {
        let status = try? PosixFileSystem().status(path, followingLinks: false)
        return status.map { UInt64(clamping: $0.byteCount) }
    }

    public func open() throws(EngineError) -> any ByteStream { try Stream(path) }

    private final class Stream: ByteStream {
        private let path: String
        private let file: OwnedFile
        private let status: FileStatus
        private var position = 0

        init(_ path: String) throws(EngineError) {
            self.path = path
            do throws(SystemError) {
                file = try OwnedFile.openForReading(path, of: PosixFileSystem())
                status = try file.status()
            } catch {
                throw EngineError.input(error, path)
            }
            guard status.kind == .file else {
                throw EngineError(
                    .usage, "'\(Names.printable(path))' is not a regular file", object: path)
            }
        }

        func read(into buffer: inout [UInt8], from offset: Int) throws(EngineError) -> Int {
            let result = unsafe buffer.withUnsafeMutableBytes { bytes in
                let target = unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[offset...])
                return Result { () throws(SystemError) in
                    try unsafe file.read(at: position, into: target)
                }
            }
            do throws(SystemError) {
                let count = try result.get()
                position += count
                return count
            } catch {
                throw EngineError.input(error, path)
            }
        }

        func finish() throws(EngineError) {
            guard let now = try? file.status(), now.byteCount == position,
                now.byteCount == status.byteCount,
                now.modifiedMilliseconds == status.modifiedMilliseconds
            else {
                throw EngineError(
                    .ioError,
                    "'\(Names.printable(path))' changed while it was read; nothing was written, "
                        + "try again",
                    object: path)
            }
        }
    }
}

/// An open file descriptor, such as standard input: read once, to its end.
public struct DescriptorSource: ByteSource {
    private let descriptor: Int32

    /// - Parameter descriptor: Stays the caller's: it is not closed.
    public init(_ descriptor: Int32) { self.descriptor = descriptor }

    public var isRepeatable: Bool { false }
    public var expectedByteCount: UInt64? { nil }

    public func open() -> any ByteStream { Stream(descriptor) }

    private final class Stream: ByteStream {
        private let descriptor: Int32

        init(_ descriptor: Int32) { self.descriptor = descriptor }

        func read(into buffer: inout [UInt8], from offset: Int) throws(EngineError) -> Int {
            while true {
                // A pipe may be silent for long: cancellation is looked at between waits.
                if Task.isCancelled { throw EngineError(.cancelled, "the write was interrupted") }
                var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                let ready = unsafe poll(&wait, 1, 200)
                if ready == 0 || (ready < 0 && errno == EINTR) { continue }
                let count = unsafe buffer.withUnsafeMutableBytes { bytes in
                    let target = unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[offset...])
                    return unsafe read(target)
                }
                if count >= 0 { return count }
                guard errno == EINTR || errno == EAGAIN else {
                    throw EngineError.input(SystemError(.read, errno), "standard input")
                }
            }
        }

        private func read(_ target: UnsafeMutableRawBufferPointer) -> Int {
            #if canImport(Darwin)
                unsafe Darwin.read(descriptor, target.baseAddress, target.count)
            #elseif canImport(Glibc)
                unsafe Glibc.read(descriptor, target.baseAddress, target.count)
            #else
                unsafe Musl.read(descriptor, target.baseAddress, target.count)
            #endif
        }

        func finish() {}
    }
}

extension EngineError {
    /// A failed call on a file that the user named.
    static func input(_ error: SystemError, _ path: String) -> EngineError {
        let name = Names.printable(path)
        switch error.number {
        case ENOENT, ENOTDIR:
            return EngineError(.notFound, "there is no file '\(name)'", object: path)
        case EACCES, EPERM:
            return EngineError(.notPermitted, "'\(name)' may not be read", object: path)
        case ELOOP:
            return EngineError(
                .usage, "'\(name)' is a symbolic link; follow it with '--follow-symlinks'",
                object: path)
        default:
            return EngineError(.ioError, "'\(name)' cannot be read: \(error)", object: path)
        }
    }
}

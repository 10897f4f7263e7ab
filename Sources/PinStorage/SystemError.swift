#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A failed call of a ``FileSystem``: which one, and the number that it left in `errno`.
public struct SystemError: Error, Sendable, Hashable {
    /// The calls of a ``FileSystem``.
    public enum Call: String, Sendable, Hashable, CaseIterable {
        case openForReading, createExclusive, read, write, synchronize, close, lock, status
        case rename, renameExclusive, link, unlink
        case makeDirectory, removeDirectory, synchronizeDirectory, listDirectory
    }

    /// The call that failed.
    public let call: Call
    /// The error's number, such as `EIO`.
    public let number: Int32

    public init(_ call: Call, _ number: Int32) {
        self.call = call
        self.number = number
    }
}

extension SystemError: CustomStringConvertible {
    public var description: String { "\(call.rawValue): \(SystemError.text(number))" }

    /// What the operating system calls an error number.
    static func text(_ number: Int32) -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        let count = buffer.count
        let result = unsafe buffer.withUnsafeMutableBufferPointer { buffer in
            unsafe buffer.baseAddress.map { unsafe strerror_r(number, $0, count) }
        }
        guard result == 0 else { return "error \(number)" }
        let bytes = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Repeats a call for as long as a signal interrupts it.
///
/// Not for `close` (the descriptor is gone) and not for the synchronising calls (an error of theirs
/// is never followed by a second try).
package func uninterrupted<Result: ~Copyable>(
    _ call: () throws(SystemError) -> Result
) throws(SystemError) -> Result {
    while true {
        do throws(SystemError) {
            return try call()
        } catch  where error.number == EINTR {
            continue
        }
    }
}

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What settings are read from: variables and small files. Injected, so that tests have their own.
public protocol SystemContext: Sendable {
    /// A variable of the environment; `nil` where it is not set or empty.
    func variable(_ name: String) -> String?

    /// A small file; `nil` where it cannot be read, or has more than 1 MiB.
    func file(_ path: String) -> [UInt8]?
}

/// The process's own environment and files.
public struct ProcessContext: SystemContext {
    private static let fileByteCountMax = 1 << 20

    public init() {}

    public func variable(_ name: String) -> String? {
        let text = unsafe getenv(name).map { unsafe String(cString: $0) }
        return text?.isEmpty == false ? text : nil
    }

    public func file(_ path: String) -> [UInt8]? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        while bytes.count <= Self.fileByteCountMax {
            let count = unsafe piece.withUnsafeMutableBytes {
                unsafe read(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { return bytes }
            bytes += piece[..<count]
        }
        return nil
    }
}

extension SystemContext {
    /// A path with the home folder for a tilde.
    func expanded(_ path: String) -> String {
        guard path.hasPrefix("~/"), let home = variable("HOME") else { return path }
        return home + path.dropFirst(1)
    }
}

import Foundation

/// A blocking TCP socket of the loopback interface, closed when it is let go.
public final class LoopbackSocket: Sendable {
    struct Failure: Error { let number: Int32 }

    private let descriptor: Int32

    init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// A connection to a port.
    public convenience init(connectingTo port: Int) throws {
        self.init(descriptor: try Self.make())
        let result = Self.withAddress(port) { connect(descriptor, $0, $1) }
        guard result == 0 else { throw Failure(number: errno) }
    }

    /// A socket that listens on a port; 0 takes a free one.
    convenience init(listeningOn port: Int) throws {
        self.init(descriptor: try Self.make())
        guard Self.withAddress(port, { bind(descriptor, $0, $1) }) == 0,
            listen(descriptor, 64) == 0
        else { throw Failure(number: errno) }
    }

    /// A port that was free a moment ago.
    public static func freePort() throws -> Int { try LoopbackSocket(listeningOn: 0).port }

    var port: Int {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutableBytes(of: &address) { bytes in
            let pointer = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self)
            _ = pointer.map { getsockname(descriptor, $0, &length) }
        }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    /// The next connection, or `nil` when the socket was shut.
    func accept() -> LoopbackSocket? {
        let connection = Foundation.accept(descriptor, nil, nil)
        return connection < 0 ? nil : LoopbackSocket(descriptor: connection)
    }

    /// Wakes whoever waits in ``accept()`` or ``receive()``.
    func shut() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    /// Sends text; `false` if the other side is gone.
    @discardableResult
    public func send(_ text: String) -> Bool {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes {
                Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            bytes = bytes.dropFirst(count)
        }
        return true
    }

    /// What has come, at least a byte; nothing at the end.
    public func receive() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        return Array(bytes.prefix(max(0, count)))
    }

    private static func make() throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(number: errno) }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        return descriptor
    }

    private static func withAddress(
        _ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}

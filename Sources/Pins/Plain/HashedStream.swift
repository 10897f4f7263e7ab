package import PinEngine
internal import Synchronization

/// A file of a version elsewhere as its pieces come, hashed on the way as plain boards do.
package final class HashedStream: ByteStream {
    /// The next bytes, for a reader that has room for so many, or `nil` at the end.
    package typealias Next = (_ room: Int) async throws(EngineError) -> [UInt8]?

    private let next: Next
    private let whole: (_ hash: String) throws(EngineError) -> Void
    private var hash = PlainHash.Stream()
    private var piece: ArraySlice<UInt8> = []

    /// - Parameter whole: Gets the file's hash once all of it was read.
    package init(
        _ next: @escaping Next, whole: @escaping (_ hash: String) throws(EngineError) -> Void
    ) {
        (self.next, self.whole) = (next, whole)
    }

    package func read(
        into buffer: inout [UInt8], from offset: Int
    ) async throws(EngineError) -> Int {
        if piece.isEmpty {
            guard let bytes = try await next(buffer.count - offset) else { return 0 }
            hash.update(bytes)
            piece = bytes[...]
        }
        let count = min(piece.count, buffer.count - offset)
        buffer.replaceSubrange(offset..<offset + count, with: piece.prefix(count))
        piece = piece.dropFirst(count)
        return count
    }

    package func finish() throws(EngineError) { try whole(hash.hex) }
}

/// The hashes of a version's files as they are read, in whatever order: when the last one is there,
/// all are compared with what was recorded. Before that nothing of them is committed anywhere.
package final class HashCollector: Sendable {
    private let check: @Sendable (_ hashes: [String]) throws(EngineError) -> Void
    private let found: Mutex<[String?]>

    /// - Parameter check: Throws ``EngineError/Code/corrupt`` if the hashes, in the order of the
    ///   files, are not what was recorded.
    package init(
        count: Int, _ check: @escaping @Sendable (_ hashes: [String]) throws(EngineError) -> Void
    ) {
        self.check = check
        found = Mutex(Array(repeating: nil, count: count))
    }

    /// Notes a file's hash.
    package func set(_ hash: String, _ index: Int) throws(EngineError) {
        let (all, count) = found.withLock { found in
            found[index] = hash
            return (found.compactMap { $0 }, found.count)
        }
        if all.count == count { try check(all) }
    }
}

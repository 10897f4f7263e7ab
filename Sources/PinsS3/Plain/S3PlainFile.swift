internal import PinEngine
internal import Pins
internal import Synchronization

/// A file of a plain board in a bucket: read in order, so that it is fetched in large blocks.
///
/// Memory: one block. Every request names the tag that the object had when it was opened: one that
/// was replaced meanwhile is an error, and no mixture of both is handed out.
final class S3PlainFile: PlainFile {
    /// How much one request fetches, in bytes.
    static let blockByteCount: UInt64 = 8 << 20

    let status: PlainFileStatus
    private let client: S3Client
    private let key: String
    private let tag: String?
    private let block = Mutex<(start: UInt64, bytes: [UInt8])>((0, []))

    init(_ client: S3Client, _ key: String, _ status: PlainFileStatus, tag: String?) {
        (self.client, self.key, self.status, self.tag) = (client, key, status, tag)
    }

    func read(_ range: Range<UInt64>) async throws(EngineError) -> [UInt8] {
        if range.isEmpty { return [] }
        guard range.upperBound <= status.byteCount else { throw shorter }
        if let known = kept(range) { return known }
        let end = min(status.byteCount, max(range.upperBound, range.lowerBound + blockSize))
        let bytes: [UInt8]
        do throws(S3Error) {
            bytes = try await client.get(
                key, range: Int(range.lowerBound)..<Int(end), ifTag: tag)
        } catch  where error.code == .precondition || error.code == .range {
            throw shorter
        } catch {
            throw S3PlainTree.error(error, key)
        }
        block.withLock { $0 = (range.lowerBound, bytes) }
        return Array(bytes.prefix(range.count))
    }

    private var blockSize: UInt64 { Self.blockByteCount }

    private func kept(_ range: Range<UInt64>) -> [UInt8]? {
        block.withLock { block in
            guard range.lowerBound >= block.start,
                range.upperBound <= block.start + UInt64(block.bytes.count)
            else { return nil }
            let start = Int(range.lowerBound - block.start)
            return Array(block.bytes[start..<start + range.count])
        }
    }

    private var shorter: EngineError {
        EngineError(.corrupt, "'\(key)' was changed while it was read; read it again", object: key)
    }
}

internal import PinEngine
internal import PinStorage
internal import Pins
internal import Synchronization

/// A version of a plain board in a bucket that waits for its name: its files are kept on this
/// machine, and go up when it is published.
final class S3PlainStage: PlainStage {
    private enum Content {
        case spooled(Spool, byteCount: UInt64)
        case copied(key: String, byteCount: UInt64)
    }

    private let tree: S3PlainTree
    private let pin: String
    private let files = Mutex<[(path: String, content: Content)]>([])

    init(_ tree: S3PlainTree, _ pin: String) {
        self.tree = tree
        self.pin = pin
    }

    func write(
        _ path: String, _ next: () async throws(EngineError) -> [UInt8]?
    ) async throws(EngineError) {
        let spool = Spool()
        let byteCount = try await spool.fill(next)
        files.withLock { $0.append((path, .spooled(spool, byteCount: byteCount))) }
    }

    /// The service copies, where it can; a bucket shares nothing.
    func take(_ path: String, from place: PlainPlace) async throws(EngineError) -> UInt64 {
        let file = try await tree.open(path, of: place)
        let byteCount = file.status.byteCount
        guard byteCount > UInt64(S3Client.copyByteCountMax) else {
            let key = tree.key(place, path)
            files.withLock { $0.append((path, .copied(key: key, byteCount: byteCount))) }
            return byteCount
        }
        try await spool(file, path)
        return byteCount
    }

    private func spool(_ file: any PlainFile, _ path: String) async throws(EngineError) {
        var offset: UInt64 = 0
        try await write(path) { () async throws(EngineError) in
            let end = min(offset + (1 << 20), file.status.byteCount)
            if offset == end { return nil }
            defer { offset = end }
            return try await file.read(offset..<end)
        }
    }

    func publish(as version: String, metadata: [UInt8]) async throws(EngineError) -> Bool {
        let place = PlainPlace(pin, version)
        guard try await tree.files(of: place).isEmpty else { return false }
        var done: [String] = []
        do throws(EngineError) {
            for (path, content) in files.withLock({ $0 }) {
                let key = tree.key(place, path)
                try tree.checkCancellation()
                guard try await store(content, at: key) else {
                    // Another writer has this name: what is there is not ours to remove.
                    await remove(done)
                    return false
                }
                done.append(key)
            }
            let key = tree.key(place, PlainMetadata.fileName)
            guard try await tree.putIfAbsent(key, metadata) else {
                await remove(done)
                return false
            }
        } catch {
            await remove(done)
            throw error
        }
        files.withLock { $0 = [] }
        return true
    }

    /// - Returns: False if there is an object of that name.
    private func store(_ content: Content, at key: String) async throws(EngineError) -> Bool {
        switch content {
        case .copied(let source, _):
            try await tree.asking(key) { (client) async throws(S3Error) in
                try await client.copy(source, to: key)
            }
            return true
        case .spooled(let spool, let byteCount) where byteCount <= UInt64(tree.partByteCount):
            return try await tree.putIfAbsent(
                key, try spool.read(at: 0, count: Int(byteCount)))
        case .spooled(let spool, let byteCount):
            try await upload(spool, Int(byteCount), to: key)
            return true
        }
    }

    private func upload(
        _ spool: Spool, _ byteCount: Int, to key: String
    ) async throws(EngineError) {
        var upload = try await tree.asking(key) { (client) async throws(S3Error) in
            try await client.beginParts(key)
        }
        do throws(EngineError) {
            for start in stride(from: 0, to: byteCount, by: tree.partByteCount) {
                let count = min(tree.partByteCount, byteCount - start)
                let part = try spool.read(at: start, count: count)
                do throws(S3Error) { try await tree.client.add(part, to: &upload) } catch {
                    throw S3PlainTree.error(error, key)
                }
                try tree.checkCancellation()
            }
            let whole = upload
            _ = try await tree.asking(key) { (client) async throws(S3Error) in
                try await client.finish(whole, ifAbsent: false)
            }
        } catch {
            await tree.client.abandon(upload)
            throw error
        }
    }

    /// Removes objects of ours that nobody knows of, as far as that works.
    private func remove(_ keys: [String]) async {
        try? await tree.client.delete(keys)
    }

    func abandon() async { files.withLock { $0 = [] } }
}

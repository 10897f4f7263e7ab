internal import PinStorage

/// An object of a bucket that is written piece by piece: in one request if it is small, else in
/// parts. Holds one part in memory.
final class S3Writer: ObjectWriter {
    private let backend: S3Backend
    private let key: ObjectKey
    private let mode: PutMode
    private var pending: [UInt8] = []
    private var upload: S3Client.PartUpload?

    init(_ backend: S3Backend, _ key: ObjectKey, byteCount: Int, mode: PutMode) {
        (self.backend, self.key, self.mode) = (backend, key, mode)
        pending.reserveCapacity(min(byteCount, backend.partByteCount))
    }

    func append(_ bytes: [UInt8]) async throws(BackendError) {
        pending += bytes
        // The last part may be short, and must not be empty: it is kept back.
        while pending.count > backend.partByteCount {
            let part = Array(pending.prefix(backend.partByteCount))
            pending.removeFirst(part.count)
            try await send(part)
        }
    }

    func publish() async throws(BackendError) -> PutOutcome {
        let (backend, key) = (backend, key)
        guard upload != nil else {
            return try await backend.put(key, pending, mode: mode, durable: true)
        }
        try await send(pending)
        pending = []
        guard let upload else { preconditionFailure("parts were sent") }
        if let outcome = try await backend.outcomeByLooking(key, mode) {
            await backend.client.abandon(upload)
            return outcome
        }
        let outcome: PutOutcome
        do throws(BackendError) {
            outcome = try await backend.creating(key, mode) {
                (client, ifAbsent) async throws(S3Error) in
                do throws(S3Error) {
                    return try await client.finish(upload, ifAbsent: ifAbsent)
                } catch  where error.word == "NoSuchUpload" && error.followsLostTry {
                    // An earlier try, whose answer was lost, has ended the upload.
                    return true
                }
            }
        } catch {
            await backend.client.abandon(upload)
            throw error
        }
        if outcome != .created { await backend.client.abandon(upload) }
        return outcome
    }

    private func send(_ part: [UInt8]) async throws(BackendError) {
        let name = backend.name(key)
        if upload == nil {
            upload = try await backend.translating(key) { (client) async throws(S3Error) in
                try await client.beginParts(name)
            }
        }
        guard var current = upload else { preconditionFailure("an upload was begun") }
        do throws(S3Error) {
            try await backend.client.add(part, to: &current)
            upload = current
        } catch {
            // Parts of an upload that nobody ends cost money.
            await backend.client.abandon(current)
            throw BackendError(error, key: key)
        }
    }
}

public import PinStorage

/// A board's objects in a bucket: an object's key is the prefix and the ``ObjectKey``.
///
/// Creating if absent is `PUT` with `If-None-Match: *`. Where the service does not honour that,
/// which ``probeConditionalCreation(random:)`` finds out, the backend says that it cannot create
/// atomically, and looks before it writes: enough for one writer.
///
/// Requests: one for each call, but
///
/// | call | requests |
/// |---|---|
/// | `get` of an empty range | 1 HEAD |
/// | `put` without conditional creation, if absent | 2: HEAD, PUT |
/// | `put`, `writer` of more than ``S3Settings/partByteCount`` bytes | 2 and 1 for each part |
/// | `list` | 1 for each 1,000 objects, of the board's or not |
///
/// `PinsS3Tests.TrafficTests` counts what the operations of a board need.
public final class S3Backend: BoardBackend {
    /// What the place promises.
    public let capabilities: BackendCapabilities
    /// The place, for messages; without secrets.
    public let description: String

    let client: S3Client
    let prefix: String
    let partByteCount: Int

    /// A backend; asks for nothing.
    ///
    /// - Parameters:
    ///   - location: The bucket and the prefix.
    ///   - client: Of the location's bucket.
    ///   - partByteCount: As ``S3Settings/partByteCount``.
    ///   - createsAtomically: What a probe has found, or the board's configuration says.
    public init(
        _ location: S3Location, _ client: S3Client, partByteCount: Int = 64 << 20,
        createsAtomically: Bool = true
    ) {
        precondition(location.bucket == client.bucket, "the client talks to another bucket")
        precondition((5 << 20...5 << 30).contains(partByteCount), "a part has 5 MiB to 5 GiB")
        self.client = client
        self.prefix = location.prefix
        self.partByteCount = partByteCount
        capabilities = BackendCapabilities(
            atomicCreate: createsAtomically, isRemote: true,
            maximumObjectByteCount: min(partByteCount * S3Client.partCountMax, 5 << 40))
        let place = client.description
        let bucketEnd = "s3://\(location.bucket)"
        description =
            "\(bucketEnd)/\(location.prefix)" + place.dropFirst(bucketEnd.count)
    }

    /// The same place, known to create atomically or not.
    public func withAtomicCreation(_ createsAtomically: Bool) -> S3Backend {
        S3Backend(self, createsAtomically)
    }

    private init(_ other: S3Backend, _ createsAtomically: Bool) {
        var capabilities = other.capabilities
        capabilities.atomicCreate = createsAtomically
        self.capabilities = capabilities
        description = other.description
        client = other.client
        prefix = other.prefix
        partByteCount = other.partByteCount
    }

    // MARK: - Reading

    public func get(
        _ key: ObjectKey, range: Range<Int>?, limit: Int
    ) async throws(BackendError) -> [UInt8] {
        let name = name(key)
        return try await translating(key) { (client) async throws(S3Error) in
            guard let range else { return try await client.get(name, limit: limit) }
            guard range.lowerBound >= 0 else { throw client.outside(name, range) }
            guard range.isEmpty else { return try await client.get(name, range: range) }
            // No request can ask for no byte.
            let head = try await client.head(name)
            guard range.upperBound <= head.byteCount else { throw client.outside(name, range) }
            return []
        }
    }

    public func stat(_ key: ObjectKey) async throws(BackendError) -> ObjectStat? {
        let name = name(key)
        do throws(BackendError) {
            let head = try await translating(key) { (client) async throws(S3Error) in
                try await client.head(name)
            }
            return ObjectStat(
                key: key, byteCount: head.byteCount, modified: head.modifiedSeconds)
        } catch  where error.code == .notFound {
            return nil
        }
    }

    public func list(prefix: String, after: ObjectKey?) async throws(BackendError) -> ListPage {
        let (start, after) = (self.prefix + prefix, after.map { name($0) })
        var token: String?
        var last: String?
        // A page may hold nothing but objects that are none of the board's.
        while true {
            let page = token
            let listing = try await translating(nil) { (client) async throws(S3Error) in
                try await client.list(prefix: start, after: after, token: page)
            }
            var objects: [ObjectStat] = []
            for object in listing.objects {
                guard object.key.hasPrefix(self.prefix),
                    // A service that gives its keys in another order, or twice, would loop.
                    last.map({ $0.utf8.lexicographicallyPrecedes(object.key.utf8) }) ?? true
                else {
                    throw BackendError(
                        .ioError, "\(description) lists '\(object.key)' where it must not")
                }
                last = object.key
                let text = String(object.key.dropFirst(self.prefix.count))
                guard let key = try? ObjectKey(validating: text) else { continue }
                objects.append(
                    ObjectStat(
                        key: key, byteCount: object.byteCount, modified: object.modifiedSeconds))
            }
            guard let next = listing.next else { return ListPage(objects: objects, isLast: true) }
            if !objects.isEmpty { return ListPage(objects: objects, isLast: false) }
            token = next
        }
    }

    public func requestCount(putting byteCount: Int, mode: PutMode) -> Int {
        let looking = mode == .ifAbsent && !capabilities.atomicCreate ? 1 : 0
        guard byteCount > partByteCount else { return looking + 1 }
        return looking + 2 + (byteCount + partByteCount - 1) / partByteCount
    }

    public func openLocal(_ key: ObjectKey) async throws(BackendError) -> (any LocalObject)? { nil }

    // MARK: - Writing

    public func put(
        _ key: ObjectKey, _ bytes: [UInt8], mode: PutMode, durable: Bool
    ) async throws(BackendError) -> PutOutcome {
        guard bytes.count <= partByteCount else {
            let writer = try await writer(key, byteCount: bytes.count, mode: mode)
            for start in stride(from: 0, to: bytes.count, by: partByteCount) {
                try await writer.append(
                    Array(bytes[start..<min(start + partByteCount, bytes.count)]))
            }
            return try await writer.publish()
        }
        if let outcome = try await outcomeByLooking(key, mode) { return outcome }
        let name = name(key)
        return try await creating(key, mode) { (client, ifAbsent) async throws(S3Error) in
            try await client.put(name, bytes, ifAbsent: ifAbsent)
        }
    }

    public func writer(
        _ key: ObjectKey, byteCount: Int, mode: PutMode
    ) async throws(BackendError) -> any ObjectWriter {
        guard byteCount <= capabilities.maximumObjectByteCount else {
            throw BackendError(
                .tooLarge, key: key,
                "\(key) has \(byteCount) bytes; \(description) takes at most "
                    + "\(capabilities.maximumObjectByteCount)")
        }
        return S3Writer(self, key, byteCount: byteCount, mode: mode)
    }

    public func delete(_ key: ObjectKey) async throws(BackendError) {
        let name = name(key)
        try await translating(key) { (client) async throws(S3Error) in
            try await client.delete(name)
        }
    }

    // MARK: - Outcomes

    func name(_ key: ObjectKey) -> String { prefix + key.text }

    /// Where the service would overwrite: whether there is an object already.
    func outcomeByLooking(
        _ key: ObjectKey, _ mode: PutMode
    ) async throws(BackendError) -> PutOutcome? {
        guard mode == .ifAbsent, !capabilities.atomicCreate else { return nil }
        return try await stat(key) == nil ? nil : .exists
    }

    /// Creates an object, and says what became of it.
    ///
    /// A refusal because the object is there proves nothing once a try of ours was lost: it may be
    /// our own. Then the outcome is unknown, and whoever asked reads it back.
    ///
    /// - Parameter body: Creates it; returns whether an earlier try may have done so.
    func creating(
        _ key: ObjectKey, _ mode: PutMode,
        _ body: (S3Client, _ ifAbsent: Bool) async throws(S3Error) -> Bool
    ) async throws(BackendError) -> PutOutcome {
        do throws(S3Error) {
            _ = try await body(client, mode == .ifAbsent)
            return .created
        } catch  where error.code == .precondition && mode == .ifAbsent {
            return error.followsLostTry ? .unknown : .exists
        } catch {
            throw BackendError(error, key: key)
        }
    }

    func translating<Value>(
        _ key: ObjectKey?, _ body: (S3Client) async throws(S3Error) -> Value
    ) async throws(BackendError) -> Value {
        do throws(S3Error) {
            return try await body(client)
        } catch {
            throw BackendError(error, key: key)
        }
    }
}

extension BackendError {
    /// A failure of the service.
    init(_ error: S3Error, key: ObjectKey?) {
        let code: Code =
            switch error.code {
            case .notFound: .notFound
            case .noBucket: .noSuchPlace
            case .denied, .clock: .permissionDenied
            case .throttled: .throttled
            case .unavailable, .foreign: .unavailable
            case .tooLarge: .tooLarge
            case .range: .rangeNotSatisfiable
            case .cancelled: .cancelled
            case .notSupported: .notSupported
            default: .ioError
            }
        self.init(code, key: key, error.message)
    }
}

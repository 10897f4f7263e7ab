internal import PinFormat

/// A place that keeps named objects: the seam that adapters plug into.
///
/// Nothing above it knows what a folder or a bucket is; nothing below it knows what a pin is.
/// Every backend passes `BackendConformance` of PinTesting, which is this contract as a program:
///
/// - An object is seen whole or not at all. No call ever gives a part of a put.
/// - When `put` returns ``PutOutcome/created`` or ``PutOutcome/exists`` the object survives a power
///   cut (unless it was written with `durable` false), and every later `get` and `stat` sees it.
/// - When `put` throws, the object is whole or absent, and may still appear later: an error is not
///   a proof of absence. The same holds for ``PutOutcome/unknown``.
/// - When `delete` returns, the object is gone and stays gone after a power cut.
///
/// Calls may come from many tasks at once. Local backends block the calling thread in system calls:
/// call them inside ``runBlocking(on:_:)``. No call observes cancellation unless its documentation
/// says so.
public protocol BoardBackend: Sendable {
    /// What this backend promises. It does not change.
    var capabilities: BackendCapabilities { get }

    /// The place, for messages: `folder /data/board`. It contains no secret.
    var description: String { get }

    /// Reads an object, whole or in part.
    ///
    /// - Parameters:
    ///   - key: The object.
    ///   - range: The bytes to read, or `nil` for all of them. It must lie inside the object.
    ///   - limit: The most bytes that a whole read may give; a ranged read ignores it.
    /// - Returns: The whole object, or exactly the bytes of `range`.
    /// - Throws: ``BackendError/Code/notFound``, ``BackendError/Code/rangeNotSatisfiable``,
    ///   ``BackendError/Code/tooLarge`` before any memory is taken, and what the place may throw.
    func get(
        _ key: ObjectKey, range: Range<Int>?, limit: Int
    ) async throws(BackendError) -> [UInt8]

    /// Writes an object in one step.
    ///
    /// - Parameters:
    ///   - key: The object.
    ///   - bytes: Its content, at most `capabilities.maximumObjectByteCount` bytes.
    ///   - mode: What to do if it exists.
    ///   - durable: Whether it must survive a power cut. Without it, a power cut may leave the old
    ///     object, the new one, none, or one with wrong bytes: for advisory objects that carry
    ///     their own checksum.
    /// - Returns: What became of it; never ``PutOutcome/exists`` for ``PutMode/overwrite``.
    /// - Throws: ``BackendError/Code/readOnly``, ``BackendError/Code/noSpace``,
    ///   ``BackendError/Code/tooLarge``, ``BackendError/Code/ioError``, what the place may throw.
    func put(
        _ key: ObjectKey, _ bytes: [UInt8], mode: PutMode, durable: Bool
    ) async throws(BackendError) -> PutOutcome

    /// Begins an object that is written piece by piece; a durable put in other respects.
    ///
    /// - Parameter byteCount: How many bytes it will have.
    /// - Throws: As ``put(_:_:mode:durable:)``.
    func writer(
        _ key: ObjectKey, byteCount: Int, mode: PutMode
    ) async throws(BackendError) -> any ObjectWriter

    /// Lists objects, ascending by the bytes of their keys.
    ///
    /// - Parameters:
    ///   - prefix: What the keys begin with: `packs/`, `commits/0000`, or empty for all.
    ///   - after: Only keys greater than this one; it need not exist.
    /// - Returns: A page; it has at least one object unless it is the last.
    /// - Throws: ``BackendError/Code/notSupported`` without the capability.
    func list(prefix: String, after: ObjectKey?) async throws(BackendError) -> ListPage

    /// What is known about an object, or `nil` if there is none.
    func stat(_ key: ObjectKey) async throws(BackendError) -> ObjectStat?

    /// Removes an object. One that is absent is a success.
    func delete(_ key: ObjectKey) async throws(BackendError)

    /// Opens an object that lies on this machine, or gives `nil` where objects do not.
    ///
    /// - Throws: ``BackendError/Code/notFound`` if objects are local and this one is absent.
    func openLocal(_ key: ObjectKey) async throws(BackendError) -> (any LocalObject)?

    /// Whether bytes of an object can be had without a request to another machine: for what is
    /// worth reading only then, such as the base of a delta. Advice.
    func isAtHand(_ key: ObjectKey, range: Range<Int>) async -> Bool

    /// Which parts of a range of an object a read would ask the place for, ascending: the rest is
    /// kept on the way. Advice.
    func missing(_ key: ObjectKey, range: Range<Int>) async -> [Range<Int>]

    /// How many requests a put of so many bytes needs, where nothing fails. Advice.
    func requestCount(putting byteCount: Int, mode: PutMode) -> Int

    /// Hears that bytes of an object were not those that its references name: what is kept of it on
    /// the way is not handed out again. Backends that keep nothing do nothing.
    func distrust(_ key: ObjectKey) async

    /// Removes what interrupted writers left behind outside the objects; most backends have nothing
    /// such.
    ///
    /// - Parameters:
    ///   - age: The least time since it was last changed, in seconds.
    ///   - now: The time.
    /// - Returns: How many leftovers were removed.
    func removeStaleTemporaries(
        olderThan age: Int64, now: any WallClock
    ) async throws(BackendError) -> Int
}

extension BoardBackend {
    public func isAtHand(_ key: ObjectKey, range: Range<Int>) async -> Bool {
        !capabilities.isRemote
    }

    public func missing(_ key: ObjectKey, range: Range<Int>) async -> [Range<Int>] { [range] }

    public func requestCount(putting byteCount: Int, mode: PutMode) -> Int { 1 }

    public func distrust(_ key: ObjectKey) async {}

    public func removeStaleTemporaries(
        olderThan age: Int64, now: any WallClock
    ) async throws(BackendError) -> Int { 0 }
}

extension BoardBackend {
    /// Writes an object durably: ``put(_:_:mode:durable:)`` with `durable` true.
    public func put(
        _ key: ObjectKey, _ bytes: [UInt8], mode: PutMode
    ) async throws(BackendError) -> PutOutcome {
        try await put(key, bytes, mode: mode, durable: true)
    }

    /// Reads a whole object of at most `limit` bytes: ``get(_:range:limit:)`` without a range.
    public func get(_ key: ObjectKey, limit: Int) async throws(BackendError) -> [UInt8] {
        try await get(key, range: nil, limit: limit)
    }

    /// Reads exactly the bytes of `range`: ``get(_:range:limit:)`` with the limit it needs.
    public func get(_ key: ObjectKey, range: Range<Int>) async throws(BackendError) -> [UInt8] {
        try await get(key, range: range, limit: range.count)
    }

    /// Lists every object whose key begins with `prefix`, page after page.
    ///
    /// - Complexity: O(*n*) memory in the number of objects.
    public func listAll(prefix: String) async throws(BackendError) -> [ObjectStat] {
        var objects: [ObjectStat] = []
        while true {
            let page = try await list(prefix: prefix, after: objects.last?.key)
            objects += page.objects
            // A page without objects that is not the last would loop for ever: it ends the list.
            if page.isLast || page.objects.isEmpty { return objects }
        }
    }
}

extension BoardBackend {
    /// The error of a put that is larger than the backend takes, or `nil`.
    func oversize(_ key: ObjectKey, _ byteCount: Int) -> BackendError? {
        let maximum = capabilities.maximumObjectByteCount
        guard byteCount > maximum, !Check.objectSize.isOff else { return nil }
        return BackendError(
            .tooLarge, key: key,
            "\(key) has \(byteCount) bytes; \(description) takes at most \(maximum)")
    }

    /// The error of a whole read that is larger than its caller's limit.
    func overLimit(_ key: ObjectKey, _ byteCount: Int, limit: Int) -> BackendError {
        BackendError(
            .tooLarge, key: key,
            "\(key) in \(description) has \(byteCount) bytes where at most \(limit) are allowed: "
                + "it is damaged or not of this kind of board")
    }

    /// The error of an object that is not there.
    func absent(_ key: ObjectKey) -> BackendError {
        BackendError(.notFound, key: key, "there is no object \(key) in \(description)")
    }

    /// The error of a write to a backend that takes none.
    func notWritable(_ key: ObjectKey) -> BackendError {
        BackendError(.readOnly, key: key, "\(description) is opened for reading only")
    }
}

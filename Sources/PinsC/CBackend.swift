internal import CPins
internal import PinEngine
internal import PinStorage
internal import Synchronization

/// A backend whose calls are functions of C.
final class CBackend: BoardBackend {
    let capabilities: BackendCapabilities
    let description: String
    // Used by many threads at once: that they may be is what the header asks of these functions.
    private let table: Lent<pins_backend>
    /// Whether `release` is to be called: not where the table was refused.
    private let function: Lent<Functions>

    private struct Functions {
        let get:
            @convention(c) (
                UnsafeMutableRawPointer?, UnsafePointer<CChar>?, UInt64, UInt64, OpaquePointer?
            ) -> Int32
        let put:
            @convention(c) (
                UnsafeMutableRawPointer?, UnsafePointer<CChar>?, UnsafeRawPointer?, Int, Int32,
                Int32,
                UnsafeMutablePointer<Int32>?
            ) -> Int32
        let list:
            @convention(c) (
                UnsafeMutableRawPointer?, UnsafePointer<CChar>?, UnsafePointer<CChar>?,
                OpaquePointer?,
                UnsafeMutablePointer<Int32>?
            ) -> Int32
        let stat:
            @convention(c) (
                UnsafeMutableRawPointer?, UnsafePointer<CChar>?, UnsafeMutablePointer<UInt64>?,
                UnsafeMutablePointer<Int64>?
            ) -> Int32
        let remove:
            @convention(c) (
                UnsafeMutableRawPointer?, UnsafePointer<CChar>?
            ) -> Int32
    }

    /// - Throws: ``EngineError/Code/usage`` for a table that lacks a function; `release` is then
    ///   called.
    init(_ pointer: UnsafePointer<pins_backend>) throws(EngineError) {
        let table = try options(pointer, zero: pins_backend(), "pins_backend")
        func refuse(_ why: String) -> EngineError {
            table.release?(table.user)
            return EngineError(.usage, why)
        }
        guard let get = table.get, let put = table.put, let list = table.list,
            let stat = table.stat, let remove = table.remove
        else { throw refuse("pins_backend lacks a function; only 'release' may be NULL") }
        guard table.capabilities < 32, table.reserved == 0 else {
            throw refuse("pins_backend has capabilities that this library does not know")
        }
        let given: String?
        do throws(EngineError) {
            given = try optionalText(table.description, "the description of a backend")
        } catch {
            throw refuse(error.message)
        }
        func has(_ bit: Int) -> Bool { table.capabilities & UInt32(bit) != 0 }
        description = given ?? "backend"
        capabilities = BackendCapabilities(
            atomicCreate: has(1), list: true, strongList: has(2), range: has(4), readOnly: has(8),
            isRemote: has(16),
            maximumObjectByteCount: table.maximum_object == 0
                ? 1 << 40 : Int(clamping: table.maximum_object))
        self.table = Lent(table)
        function = Lent(Functions(get: get, put: put, list: list, stat: stat, remove: remove))
    }

    deinit {
        let (release, user) = (table.value.release, table.value.user)
        if let release { Callback.run { release(user) } }
    }

    private var user: UnsafeMutableRawPointer? { table.value.user }

    func get(
        _ key: ObjectKey, range: Range<Int>?, limit: Int
    ) async throws(BackendError) -> [UInt8] {
        let sink = Sink(byteLimit: range?.count ?? limit)
        let pointer = Registry.add(sink)
        defer { Registry.remove(pointer) }
        let status = Callback.run {
            key.text.withCString {
                function.value.get(
                    user, $0, UInt64(range?.lowerBound ?? 0),
                    range.map { UInt64($0.count) } ?? .max,
                    pointer)
            }
        }
        let found = sink.take()
        if found.isOverLimit, range == nil {
            throw BackendError(
                .tooLarge, key: key,
                "\(key) in \(description) has more than the \(limit) bytes that are allowed")
        }
        if status == Int32(PINS_USAGE.rawValue), range != nil, !found.isOverLimit {
            throw BackendError(
                .rangeNotSatisfiable, key: key, "\(key) in \(description) has no such range")
        }
        if !found.isOverLimit { try check(status, key) }
        if let range, found.bytes.count != range.count || found.isOverLimit {
            throw BackendError(
                .ioError, key: key,
                "\(description) gave other than the \(range.count) bytes of \(key) asked for")
        }
        return found.bytes
    }

    func put(
        _ key: ObjectKey, _ bytes: [UInt8], mode: PutMode, durable: Bool
    ) async throws(BackendError) -> PutOutcome {
        if capabilities.readOnly {
            throw BackendError(
                .readOnly, key: key, "\(description) is opened for reading only")
        }
        guard bytes.count <= capabilities.maximumObjectByteCount else {
            throw BackendError(
                .tooLarge, key: key, "\(key) is too large for \(description): \(bytes.count) bytes")
        }
        var outcome: Int32 = 0
        let status = Callback.run {
            key.text.withCString { key in
                bytes.withUnsafeBytes {
                    function.value.put(
                        user, key, $0.baseAddress, $0.count, mode == .ifAbsent ? 1 : 0,
                        durable ? 1 : 0, &outcome)
                }
            }
        }
        try check(status, key)
        switch (outcome, mode) {
        case (0, _): return .created
        case (1, .ifAbsent): return .exists
        default: return .unknown
        }
    }

    func list(prefix: String, after: ObjectKey?) async throws(BackendError) -> ListPage {
        let sink = Sink(byteLimit: 0)
        let pointer = Registry.add(sink)
        defer { Registry.remove(pointer) }
        var isLast: Int32 = 1
        let status = Callback.run {
            prefix.withCString { prefix in
                guard let after else {
                    return function.value.list(user, prefix, nil, pointer, &isLast)
                }
                return after.text.withCString {
                    function.value.list(user, prefix, $0, pointer, &isLast)
                }
            }
        }
        try check(status, nil)
        var previous = after
        let objects = sink.take().objects
        for object in objects {
            guard previous.map({ $0 < object.key }) ?? true, object.key.text.hasPrefix(prefix)
            else {
                throw BackendError(
                    .ioError, key: object.key,
                    "\(description) lists \(object.key) out of order, or unasked")
            }
            previous = object.key
        }
        return ListPage(objects: objects, isLast: isLast != 0 || objects.isEmpty)
    }

    func stat(_ key: ObjectKey) async throws(BackendError) -> ObjectStat? {
        var (byteCount, modified): (UInt64, Int64) = (0, 0)
        let status = Callback.run {
            key.text.withCString { function.value.stat(user, $0, &byteCount, &modified) }
        }
        if status == Int32(PINS_NOT_FOUND.rawValue) { return nil }
        try check(status, key)
        return ObjectStat(
            key: key, byteCount: Int(clamping: byteCount), modified: modified == 0 ? nil : modified)
    }

    func delete(_ key: ObjectKey) async throws(BackendError) {
        if capabilities.readOnly {
            throw BackendError(.readOnly, key: key, "\(description) is opened for reading only")
        }
        let status = Callback.run { key.text.withCString { function.value.remove(user, $0) } }
        if status != Int32(PINS_NOT_FOUND.rawValue) { try check(status, key) }
    }

    func openLocal(_ key: ObjectKey) async throws(BackendError) -> (any LocalObject)? { nil }

    private func check(_ status: Int32, _ key: ObjectKey?) throws(BackendError) {
        let code: BackendError.Code
        switch pins_status(UInt32(bitPattern: status)) {
        case PINS_OK: return
        case PINS_NOT_FOUND: code = .notFound
        case PINS_UNAVAILABLE: code = .unavailable
        case PINS_CANNOT_CREATE: code = .readOnly
        case PINS_TRY_AGAIN: code = .throttled
        case PINS_NOT_PERMITTED: code = .permissionDenied
        case PINS_CANCELLED: code = .cancelled
        default: code = .ioError
        }
        throw BackendError(
            code, key: key,
            "\(description) answered \(status) for \(key?.text ?? "a list")")
    }
}

/// Where a backend of C puts what it found.
final class Sink: Sendable {
    struct Found: Sendable {
        var bytes: [UInt8] = []
        var objects: [ObjectStat] = []
        var isOverLimit = false
    }

    private let found = Mutex(Found())
    private let byteLimit: Int

    init(byteLimit: Int) { self.byteLimit = byteLimit }

    /// Adds bytes; `false` if they are more than were asked for.
    func add(_ bytes: UnsafeRawBufferPointer) -> Bool {
        found.withLock { found in
            guard bytes.count <= byteLimit - found.bytes.count else {
                found.isOverLimit = true
                return false
            }
            found.bytes += bytes
            return true
        }
    }

    func add(_ object: ObjectStat) { found.withLock { $0.objects.append(object) } }

    /// What was found.
    func take() -> Found {
        found.withLock { found in
            defer { found = Found() }
            return found
        }
    }
}

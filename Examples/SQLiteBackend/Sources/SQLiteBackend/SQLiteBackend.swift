import Foundation
import GRDB
public import PinStorage

/// A board in one file: objects are rows of a table of SQLite.
///
/// What the engine asks of a place, SQLite has: a row is there whole or not at all, `INSERT OR
/// IGNORE` lets one of several writers win, also of several processes, and with `synchronous =
/// FULL` a commit survives a power cut.
public final class SQLiteBackend: BoardBackend {
    /// SQLite takes values of up to 1,000,000,000 bytes; packs have at most 268,435,456.
    public let capabilities = BackendCapabilities(maximumObjectByteCount: 900_000_000)
    public let description: String
    private let database: DatabasePool
    private let clock: any WallClock
    /// How many objects a page of a listing has at most.
    private static let pageCount = 1_000

    /// Opens the file, or makes it.
    ///
    /// - Throws: ``BackendError/Code/ioError`` if it cannot be opened or is no data base.
    public init(path: String, clock: any WallClock = SystemClock()) throws(BackendError) {
        description = "SQLite file \(path)"
        self.clock = clock
        do {
            var configuration = Configuration()
            configuration.busyMode = .timeout(60)
            configuration.prepareDatabase { try $0.execute(sql: "PRAGMA synchronous = FULL") }
            database = try DatabasePool(path: path, configuration: configuration)
            try database.write { database in
                try database.execute(
                    sql: """
                        CREATE TABLE IF NOT EXISTS objects (
                            key TEXT NOT NULL UNIQUE, bytes BLOB NOT NULL,
                            modified INTEGER NOT NULL)
                        """)
            }
        } catch {
            throw BackendError(.ioError, "'\(path)' cannot be opened as a data base: \(error)")
        }
    }

    public func get(
        _ key: ObjectKey, range: Range<Int>?, limit: Int
    ) async throws(BackendError) -> [UInt8] {
        let (size, bytes) = try read(key) { database -> (Int?, [UInt8]) in
            let size = try Int.fetchOne(
                database, sql: "SELECT length(bytes) FROM objects WHERE key = ?",
                arguments: [key.text])
            let wanted = range ?? 0..<(size ?? 0)
            guard let size, wanted.upperBound <= size, range != nil || size <= limit else {
                return (size, [])
            }
            // Of a long value only the pages up to the end of the range are read.
            let data = try Data.fetchOne(
                database, sql: "SELECT substr(bytes, ?, ?) FROM objects WHERE key = ?",
                arguments: [wanted.lowerBound + 1, wanted.count, key.text])
            return (size, Array(data ?? Data()))
        }
        guard let size else {
            throw BackendError(.notFound, key: key, "there is no object \(key) in \(description)")
        }
        if let range, range.upperBound > size {
            throw BackendError(
                .rangeNotSatisfiable, key: key, "\(key) has \(size) bytes and none of \(range)")
        }
        if range == nil, size > limit {
            throw BackendError(
                .tooLarge, key: key, "\(key) has \(size) bytes where \(limit) are allowed")
        }
        return bytes
    }

    public func put(
        _ key: ObjectKey, _ bytes: [UInt8], mode: PutMode, durable: Bool
    ) async throws(BackendError) -> PutOutcome {
        guard bytes.count <= capabilities.maximumObjectByteCount else {
            throw BackendError(.tooLarge, key: key, "\(key) has \(bytes.count) bytes")
        }
        let verb = mode == .ifAbsent ? "INSERT OR IGNORE" : "INSERT OR REPLACE"
        let now = clock.secondsSince1970
        let changes = try write(key) { database -> Int in
            try database.execute(
                sql: "\(verb) INTO objects (key, bytes, modified) VALUES (?, ?, ?)",
                arguments: [key.text, Data(bytes), now])
            return database.changesCount
        }
        return changes > 0 ? .created : .exists
    }

    public func list(prefix: String, after: ObjectKey?) async throws(BackendError) -> ListPage {
        let rows = try read(nil) { database in
            // Texts are compared byte by byte: SQLite's order is that of keys.
            try Row.fetchAll(
                database,
                sql: """
                    SELECT key, length(bytes) AS size, modified FROM objects
                    WHERE key > ? AND substr(key, 1, ?) = ? ORDER BY key LIMIT ?
                    """,
                arguments: [after?.text ?? "", prefix.utf8.count, prefix, Self.pageCount + 1]
            ).map { row -> (key: String, size: Int, modified: Int64) in
                (row["key"], row["size"], row["modified"])
            }
        }
        var objects: [ObjectStat] = []
        for row in rows.prefix(Self.pageCount) {
            let key = try ObjectKey(validating: row.key)
            objects.append(ObjectStat(key: key, byteCount: row.size, modified: row.modified))
        }
        return ListPage(objects: objects, isLast: rows.count <= Self.pageCount)
    }

    public func stat(_ key: ObjectKey) async throws(BackendError) -> ObjectStat? {
        try read(key) { database in
            try Row.fetchOne(
                database, sql: "SELECT length(bytes) AS size, modified FROM objects WHERE key = ?",
                arguments: [key.text]
            ).map { ObjectStat(key: key, byteCount: $0["size"], modified: $0["modified"]) }
        }
    }

    public func delete(_ key: ObjectKey) async throws(BackendError) {
        try write(key) { database in
            try database.execute(sql: "DELETE FROM objects WHERE key = ?", arguments: [key.text])
        }
    }

    /// Objects are no files of their own.
    public func openLocal(_ key: ObjectKey) async throws(BackendError) -> (any LocalObject)? { nil }

    // MARK: - Errors

    private func read<Value>(
        _ key: ObjectKey?, _ body: (Database) throws -> Value
    ) throws(BackendError) -> Value {
        do { return try database.read(body) } catch { throw failure(key, error) }
    }

    private func write<Value>(
        _ key: ObjectKey?, _ body: (Database) throws -> Value
    ) throws(BackendError) -> Value {
        do { return try database.write(body) } catch { throw failure(key, error) }
    }

    private func failure(_ key: ObjectKey?, _ error: any Error) -> BackendError {
        let code: BackendError.Code =
            switch (error as? DatabaseError)?.resultCode {
            case .SQLITE_FULL: .noSpace
            case .SQLITE_READONLY: .readOnly
            case .SQLITE_BUSY: .throttled
            case .SQLITE_PERM, .SQLITE_AUTH: .permissionDenied
            case .SQLITE_CANTOPEN: .unavailable
            default: .ioError
            }
        return BackendError(code, key: key, "\(description): \(error)")
    }
}

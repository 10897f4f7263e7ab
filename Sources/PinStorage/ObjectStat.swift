/// What is known about an object without reading it.
public struct ObjectStat: Sendable, Hashable {
    /// The object's name.
    public let key: ObjectKey
    /// The object's size.
    public let byteCount: Int
    /// When it was written, in seconds since 1970. For people only: no decision may rest on it.
    public let modified: Int64?

    public init(key: ObjectKey, byteCount: Int, modified: Int64?) {
        self.key = key
        self.byteCount = byteCount
        self.modified = modified
    }
}

/// One answer of a listing.
public struct ListPage: Sendable, Hashable {
    /// The objects, ascending by the bytes of their keys, each key once.
    public let objects: [ObjectStat]
    /// Whether no further object follows; if not, ask again after the last one of this page.
    public let isLast: Bool

    public init(objects: [ObjectStat], isLast: Bool) {
        self.objects = objects
        self.isLast = isLast
    }
}

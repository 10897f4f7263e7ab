/// What a request asks for.
public struct HTTPMethod: Sendable, Hashable, CustomStringConvertible {
    public let description: String
    /// Whether doing it twice is the same as doing it once, so that it may be tried again.
    public let isIdempotent: Bool

    public static let get = HTTPMethod("GET", isIdempotent: true)
    public static let head = HTTPMethod("HEAD", isIdempotent: true)
    public static let put = HTTPMethod("PUT", isIdempotent: true)
    public static let delete = HTTPMethod("DELETE", isIdempotent: true)
    public static let post = HTTPMethod("POST", isIdempotent: false)
    public static let patch = HTTPMethod("PATCH", isIdempotent: false)

    private init(_ name: StaticString, isIdempotent: Bool) {
        description = "\(name)"
        self.isIdempotent = isIdempotent
    }
}

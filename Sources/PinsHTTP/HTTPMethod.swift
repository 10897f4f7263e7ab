/// What a request asks for.
public struct HTTPMethod: Sendable, Hashable, CustomStringConvertible {
    /// As it is sent.
    public let description: String
    /// Whether doing it twice is the same as doing it once, so that it may be tried again.
    public let isIdempotent: Bool

    /// `GET`; sent twice it does the same as once.
    public static let get = HTTPMethod("GET", isIdempotent: true)
    /// `HEAD`; sent twice it does the same as once.
    public static let head = HTTPMethod("HEAD", isIdempotent: true)
    /// `PUT`; sent twice it does the same as once.
    public static let put = HTTPMethod("PUT", isIdempotent: true)
    /// `DELETE`; sent twice it does the same as once.
    public static let delete = HTTPMethod("DELETE", isIdempotent: true)
    /// `POST`; sent twice it may be done twice.
    public static let post = HTTPMethod("POST", isIdempotent: false)
    /// `PATCH`; sent twice it may be done twice.
    public static let patch = HTTPMethod("PATCH", isIdempotent: false)

    private init(_ name: StaticString, isIdempotent: Bool) {
        description = "\(name)"
        self.isIdempotent = isIdempotent
    }
}

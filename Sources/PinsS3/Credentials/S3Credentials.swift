/// A key of a user of the service. Whatever it is printed by, only the key's name comes out.
public struct S3Credentials: Sendable, Hashable {
    /// Names the key; no secret.
    public let accessKeyID: String
    /// What signatures are made with.
    let secretAccessKey: String
    /// Of keys that last for a while; sent with every request.
    let sessionToken: String?
    /// When the key ends, in seconds since 1970.
    let expiresSeconds: Int64?

    public init(
        accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil,
        expiresSeconds: Int64? = nil
    ) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
        self.expiresSeconds = expiresSeconds
    }
}

extension S3Credentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "key \(accessKeyID)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["accessKeyID": accessKeyID]) }
}

public import PinsHTTP

/// How a service is asked: where, as whom, how often.
public struct S3Settings: Sendable {
    /// Where the store is.
    public var endpoint: S3Endpoint
    /// Where buckets are looked for first; a service that knows better says so.
    public var region: String
    let credentials: CredentialStore
    /// How often a request is tried again, and how long is waited.
    public var retries: HTTPRetryPolicy
    /// Objects up to this many bytes go up in one request; larger ones in parts of this size,
    /// 5 MiB…5 GiB.
    public var partByteCount = 64 << 20

    public init(
        endpoint: S3Endpoint, region: String = "us-east-1", credentials: any CredentialSource,
        retries: HTTPRetryPolicy = HTTPRetryPolicy()
    ) {
        self.endpoint = endpoint
        self.region = region
        self.credentials = CredentialStore(credentials)
        self.retries = retries
    }
}

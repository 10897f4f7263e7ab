internal import PinStorage
internal import Synchronization

/// Where keys come from. Asked rarely: what it gives is kept until it ends.
public protocol CredentialSource: Sendable {
    /// For messages, such as `the profile 'work'`. It contains no secret.
    var description: String { get }

    /// Keys, read anew.
    ///
    /// - Throws: ``S3Error/Code/denied`` if there are none, ``S3Error/Code/settings``.
    func load() async throws(S3Error) -> S3Credentials
}

/// Keys that are given once.
public struct FixedCredentials: CredentialSource {
    private let credentials: S3Credentials

    public init(_ credentials: S3Credentials) { self.credentials = credentials }

    public var description: String { "the given keys" }

    public func load() async throws(S3Error) -> S3Credentials { credentials }
}

/// Keeps keys, and renews them before they end.
final class CredentialStore: Sendable {
    private struct State {
        var known: S3Credentials?
        var isRenewing = false
    }

    /// How long before their end keys are renewed, in seconds: longer than a request may take.
    private static let marginSeconds: Int64 = 15 * 60
    /// Keys that nobody could renew are used to the end, but for the time of a request.
    private static let reserveSeconds: Int64 = 60

    private let source: any CredentialSource
    private let clock: any WallClock
    private let state = Mutex(State())

    init(_ source: any CredentialSource, clock: any WallClock = SystemClock()) {
        (self.source, self.clock) = (source, clock)
    }

    /// Keys that last for a request.
    func current() async throws(S3Error) -> S3Credentials {
        let now = clock.secondsSince1970
        let (usable, isMine) = state.withLock { state -> (S3Credentials?, Bool) in
            guard let known = state.known else { return (nil, true) }
            guard let end = known.expiresSeconds else { return (known, false) }
            if end - now > Self.marginSeconds { return (known, false) }
            let usable = end - now > Self.reserveSeconds ? known : nil
            // One task renews; the others use what still lasts.
            if state.isRenewing, usable != nil { return (usable, false) }
            state.isRenewing = true
            return (usable, true)
        }
        if !isMine, let usable { return usable }
        do throws(S3Error) {
            return try await load()
        } catch {
            state.withLock { $0.isRenewing = false }
            if let usable { return usable }
            throw error
        }
    }

    /// Loads keys after the service refused `old` as ended.
    ///
    /// - Returns: Whether there are others now.
    func renew(after old: S3Credentials) async throws(S3Error) -> Bool {
        if let known = state.withLock({ $0.known }), known != old { return true }
        return try await load() != old
    }

    private func load() async throws(S3Error) -> S3Credentials {
        let loaded = try await source.load()
        state.withLock { $0 = State(known: loaded) }
        return loaded
    }
}

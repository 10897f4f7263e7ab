public import PinStorage
internal import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// One machine's view of a folder on another: what network file systems do that disks do not.
///
/// Several of these over one ``SimulatedFileSystem`` are several machines. What they remember of
/// names and sizes is old; answers get lost and the call, sent again, meets its own effect; handles
/// go stale; closing fails although all was written; and there may be no hard links, and no way to
/// rename without replacing.
public final class NetworkDrive: FileSystem {
    /// What the file system can do, and how often it misbehaves.
    public struct Traits: Sendable, Hashable {
        /// Whether there are hard links; without them `link` is `EPERM`.
        public var hasLinks = true
        /// Whether `renameExclusive` works; without it `EINVAL`.
        public var hasExclusiveRename = false
        /// Whether `link` and `renameExclusive` replace what has the name, against their word.
        public var forgetsExclusion = false
        /// For how many calls of this machine a status is remembered, absence included.
        public var cachedCallCount = 0
        /// Once in so many calls a name's change answers as if it had been made before: `EEXIST` or
        /// `ENOENT` after success. 0 is never.
        public var lostAnswerOneIn = 0
        /// Once in so many reads and openings the handle is stale (`ESTALE`). 0 is never.
        public var staleOneIn = 0
        /// Once in so many closings of a written file there is an error (`EIO`). 0 is never.
        public var failedCloseOneIn = 0

        public init() {}
    }

    private struct State {
        var traits: Traits
        var clock = 0
        var cache: [String: (Result<FileStatus, SystemError>, clock: Int)] = [:]
        var written: Set<FileToken> = []
        var faultCount = 0
    }

    private let server: SimulatedFileSystem
    private let random: SeededRandom
    private let state: Mutex<State>

    /// - Parameter seed: Decides which calls misbehave.
    public init(_ server: SimulatedFileSystem, _ traits: Traits, seed: UInt64) {
        self.server = server
        random = SeededRandom(seed: seed)
        state = Mutex(State(traits: traits))
    }

    /// How often it misbehaved.
    public var faultCount: Int { state.withLock { $0.faultCount } }

    /// From now on nothing goes wrong, and nothing old is remembered; what it cannot do it still
    /// cannot.
    public func calm() {
        state.withLock { state in
            state.cache = [:]
            state.traits.cachedCallCount = 0
            state.traits.lostAnswerOneIn = 0
            state.traits.staleOneIn = 0
            state.traits.failedCloseOneIn = 0
        }
    }

    // MARK: - Files

    public func openForReading(_ path: String) throws(SystemError) -> FileToken {
        if strikes({ $0.staleOneIn }) { throw SystemError(.openForReading, ESTALE) }
        return try server.openForReading(path)
    }

    public func createExclusive(_ path: String) throws(SystemError) -> FileToken {
        let token = try server.createExclusive(path)
        forget([path])
        state.withLock { _ = $0.written.insert(token) }
        return token
    }

    public func read(
        _ file: FileToken, at offset: Int, into buffer: UnsafeMutableRawBufferPointer
    ) throws(SystemError) -> Int {
        if strikes({ $0.staleOneIn }) { throw SystemError(.read, ESTALE) }
        return try unsafe server.read(file, at: offset, into: buffer)
    }

    public func write(
        _ file: FileToken, at offset: Int, _ bytes: UnsafeRawBufferPointer
    ) throws(SystemError) -> Int {
        try unsafe server.write(file, at: offset, bytes)
    }

    public func synchronize(_ file: FileToken) throws(SystemError) {
        try server.synchronize(file)
    }

    public func close(_ file: FileToken) throws(SystemError) {
        let wasWritten = state.withLock { $0.written.remove(file) != nil }
        try server.close(file)
        if wasWritten, strikes({ $0.failedCloseOneIn }) { throw SystemError(.close, EIO) }
    }

    public func lock(_ file: FileToken) throws(SystemError) -> Bool {
        throw SystemError(.lock, ENOLCK)
    }

    public func status(of file: FileToken) throws(SystemError) -> FileStatus {
        try server.status(of: file)
    }

    public func status(_ path: String, followingLinks: Bool) throws(SystemError) -> FileStatus {
        let kept: Result<FileStatus, SystemError>? = state.withLock { state in
            state.clock += 1
            guard let (result, clock) = state.cache[path],
                state.clock - clock <= state.traits.cachedCallCount
            else { return nil }
            return result
        }
        if let kept { return try kept.get() }
        let result = Result { () throws(SystemError) in
            try server.status(path, followingLinks: followingLinks)
        }
        state.withLock { $0.cache[path] = (result, $0.clock) }
        return try result.get()
    }

    // MARK: - Names

    public func rename(_ old: String, to new: String) throws(SystemError) {
        try server.rename(old, to: new)
        forget([old, new])
        if strikes({ $0.lostAnswerOneIn }) { throw SystemError(.rename, ENOENT) }
    }

    public func renameExclusive(_ old: String, to new: String) throws(SystemError) {
        let traits = state.withLock { $0.traits }
        guard traits.hasExclusiveRename else { throw SystemError(.renameExclusive, EINVAL) }
        if traits.forgetsExclusion { return try rename(old, to: new) }
        try server.renameExclusive(old, to: new)
        forget([old, new])
        if strikes({ $0.lostAnswerOneIn }) { throw SystemError(.renameExclusive, ENOENT) }
    }

    public func link(_ old: String, to new: String) throws(SystemError) {
        let traits = state.withLock { $0.traits }
        guard traits.hasLinks else { throw SystemError(.link, EPERM) }
        if traits.forgetsExclusion { try? server.unlink(new) }
        try server.link(old, to: new)
        // What it remembers of the other name may be old for a while.
        forget([new])
        if strikes({ $0.lostAnswerOneIn }) { throw SystemError(.link, EEXIST) }
    }

    public func unlink(_ path: String) throws(SystemError) {
        try server.unlink(path)
        forget([path])
        if strikes({ $0.lostAnswerOneIn }) { throw SystemError(.unlink, ENOENT) }
    }

    public func makeDirectory(_ path: String) throws(SystemError) {
        try server.makeDirectory(path)
        forget([path])
        if strikes({ $0.lostAnswerOneIn }) { throw SystemError(.makeDirectory, EEXIST) }
    }

    public func removeDirectory(_ path: String) throws(SystemError) {
        try server.removeDirectory(path)
        forget([path])
    }

    public func synchronizeDirectory(_ path: String) throws(SystemError) {
        try server.synchronizeDirectory(path)
    }

    public func listDirectory(_ path: String) throws(SystemError) -> [DirectoryEntry] {
        try server.listDirectory(path)
    }

    // MARK: - Misbehaving

    private func forget(_ paths: [String]) {
        state.withLock { state in for path in paths { state.cache[path] = nil } }
    }

    private func strikes(_ rate: (Traits) -> Int) -> Bool {
        let times = state.withLock { state in
            state.clock += 1
            return rate(state.traits)
        }
        guard times > 0, random.oneIn(times) else { return false }
        state.withLock { $0.faultCount += 1 }
        return true
    }
}

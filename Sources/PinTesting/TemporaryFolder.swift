internal import PinFormat
public import PinStorage

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Makes a new folder for the time of `body`, and removes it with all that is in it.
///
/// - Parameter body: Gets the path of an empty folder.
public func withTemporaryFolder<Value>(
    isolation: isolated (any Actor)? = #isolation, _ body: (String) async throws -> Value
) async throws -> Value {
    let base = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
    let path = base + "/pins-test-" + Hex.encode(SystemRandom().bytes(count: 8))
    let fileSystem = PosixFileSystem()
    try fileSystem.makeDirectory(path)
    defer { try? fileSystem.removeTree(path) }
    return try await body(path)
}

extension FileSystem {
    /// Removes a folder and all that is in it; links are removed, not followed.
    ///
    /// - Complexity: O(*n*) in the number of names.
    public func removeTree(_ path: String) throws(SystemError) {
        // Folders come after what they contain when the list is read from its end.
        var folders = [path]
        var position = 0
        while position < folders.count {
            let folder = folders[position]
            position += 1
            for entry in try listDirectory(folder) {
                let child = "\(folder)/\(entry.name)"
                if try status(child, followingLinks: false).kind == .directory {
                    folders.append(child)
                } else {
                    try unlink(child)
                }
            }
        }
        for folder in folders.reversed() { try removeDirectory(folder) }
    }
}

import PinStorage
import PinTesting
import Testing

/// A lock has one owner among all handles, also of one process, and goes with its handle.
@Suite struct FileLockTests {
    private func check(_ fileSystem: any FileSystem, _ path: String) throws {
        let first = try OwnedFile.createExclusive(path, of: fileSystem)
        let second = try OwnedFile.openForReading(path, of: fileSystem)
        #expect(try first.lock())
        #expect(try first.lock(), "its own lock is no obstacle")
        #expect(try !second.lock())
        // The name may go, the lock stays with the file.
        try fileSystem.unlink(path)
        #expect(try !second.lock())
        let third = try OwnedFile.createExclusive(path, of: fileSystem)
        #expect(try third.lock(), "another file of the same name")
        try first.close()
        #expect(try second.lock())
        try third.close()
        try second.close()
    }

    @Test func realAndSimulatedLocksAreAlike() async throws {
        try check(SimulatedFileSystem(folders: ["/f"]), "/f/lock")
        try await withTemporaryFolder { path in try check(PosixFileSystem(), "\(path)/lock") }
    }
}

#if os(Linux)
    import Glibc
    import PinStorage
    import PinTesting
    import Testing

    /// A file's time and size are whatever somebody made them.
    @Suite struct AuditFileTimeTests {
        /// A file system in memory keeps any number of seconds.
        private static let memory = "/dev/shm"

        @Test(.enabled(if: unsafe access(memory, W_OK) == 0), arguments: [Int.max, .min, 1 << 54])
        func anyTimeOfAFileIsRead(seconds: Int) async throws {
            let fileSystem = PosixFileSystem()
            let path = "\(Self.memory)/pins-audit-\(SystemRandom().uint64())"
            try fileSystem.makeDirectory(path)
            defer { try? fileSystem.removeTree(path) }
            let backend = FolderBackend(path)
            _ = try await backend.put("config", [1, 2, 3], mode: .ifAbsent)
            try setTime(seconds, "\(path)/config")
            try fileSystem.makeDirectory("\(path)/tmp/x")
            #expect(try await backend.stat("config")?.byteCount == 3)
            #expect(try await backend.list(prefix: "", after: nil).objects.count == 1)
            #expect(try await backend.get("config", limit: 10) == [1, 2, 3])
            _ = try await backend.removeStaleTemporaries(olderThan: 0, now: ManualClock())
            #expect(try await backend.stat("config")?.byteCount == 3)
        }

        private func setTime(_ seconds: Int, _ path: String) throws {
            let time = timespec(tv_sec: seconds, tv_nsec: 999_999_999)
            try #require(unsafe utimensat(AT_FDCWD, path, [time, time], 0) == 0)
        }
    }
#endif

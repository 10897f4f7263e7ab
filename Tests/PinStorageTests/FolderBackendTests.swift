import PinStorage
import PinTesting
import Testing

/// A board in a real folder: the calls as callers see them.
@Suite struct FolderBackendTests {
    @Test func anObjectThatWasPutIsRead() async throws {
        try await withTemporaryFolder { path in
            let backend = FolderBackend(path)
            let outcome = try await runBlocking { () async throws(BackendError) in
                try await backend.put("packs/ab/one", [1, 2, 3], mode: .ifAbsent)
            }
            #expect(outcome == .created)
            #expect(try await backend.put("packs/ab/one", [9], mode: .ifAbsent) == .exists)
            #expect(try await backend.get("packs/ab/one", limit: 3) == [1, 2, 3])
            #expect(try await backend.get("packs/ab/one", range: 1..<3) == [2, 3])
            #expect(try await backend.put("packs/ab/one", [9], mode: .overwrite) == .created)
            let page = try await backend.list(prefix: "", after: nil)
            #expect(page.objects.map(\.key) == ["packs/ab/one"])
            #expect(page.objects.map(\.byteCount) == [1])
            try await backend.delete("packs/ab/one")
            try await backend.delete("packs/ab/one")
            #expect(try await backend.stat("packs/ab/one") == nil)
            #expect(try PosixFileSystem().listDirectory(path + "/tmp").isEmpty)
        }
    }
}

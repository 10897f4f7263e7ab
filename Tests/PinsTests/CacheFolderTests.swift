import PinTesting
import Testing

@testable import Pins

/// What the cache keeps is handed out as it was kept, under its own name, or not at all.
@Suite struct CacheFolderTests {
    @Test func aDamagedFileIsNoFile() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/one"
            let isWritten = CacheFolder.write(path, name: "one", [1, 2, 3])
            #expect(isWritten)
            let found = CacheFolder.file(path, name: "one")
            #expect(found == [1, 2, 3])
            let other = CacheFolder.file(path, name: "two")
            #expect(other == nil)
            let kept = try contents(of: path)
            for index in kept.indices {
                var damaged = kept
                damaged[index] ^= 1
                let place = folder + "/damaged-\(index)"
                try write(damaged, to: place)
                let found = CacheFolder.file(place, name: "one")
                #expect(found == nil, "byte \(index)")
            }
        }
    }
}

import PinEngine
import PinFormat
import PinTesting
import Pins
@testable import PinsConnect
import Testing

/// Goal: few requests, as pins for Python needs 25 for a new pin, 40 for the next version, 33 for a
/// cold read and 15 for a warm one. Method: the server's own log.
@Suite(.serialized) struct ConnectRequestTests {
    private func meta(_ title: String) -> VersionMetadata {
        VersionMetadata(createdSeconds: 1_700_000_000, type: "csv", title: title)
    }

    @Test func writingAndReadingTakeFewRequests() async throws {
        try await ConnectGround.with { ground in
            try await withTemporaryFolder { folder in
                func cache(_ name: String) -> BoardCache {
                    BoardCache(CacheSettings(path: "\(folder)/\(name)"))
                }
                // Each time as a new process would do it: nothing is known.
                let new = try await ground.requests {
                    try await ground.board().write(["d.csv": [1]], to: "susan/pin", meta("one"))
                }
                #expect(new.count <= 8, "\(new)")
                // All that can change does.
                let next = try await ground.requests {
                    try await ground.board { $0.access = .all }
                        .write(["d.csv": [2]], to: "susan/pin", meta("two"))
                }
                #expect(next.count <= 8, "\(next)")
                let same = try await ground.requests {
                    try await ground.board().write(["d.csv": [2]], to: "susan/pin", meta("two"))
                }
                #expect(same.count <= 3, "\(same)")
                for (user, name) in [("susan", "susan/pin"), ("derek", "susan/pin")] {
                    let cold = try await ground.requests {
                        let board = try ground.board(user, cache: cache(user))
                        let bytes = try await board.bytes(name)
                        #expect(bytes == [2])
                    }
                    #expect(cold.count <= 5, "\(cold)")
                    let warm = try await ground.requests {
                        let board = try ground.board(user, cache: cache(user))
                        let bytes = try await board.bytes(name)
                        #expect(bytes == [2])
                    }
                    #expect(warm.count <= 2, "\(warm)")
                }
                let bare = try await ground.requests {
                    let bytes = try await ground.board().bytes("pin")
                    #expect(bytes == [2])
                }
                #expect(bare.count <= 5, "\(bare)")
            }
        }
    }

    @Test func whatOneKeyHasReadIsNotServedToAnother() async throws {
        try await ConnectGround.with { ground in
            try await withTemporaryFolder { folder in
                let cache = BoardCache(CacheSettings(path: folder))
                try await ground.board().write(["f": [7]], to: "pin")
                #expect(try await ground.board("susan", cache: cache).bytes("pin") == [7])
                for user in ["derek", "admin"] {
                    let error = await thrown { () throws(EngineError) in
                        do {
                            return try await ground.board(user, cache: cache).bytes("susan/pin")
                        } catch let error as EngineError {
                            throw error
                        } catch {
                            throw EngineError(.usage, "\(error)")
                        }
                    }
                    #expect(error?.code == .notFound || error?.code == .notPermitted, "\(user)")
                }
            }
        }
    }

    @Test func theCacheServesWhileTheServerIsDownAndSaysSo() async throws {
        try await ConnectGround.with { ground in
            try await withTemporaryFolder { folder in
                let cache = BoardCache(CacheSettings(path: folder))
                let version = try await ground.board().write(["f": [7]], to: "kept-pin").info
                    .version
                #expect(try await ground.board(cache: cache).bytes("kept-pin") == [7])
                try await ground.arm(#"{"kind": "status", "status": 503, "times": 100000}"#)
                let refusing = try ground.board(cache: cache)
                let error = await thrown { () throws(EngineError) in
                    try await refusing.bytes("kept-pin")
                }
                #expect(error?.code == .unavailable)
                let using = try ground.board(cache: cache) { $0.usesCacheOnFailure = true }
                let warnings = Warnings.heard
                #expect(try await using.bytes("kept-pin") == [7])
                #expect(
                    warnings.value.contains {
                        $0.contains("using cached version") && $0.contains("susan/kept-pin")
                    })
                #expect(try await using.bytes("kept-pin", version) == [7])
                let unknown = await thrown { () throws(EngineError) in
                    try await using.bytes("other")
                }
                #expect(unknown?.code == .unavailable)
            }
        }
    }
}

import PinEngine
import PinFormat
import PinTesting
import Pins
@testable import PinsConnect
import PinsHTTP
import Testing

/// Goal: whatever the server does, an error is typed, names what to do and never the key; a version
/// that was acknowledged is there, and the one before stays the latest until the new one is.
@Suite(.serialized) struct ConnectFailureTests {
    @Test(arguments: [
        (401, EngineError.Code.notPermitted), (403, .notPermitted), (404, .notFound),
        (409, .cannotCreate), (413, .cannotCreate), (429, .tryAgain), (500, .unavailable),
        (502, .unavailable), (503, .unavailable),
    ])
    func everyStatusHasItsCode(status: Int, code: EngineError.Code) async throws {
        try await ConnectGround.with { ground in
            let board = try ground.board()
            try await board.write(["f": [1]], to: "pin")
            let key = ground.keys["susan"] ?? ""
            for path in ["/bundles$", "/v1/user$", "/deploy$"] {
                try await ground.arm(
                    """
                    {"kind": "status", "status": \(status), "code": 22, "path": "\(path)",
                     "times": 50, "error": "no \(key) here \\u001b[31m"}
                    """)
                let asked = try ground.board()
                let error = await thrown { () throws(EngineError) in
                    try await asked.write(["f": [2]], to: "pin")
                }
                #expect(error?.code == code, "\(path): \(error?.message ?? "")")
                #expect(error?.message.contains(key) == false)
                #expect(error?.message.contains("\u{1B}") == false)
                try await ground.disarm()
                #expect(try await board.bytes("pin") == [1])
                #expect(try await board.versions("pin").count == 1)
            }
        }
    }

    @Test(arguments: [
        #"{"kind": "status", "status": 503, "method": "POST", "path": "/content$"}"#,
        #"{"kind": "after", "status": 502, "method": "POST", "path": "/content$"}"#,
        #"{"kind": "drop", "method": "POST", "path": "/content$"}"#,
        #"{"kind": "status", "status": 503, "method": "POST", "path": "/bundles$"}"#,
        #"{"kind": "after", "status": 502, "method": "POST", "path": "/bundles$"}"#,
        #"{"kind": "drop", "method": "POST", "path": "/bundles$"}"#,
        #"{"kind": "cut", "method": "POST", "path": "/bundles$", "bytes": 1000}"#,
        #"{"kind": "status", "status": 429, "retry_after": 1, "path": "/bundles$"}"#,
        #"{"kind": "status", "status": 503, "method": "POST", "path": "/deploy$"}"#,
        #"{"kind": "after", "status": 502, "method": "POST", "path": "/deploy$"}"#,
        #"{"kind": "drop", "method": "POST", "path": "/deploy$"}"#,
        #"{"kind": "task-lost", "method": "POST", "path": "/deploy$"}"#,
        #"{"kind": "task-slow", "method": "POST", "path": "/deploy$", "polls": 5}"#,
        #"{"kind": "status", "status": 500, "path": "/tasks/"}"#,
        #"{"kind": "status", "status": 429, "retry_after": 1, "method": "GET", "times": 3}"#,
        #"{"kind": "drop", "method": "GET", "times": 2}"#,
    ])
    func aPassingFailureIsOvercome(fault: String) async throws {
        for budget in [64 << 20, 0] {
            try await ConnectGround.with { ground in
                let board = try ground.board { $0.packedByteCountMax = budget }
                let bytes = Corpus(.csv, byteCount: 1_300_000, seed: 5).bytes()
                try await ground.arm(fault)
                let isLost = fault.contains("task-lost")
                let written = await outcome { () throws(EngineError) in
                    try await board.write(["d.csv": bytes], to: "pin")
                }
                if isLost {
                    // It was never deployed: nothing of it may stay.
                    #expect(throws: EngineError.self) { try written.get() }
                    #expect(try await board.list().isEmpty)
                    return
                }
                let version = try written.get().info.version
                #expect(try await board.bytes("pin") == bytes)
                #expect(try await board.version("pin").info.version == version)
                #expect(try await board.versions("pin").count == 1)
            }
        }
    }

    @Test func aFailedDeploymentLeavesThePreviousVersionAndSaysSo() async throws {
        try await ConnectGround.with { ground in
            let board = try ground.board()
            let first = try await board.write(["f": [1]], to: "pin").info.version
            try await ground.arm(
                #"{"kind": "task-fails", "path": "/deploy$", "error": "No room left."}"#)
            let error = await thrown { () throws(EngineError) in
                try await board.write(["f": [2]], to: "pin")
            }
            #expect(error?.code == .ioError)
            #expect(error?.message.contains("No room left.") == true)
            #expect(error?.message.contains("'\(first)' is still the latest") == true)
            #expect(try await board.bytes("pin") == [1])
            // Pins for Python takes the highest bundle for the latest: there must be no other.
            #expect(try await board.versions("pin").map(\.version) == [first])
            try await ground.arm(#"{"kind": "task-fails", "path": "/deploy$"}"#)
            let fresh = await thrown { () throws(EngineError) in
                try await board.write(["f": [2]], to: "fresh")
            }
            #expect(fresh?.code == .ioError)
            #expect(try await board.list().map(\.name) == ["susan/pin"])
        }
    }

    @Test func tooLargeAndNoKeyAreToldBeforeTheDataIsSent() async throws {
        try await ConnectGround.with { ground in
            try await ground.limit(bundleByteCount: 1_000_000)
            let board = try ground.board()
            let bytes = Corpus(.random, byteCount: 9_000_000, seed: 2).bytes()
            let asked = try await ground.requests {
                let error = await thrown { () throws(EngineError) in
                    try await board.write(["f": bytes], to: "pin")
                }
                #expect(error?.code == .cannotCreate)
                #expect(error?.message.contains("413") == true)
            }
            let upload = asked.first { $0.path.hasSuffix("/bundles") }
            #expect(upload?.status == 413 && upload?.received == 0)
            for key in [nil, "wrong-key"] as [String?] {
                let other = try ground.board(key)
                let error = await thrown { () throws(EngineError) in
                    try await other.write(["f": bytes], to: "pin")
                }
                #expect(error?.code == .notPermitted)
                #expect(error?.message.contains("CONNECT_API_KEY") == true)
                #expect(error?.message.contains("wrong-key") == false)
            }
        }
    }

    @Test func aCutDownloadGoesOnWhereItBroke() async throws {
        try await ConnectGround.with { ground in
            try await withTemporaryFolder { folder in
                let bytes = Corpus(.random, byteCount: 9_000_000, seed: 4).bytes()
                try await ground.board().write(["f.bin": bytes], to: "pin")
                for cache in [nil, BoardCache(CacheSettings(path: folder))] {
                    try await ground.arm(#"{"kind": "cut", "path": "f.bin", "times": 2}"#)
                    let board = try ground.board(cache: cache)
                    #expect(try await board.bytes("pin") == bytes)
                }
            }
        }
    }

    @Test func damageIsFoundBeforeAByteIsHandedOut() async throws {
        try await ConnectGround.with { ground in
            try await withTemporaryFolder { folder in
                let bytes = Corpus(.random, byteCount: 200_000, seed: 4).bytes()
                let version = try await ground.board().write(["f": bytes], to: "pin").info.version
                try await ground.damage(try await ground.guid(of: "pin"), version, "f")
                for cache in [nil, BoardCache(CacheSettings(path: folder))] {
                    let board = try ground.board(cache: cache)
                    let opened = try await board.version("pin")
                    let handed = Locked(0)
                    let error = await thrown { () throws(EngineError) in
                        try await opened.read(opened.files[0]) { (piece) throws(EngineError) in
                            let count = piece.count
                            handed.change { $0 += count }
                        }
                    }
                    #expect(error?.code == .corrupt)
                    #expect(handed.value == 0)
                }
            }
        }
    }

    @Test func aVersionThatTheServerDroppedIsATypedError() async throws {
        try await ConnectGround.with { ground in
            let board = try ground.board()
            let first = try await board.write(["f": [1]], to: "pin").info.version
            try await board.write(["f": [2]], to: "pin")
            try await ground.retain(1, of: try await ground.guid(of: "pin"))
            let error = await thrown { () throws(EngineError) in
                try await board.bytes("pin", first)
            }
            #expect(error?.code == .notFound)
            #expect(error?.message.contains("keeps only so many") == true)
            for name in ["999999", "abc", "20200101T000000Z-00000"] {
                let missing = await thrown { () throws(EngineError) in
                    try await board.bytes("pin", name)
                }
                #expect(missing?.code == .notFound, "\(name)")
            }
        }
    }

    @Test func aFileThatChangesWhileItIsSentIsNotStored() async throws {
        try await ConnectGround.with { ground in
            let board = try ground.board { $0.packedByteCountMax = 0 }
            try await board.write(["f": [1]], to: "pin")
            let source = ChangingSource(byteCount: 3_000_000)
            let error = await thrown { () throws(EngineError) in
                try await board.write(
                    WriteRequest(
                        pin: "pin", files: [InputFile(path: "f", source: source)],
                        metadata: VersionMetadata(createdSeconds: 1)))
            }
            #expect(error?.code == .ioError)
            #expect(error?.message.contains("changed while") == true)
            #expect(try await board.bytes("pin") == [1])
            #expect(try await board.versions("pin").count == 1)
        }
    }

    @Test func whatIsNotRecordedOfAVersionIsFoundOut() async throws {
        try await ConnectGround.with { ground in
            let board = try ground.board()
            try await board.write(["f": [1]], to: "pin")
            // As R writes a file above 2 GiB, and as somebody else's hand would.
            for (metadata, code) in [
                (
                    "file: f\nfile_size: .na.integer\npin_hash: HASH\ntype: file\napi_version: 1\n",
                    nil
                ),
                ("file: f\nfile_size: 3\npin_hash: '0000000000000000'\ntype: file\n", .corrupt),
                ("file: f\nfile_size: 7\npin_hash: HASH\ntype: file\n", .corrupt),
                ("file: ../f\npin_hash: HASH\ntype: file\n", .corrupt),
                ("file: f\npin_hash: HASH\ntype: file\napi_version: 7\n", .needsNewer),
                ("- no\n- mapping\n", .corrupt),
            ] as [(String, EngineError.Code?)] {
                try await ground.deploy(
                    "pin", ["f": [1, 2, 3]],
                    metadata.replacing("HASH", with: "'\(PlainHash.xxh64([1, 2, 3]))'"))
                if let code {
                    let error = await thrown { () throws(EngineError) in
                        try await board.bytes("pin")
                    }
                    #expect(error?.code == code, "\(metadata)")
                } else {
                    #expect(try await board.bytes("pin") == [1, 2, 3])
                    #expect(try await board.version("pin").files[0].byteCount == 3)
                }
            }
        }
    }

    @Test func aCancelledWriteLeavesNothing() async throws {
        try await ConnectGround.with { ground in
            let board = try ground.board()
            try await ground.arm(
                #"{"kind": "task-slow", "path": "/deploy$", "seconds": 3600}"#)
            let task = Task { () -> EngineError? in
                await thrown { () throws(EngineError) in
                    try await board.write(["f": [1]], to: "pin")
                }
            }
            while try await !ground.log().contains(where: { $0.path.hasSuffix("/deploy") }) {
                await Task.yield()
            }
            task.cancel()
            #expect(await task.value?.code == .cancelled)
            let contents = try await ground.requests { _ = try await board.list() }
            #expect(contents.count == 1)
            let error = await thrown { () throws(EngineError) in try await board.version("pin") }
            #expect(error?.code == .notFound)
        }
    }

    @Test func aServerThatIsNotThereIsUnavailable() async throws {
        let form = ConnectBoard(
            try ConnectServer("http://127.0.0.1:9", key: "k"), settings: ConnectSettings(),
            transport: RefusingTransport(), cache: nil)
        let board = Board(location: "x", form: form)
        let error = await thrown { () throws(EngineError) in try await board.list() }
        #expect(error?.code == .unavailable)
    }
}

/// Other bytes each time it is opened.
private struct ChangingSource: ByteSource {
    let byteCount: Int
    private let count = Locked(0 as UInt8)

    init(byteCount: Int) { self.byteCount = byteCount }

    var isRepeatable: Bool { true }
    var expectedByteCount: UInt64? { UInt64(byteCount) }

    func open() async throws(EngineError) -> any ByteStream {
        count.change { $0 += 1 }
        return BytesSource([UInt8](repeating: count.value, count: byteCount)).open()
    }
}

/// No server is reached.
private struct RefusingTransport: HTTPTransport {
    func send(
        _ request: HTTPRequest, sink: HTTPBodySink?
    ) async throws(HTTPError) -> HTTPResponse {
        throw HTTPError(.tls, detail: "the certificate is not trusted")
    }
}

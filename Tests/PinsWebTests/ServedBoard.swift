import HTTPTesting
import PinEngine
import PinFormat
import PinStorage
import PinTesting
import Pins
import PinsHTTP

@testable import PinsWeb

/// A board in a folder and a server that hands it out.
struct ServedBoard {
    /// Through the folder, for writing.
    let local: Board
    let server: NginxServer
    /// The folder of the test.
    let folder: String

    /// A cache of its own, of one opening.
    func cache(_ byteCountMax: UInt64 = 1 << 30) -> BoardCache {
        BoardCache(CacheSettings(path: folder + "/cache", byteCountMax: byteCountMax))
    }

    /// Opens the board as it is served.
    func open(_ cache: BoardCache? = nil, headers: HTTPHeaders = [:]) async throws -> Board {
        try await WebBoards(headers: headers, cache: cache).open(server.url)
    }

    @discardableResult
    func write(_ pin: String, _ bytes: [UInt8], title: String = "") async throws -> WrittenVersion {
        let file = InputFile(path: "data.bin", source: BytesSource(bytes))
        let metadata = VersionMetadata(createdSeconds: 1_800_000_000, type: "file", title: title)
        return try await local.write(WriteRequest(pin: pin, files: [file], metadata: metadata))
    }
}

/// Makes a board, serves its folder, and ends the server afterwards.
func withServedBoard(
    isolation: isolated (any Actor)? = #isolation, _ body: (ServedBoard) async throws -> Void
) async throws {
    try await withTemporaryFolder { folder in
        let local = try await Board.create(folder + "/board")
        try await withNginx(root: folder + "/board", prefix: folder + "/nginx") { server in
            try await body(ServedBoard(local: local, server: server, folder: folder))
        }
    }
}

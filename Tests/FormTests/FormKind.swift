import Foundation
import HTTPTesting
import PinEngine
import PinStorage
import PinTesting
import PinsConnect
import PinsS3
import Testing

@testable import Pins

/// A kind of board that the suite runs over. Remote ones are read through a local cache, as the
/// command does.
enum FormKind: String, CaseIterable, CustomTestStringConvertible {
    case engineFolder, engineMemory, engineBucket
    case plainFolder, plainMemory, plainBucket
    case connect

    var testDescription: String { rawValue }

    /// Those that can be made here: without servers a line on standard output says what is missing.
    static var available: [FormKind] {
        allCases.filter { $0 == .engineBucket || $0 == .plainBucket ? moto != nil : true }
    }

    private static var moto: S3Process? { S3Process.fleet.first { $0.name == "moto" } }

    /// Runs `body` on an empty board.
    func with(_ body: (Board) async throws -> Void) async throws {
        try await withTemporaryFolder { path in
            let cache = BoardCache(CacheSettings(path: path + "/cache"))
            switch self {
            case .engineFolder: try await body(try await Board.create(path + "/b"))
            case .engineMemory:
                let store = try await Store.create(on: MemoryBackend())
                try await body(Board(location: "memory", form: EngineBoard(store)))
            case .plainFolder: try await body(try await Board.create("plain:" + path + "/b"))
            case .plainMemory:
                try await body(Board(location: "memory", form: PlainBoard(PlainMemory())))
            case .engineBucket, .plainBucket:
                try await body(try await bucketBoard(cache))
            case .connect:
                try await ConnectProcess.with(folder: path) { server in
                    let boards = ConnectBoards(cache: cache)
                    try await body(
                        try boards.open(server: server.url, key: server.keys["susan"]))
                }
            }
        }
    }

    private func bucketBoard(_ cache: BoardCache) async throws -> Board {
        let server = try #require(Self.moto)
        let settings = S3Settings(
            endpoint: try S3Endpoint(server.endpoint),
            credentials: FixedCredentials(
                S3Credentials(
                    accessKeyID: server.accessKey, secretAccessKey: server.secretKey)))
        let boards = S3Boards(settings: settings, cache: cache)
        let place = "s3://\(server.bucket)/form-\(UUID().uuidString)"
        return self == .engineBucket
            ? try await boards.create(place) : try await boards.createPlain("plain+" + place)
    }
}

/// What a kind of board does in its own way: all that the suite knows of their differences.
struct FormTraits {
    /// Before the names of pins in lists: who owns them.
    var owner = ""
    /// What a version's name looks like; names ascend in the order of writes.
    var versionName = #"^\d{8}T\d{6}Z-[0-9a-f]{5}$"#
    /// Whether a prefix of a version's name selects it.
    var hasPrefixes = true
    /// Whether names can point at versions.
    var hasLabels = true
    /// Whether the only version can be deleted while the pin stays: the pin goes with it.
    var deletesOnlyVersion = true
    /// Whether an edit, or a version of a content that is there, stores no data again.
    var sharesContent = true
    /// Whether lists say how many versions a pin has; else they say 0.
    var countsVersions = true
    /// Whether names of versions are numbers, which have no leading zeros.
    var sortsByNumber = false

    static func of(_ kind: FormKind) -> FormTraits {
        switch kind {
        case .engineFolder, .engineMemory, .engineBucket: FormTraits()
        case .plainFolder, .plainMemory: FormTraits()
        // A version there is a folder of objects, which can be copied and not shared.
        case .plainBucket: FormTraits(sharesContent: false)
        case .connect:
            FormTraits(
                owner: "susan/", versionName: #"^\d+$"#, hasPrefixes: false, hasLabels: false,
                deletesOnlyVersion: false, sharesContent: false, countsVersions: false,
                sortsByNumber: true)
        }
    }

    /// Names of versions in the order of their writes.
    func sorted(_ names: [String]) -> [String] {
        sortsByNumber ? names.sorted { (Int($0) ?? 0) < (Int($1) ?? 0) } : names.sorted()
    }
}

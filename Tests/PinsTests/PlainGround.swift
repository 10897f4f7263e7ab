import Foundation
import PinEngine
import PinFormat
import PinStorage
import PinTesting
import Testing

@testable import Pins

/// Plain boards to test on, and what other programs would do to them.
struct PlainGround: Sendable, CustomTestStringConvertible {
    enum Kind: String, Sendable, CaseIterable {
        case folder, simulatedFolder, memory
    }

    let kind: Kind
    let board: PlainBoard
    let memory: PlainMemory?
    let folder: PlainFolder?
    let clock = ManualClock(millisecondsSince1970: 1_700_000_000_000)

    var testDescription: String { kind.rawValue }

    /// Runs `body` on an empty board of a kind.
    static func with(
        _ kind: Kind, _ body: (PlainGround) async throws -> Void
    ) async throws {
        switch kind {
        case .memory: try await body(PlainGround(memory: PlainMemory()))
        case .simulatedFolder:
            let disk = SimulatedFileSystem(folders: ["/home", "/home/board"])
            let folder = PlainFolder(
                "/home/board", fileSystem: disk, random: SeededRandom(seed: 1))
            try await body(PlainGround(kind: kind, folder))
        case .folder:
            try await withTemporaryFolder { path in
                let folder = PlainFolder("\(path)/board")
                try await folder.create()
                try await body(PlainGround(kind: kind, folder))
                // Nothing of ours stays beside the board.
                let left = try PosixFileSystem().listDirectory(path).map(\.name)
                #expect(left == ["board"], "\(left)")
            }
        }
    }

    private init(memory: PlainMemory) {
        kind = .memory
        self.memory = memory
        folder = nil
        board = PlainBoard(memory, clock: clock)
    }

    private init(kind: Kind, _ folder: PlainFolder) {
        self.kind = kind
        memory = nil
        self.folder = folder
        board = PlainBoard(folder, clock: clock)
    }

    // MARK: - Writing

    static func request(
        _ pin: String, _ files: KeyValuePairs<String, String>, created: Int64 = 1_600_000_000,
        title: String? = nil, json: String? = nil
    ) -> WriteRequest {
        WriteRequest(
            pin: pin,
            files: files.map { InputFile(path: $0.key, source: BytesSource(Array($0.value.utf8))) },
            metadata: VersionMetadata(
                createdSeconds: created, type: "file", title: title,
                userJSON: json.map { Array($0.utf8) }))
    }

    /// Writes as if `created` were now.
    @discardableResult
    func write(
        _ pin: String, _ files: KeyValuePairs<String, String>, created: Int64 = 1_600_000_000,
        title: String? = nil, json: String? = nil
    ) async throws -> WrittenVersion {
        clock.advance(seconds: created - clock.secondsSince1970)
        return try await board.write(
            Self.request(pin, files, created: created, title: title, json: json), progress: nil)
    }

    /// The files of a version as text.
    func read(_ pin: String, _ selector: VersionSelector = .latest) async throws -> [String: String]
    {
        let version = try await board.version(of: pin, selector)
        var texts: [String: String] = [:]
        for file in version.files {
            texts[file.path] = String(decoding: try await version.bytes(file), as: UTF8.self)
        }
        return texts
    }

    func versions(_ pin: String) async throws -> [String] {
        try await board.versions(of: pin).map(\.version)
    }

    // MARK: - Other programs

    /// Writes a file of the board as another program would, in place.
    func put(_ path: String, _ text: String) throws {
        let bytes = Array(text.utf8)
        if let memory { return memory.set(path, bytes) }
        guard let folder else { return }
        var made = folder.path
        for component in path.split(separator: "/").dropLast() {
            made += "/\(component)"
            try? folder.fileSystem.makeDirectory(made)
        }
        try? folder.fileSystem.unlink("\(folder.path)/\(path)")
        let file = try OwnedFile.createExclusive("\(folder.path)/\(path)", of: folder.fileSystem)
        try file.write(bytes, at: 0)
        try file.close()
    }

    func remove(_ path: String) throws {
        if let memory { return memory.set(path, nil) }
        guard let folder else { return }
        try folder.fileSystem.unlink("\(folder.path)/\(path)")
    }

    /// The names in a version or a pin.
    func names(_ path: String) throws -> [String] {
        if let memory {
            return Set(
                memory.keys.filter { $0.hasPrefix(path + "/") }.compactMap {
                    $0.dropFirst(path.count + 1).split(separator: "/").first.map(String.init)
                }
            ).sorted()
        }
        guard let folder else { return [] }
        return try folder.fileSystem.listDirectory("\(folder.path)/\(path)").map(\.name).sorted()
    }

    func text(_ path: String) throws -> String {
        if let memory { return String(decoding: memory.bytes(path) ?? [], as: UTF8.self) }
        guard let folder else { return "" }
        let file = try OwnedFile.openForReading("\(folder.path)/\(path)", of: folder.fileSystem)
        var bytes = [UInt8](repeating: 0, count: try file.status().byteCount)
        _ = try bytes.withUnsafeMutableBytes { buffer in try file.read(at: 0, into: buffer) }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// The code of the error that `body` throws.
func plainFailure(_ body: () async throws(EngineError) -> some Any) async -> EngineError.Code? {
    do throws(EngineError) {
        _ = try await body()
        return nil
    } catch {
        return error.code
    }
}

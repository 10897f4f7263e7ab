import PinEngine
import PinFormat
import Pins

func example(folder: String) async throws -> [UInt8] {
    let board = try await Board.openOrCreate(folder)
    let csv = BytesSource(Array("city,people\nOslo,717710\n".utf8))
    let metadata = VersionMetadata(createdSeconds: 1_800_000_000, type: "csv", title: "Cities")
    let request = WriteRequest(
        pin: "cities", files: [InputFile(path: "cities.csv", source: csv)], metadata: metadata)
    _ = try await board.write(request)
    let version = try await board.version("cities")
    return try await version.bytes(version.file())
}

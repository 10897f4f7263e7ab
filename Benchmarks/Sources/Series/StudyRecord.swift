import BenchmarkSupport
import Foundation

/// What must be the same for results to stand in one table.
struct StudyConditions: Codable, Equatable, Sendable {
    let sizeBytes: Int
    let versions: Int
    let releases: Int
    let seed: Int
    let level: Int

    /// The options that give these results again.
    var words: String {
        "--size \(sizeBytes / 1024)KiB --versions \(versions) --releases \(releases) "
            + "--seed \(seed) --level \(level)"
    }

    init(_ settings: StudySettings) {
        sizeBytes = settings.maker.byteCount
        versions = settings.maker.versionCount
        releases = settings.maker.releaseCount
        seed = Int(settings.maker.seed)
        level = settings.level
    }
}

/// The comparison as it stands in series.json.
struct StudyRecord: Codable {
    var machine = Machine.description
    let conditions: StudyConditions
    /// What the tools say about themselves.
    var tools: [String]
    var skipped: [String]
    var series: [SeriesResult] = []

    /// Puts a result in the place of an older one, in the order of all series.
    mutating func update(_ result: SeriesResult) {
        series.removeAll { $0.series == result.series }
        series.append(result)
        let order = Series.all.map(\.name)
        series.sort {
            (order.firstIndex(of: $0.series) ?? .max, $0.series)
                < (order.firstIndex(of: $1.series) ?? .max, $1.series)
        }
    }
}

/// Records as JSON files.
enum RecordFile {
    /// - Throws: ``Failure`` where it is there and cannot be read.
    static func read<Record: Decodable>(_ path: String) throws -> Record? {
        guard Files.exists(path) else { return nil }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        do {
            return try decoder.decode(Record.self, from: Data(Files.text(of: path).utf8))
        } catch { throw Failure("\(path) is not from this program: \(error)") }
    }

    static func write(_ record: some Encodable, to path: String) throws {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let data = try encoder.encode(record)
        try Files.write(String(decoding: data, as: UTF8.self) + "\n", to: path)
    }
}

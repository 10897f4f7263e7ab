package import PinEngine
internal import PinFormat

/// A version of a plain board that is whole: its `data.txt` can be read, and all its files are
/// there in their recorded sizes.
package struct PlainVersion: Sendable {
    package let place: PlainPlace
    package let metadata: PlainMetadata
    /// The data files, in the order of the metadata.
    package let files: [PlainFileStatus]
    /// Labels in its folder.
    let labels: [PlainLabel]
    /// The size of `data.txt`.
    let metadataByteCount: UInt64

    package var byteCount: UInt64 { files.reduce(0) { $0 + $1.byteCount } }

    /// Its files as every kind of board tells of them, ascending by path.
    var pinFiles: [PinFile] {
        files.map { PinFile(path: $0.path, byteCount: $0.byteCount) }
            .sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }

    func info(labels: [String]) -> VersionInfo {
        VersionInfo(
            pin: place.pin, version: place.version, pinHash: metadata.pinHash ?? "",
            byteCount: byteCount, fileCount: files.count,
            metadata: metadata.versionMetadata(version: place.version), labels: labels)
    }
}

/// A label: an empty file in the folder of the version that it points at. Of several files of one
/// label the one with the highest number counts, so that it moves in one step.
struct PlainLabel: Sendable, Hashable {
    private static let prefix = "_pins.label."
    let label: String
    let sequence: UInt64

    init(_ label: String, sequence: UInt64) {
        self.label = label
        self.sequence = sequence
    }

    /// The label that a file stands for, if it is one.
    init?(fileName: String) {
        guard fileName.hasPrefix(Self.prefix) else { return nil }
        let rest = fileName.dropFirst(Self.prefix.count)
        guard let dot = rest.lastIndex(of: "."),
            let number = UInt64(rest[rest.index(after: dot)...]),
            number < .max, (try? Names.checkLabel(String(rest[..<dot]))) != nil
        else { return nil }
        label = String(rest[..<dot])
        sequence = number
    }

    var fileName: String { "\(Self.prefix)\(label).\(sequence)" }

    /// Whether a name of a data file would be taken for a label.
    static func isReserved(_ fileName: String) -> Bool { fileName.hasPrefix(prefix) }
}

/// What is found under a version's name.
package enum PlainFound: Sendable {
    case whole(PlainVersion)
    /// Half-written, or not a version at all; why.
    case incomplete(String)
    /// Whole perhaps, but of a later layout.
    case needsNewer(String)
}

/// The files of a version by the bytes of their paths: to Swift two spellings of one character are
/// one text.
private struct PlainFilesByPath {
    /// Up to so many are looked through, which most versions have.
    private static let fewCountMax = 8
    private let files: [PlainFileStatus]
    private var places: [[UInt8]: Int] = [:]

    init(_ files: [PlainFileStatus]) {
        self.files = files
        guard files.count > Self.fewCountMax else { return }
        for (index, file) in files.enumerated() { places[Array(file.path.utf8)] = index }
    }

    subscript(path: String) -> PlainFileStatus? {
        if files.count > Self.fewCountMax { return places[Array(path.utf8)].map { files[$0] } }
        return files.last { $0.path.utf8.elementsEqual(path.utf8) }
    }
}

extension PlainTree {
    /// Looks at what stands under a version's name.
    ///
    /// - Complexity: one listing of the version, and its `data.txt` is read.
    package func find(_ place: PlainPlace) async throws(EngineError) -> PlainFound {
        let all = try await files(of: place)
        let byPath = PlainFilesByPath(all)
        guard let status = byPath[PlainMetadata.fileName] else {
            return .incomplete("it has no \(PlainMetadata.fileName)")
        }
        let metadata: PlainMetadata
        do throws(PlainMetadataError) {
            metadata = try PlainMetadata(reading: try await text(of: place, status))
        } catch {
            let why = "\(PlainMetadata.fileName): \(error.message)"
            return error.needsNewer ? .needsNewer(why) : .incomplete(why)
        }
        var files: [PlainFileStatus] = []
        for (path, size) in zip(metadata.files, metadata.sizes) {
            let name = Names.printable(path)
            guard let file = byPath[path] else {
                return .incomplete("its file '\(name)' is not there, or no regular file")
            }
            guard size == nil || size == file.byteCount else {
                return .incomplete(
                    "its file '\(name)' has \(file.byteCount) bytes, \(size ?? 0) are recorded")
            }
            files.append(file)
        }
        return .whole(
            PlainVersion(
                place: place, metadata: metadata, files: files,
                labels: all.compactMap { PlainLabel(fileName: $0.path) },
                metadataByteCount: status.byteCount))
    }

    private func text(
        of place: PlainPlace, _ status: PlainFileStatus
    ) async throws(PlainMetadataError) -> [UInt8] {
        let limit = UInt64(YAMLLimits().byteCount)
        guard status.byteCount <= limit else {
            throw PlainMetadataError(
                message: "it has \(status.byteCount) bytes; at most \(limit) are read",
                needsNewer: false)
        }
        do throws(EngineError) {
            let file = try await open(PlainMetadata.fileName, of: place)
            return try await file.read(0..<min(file.status.byteCount, limit))
        } catch {
            throw PlainMetadataError(message: error.message, needsNewer: false)
        }
    }
}

internal import PinEngine
internal import PinFormat
internal import PinStorage
internal import Pins

/// The JSON documents, key by key those of the command.
enum Documents {
    /// A document that is JSON already.
    struct Value: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral {
        let json: String

        init(json: String) { self.json = json }
        init(stringLiteral value: String) { self.init(value) }
        init(booleanLiteral value: Bool) { self.init(value) }
        init(_ text: String) {
            json = String(decoding: JSONValue.string(text).encoded, as: UTF8.self)
        }
        init(_ text: String?) { self = text.map { Value($0) } ?? .null }
        init(_ flag: Bool) { json = flag ? "true" : "false" }
        init(_ number: some FixedWidthInteger) { json = String(number) }
        init(_ number: UInt64?) { json = number.map { String($0) } ?? "null" }
        init(_ items: [Value]) { json = "[\(items.map(\.json).joined(separator: ","))]" }
        init(_ texts: [String]) { self.init(texts.map { Value($0) }) }

        init(_ pairs: KeyValuePairs<String, Value>) {
            let members = pairs.map { "\(Value($0.key).json):\($0.value.json)" }
            json = "{\(members.joined(separator: ","))}"
        }

        /// A document of somebody else: as it is if it is JSON, else as a string.
        init(embedding bytes: [UInt8]?) {
            guard let bytes else {
                self = .null
                return
            }
            let text = String(decoding: bytes, as: UTF8.self)
            self = (try? JSONReader.parse(bytes)) == nil ? Value(text) : Value(json: text)
        }

        static var null: Value { Value(json: "null") }
    }

    /// RFC 3339 in UTC; `null` where it is no date.
    private static func time(_ seconds: Int64) -> Value {
        guard (-62_135_596_800...253_402_300_799).contains(seconds) else { return .null }
        let digits = Array(VersionName.timestamp(seconds).utf8)
        func part(_ range: Range<Int>) -> String { String(decoding: digits[range], as: UTF8.self) }
        return Value(
            "\(part(0..<4))-\(part(4..<6))-\(part(6..<8))T"
                + "\(part(9..<11)):\(part(11..<13)):\(part(13..<15))Z")
    }

    private static func files(_ files: [PinFile]) -> Value {
        Value(
            files.map { file in
                Value([
                    "name": Value(file.path), "size": Value(file.byteCount),
                    "sha256": Value(file.sha256?.hex),
                ])
            })
    }

    /// - Parameter isDryRun: Whether it tells what a write would move, too.
    static func write(_ result: WrittenVersion, isDryRun: Bool) -> String {
        let info = result.info
        let document = Value([
            "name": Value(info.pin), "version": Value(info.version),
            "pin_hash": Value(info.pinHash), "created": time(info.metadata.createdSeconds),
            "files": files(result.files), "size": Value(info.byteCount),
            "chunks": Value(result.chunkCount), "new_chunks": Value(result.newChunkCount),
            "new_bytes": Value(result.newByteCount), "stored_bytes": Value(result.storedByteCount),
            "unchanged": Value(result.isUnchanged),
        ]).json
        guard isDryRun else { return document }
        let traffic = Value([
            "dry_run": true,
            "requests": Value(result.traffic?.requestCount.map { UInt64($0) }),
            "bytes_sent": Value(result.traffic?.sentByteCount),
            "bytes_received": Value(result.traffic?.receivedByteCount), "makes_board": false,
        ]).json
        return "\(document.dropLast()),\(traffic.dropFirst())"
    }

    static func meta(_ version: PinVersion) -> String {
        let (info, metadata) = (version.info, version.info.metadata)
        return Value([
            "name": Value(info.pin), "version": Value(info.version),
            "pin_hash": Value(info.pinHash), "created": time(metadata.createdSeconds),
            "title": Value(metadata.title), "description": Value(metadata.description),
            "type": Value(metadata.type), "tags": Value(metadata.tags),
            "urls": Value(metadata.urls), "metadata": Value(embedding: metadata.userJSON),
            "files": files(version.files), "size": Value(info.byteCount),
            "labels": Value(info.labels), "origin": Value(embedding: metadata.originJSON),
        ]).json
    }

    static func versions(_ versions: [VersionInfo]) -> String {
        Value(
            versions.map { version in
                Value([
                    "version": Value(version.version),
                    "created": time(version.metadata.createdSeconds),
                    "pin_hash": Value(version.pinHash), "size": Value(version.byteCount),
                    "labels": Value(version.labels), "files": Value(version.fileCount),
                    "parent": Value(version.parent), "new_bytes": Value(version.newByteCount),
                ])
            }
        ).json
    }

    static func pins(_ pins: [PinSummary]) -> String {
        Value(
            pins.map { pin in
                Value([
                    "name": Value(pin.name), "title": Value(pin.metadata.title),
                    "type": Value(pin.metadata.type),
                    "created": time(pin.metadata.createdSeconds), "size": Value(pin.byteCount),
                    "versions": pin.versionCount > 0 ? Value(pin.versionCount) : .null,
                    "latest": Value(pin.latest),
                ])
            }
        ).json
    }

    static func statistics(_ found: BoardStatistics) -> String {
        let shares = found.exclusiveByteCounts.map { share in
            Value([
                "name": Value(share.pin), "version": Value(share.version),
                "size": Value(share.byteCount),
                "exclusive_bytes": Value(share.exclusiveStoredByteCount),
            ])
        }
        return Value([
            "pins": Value(found.pinCount), "versions": Value(found.versionCount),
            "logical_bytes": Value(found.logicalByteCount),
            "unique_bytes": Value(found.uniqueByteCount),
            "stored_bytes": Value(found.storedByteCount), "chunks": Value(found.chunkCount),
            "packs": Value(found.packCount),
            "parity_percent": found.parityPercent.map { Value($0) } ?? Value.null,
            "parity_bytes": Value(found.parityByteCount),
            "index_bytes": Value(found.indexByteCount),
            "delta_frames": Value(found.deltaFrameCount),
            "delta_stored_bytes": Value(found.deltaStoredByteCount),
            "delta_raw_bytes": Value(found.deltaRawByteCount),
            "delta_saved_bytes": Value(found.deltaSavedByteCount), "per_version": Value(shares),
        ]).json
    }

    static func verification(_ report: VerifyReport) -> String {
        Value([
            "ok": Value(report.isSound), "objects": Value(report.objectCount),
            "bytes_checked": Value(report.checkedByteCount), "orphans": Value(report.orphanCount),
            "problems": Value(report.problems.map(problem)),
        ]).json
    }

    private static func problem(_ problem: VerifyProblem) -> Value {
        let pins = problem.versions.map { hurt in
            Value(["name": Value(hurt.pin), "version": Value(hurt.version)])
        }
        let ranges = problem.damage.map { damage in
            Value([
                "name": Value(damage.pin), "version": Value(damage.version),
                "file": Value(damage.file), "start": Value(damage.range.lowerBound),
                "end": Value(damage.range.upperBound),
            ])
        }
        return Value([
            "object": Value(problem.object), "what": Value(problem.what),
            "versions": Value(problem.versions.map(\.version)), "pins": Value(pins),
            "ranges": Value(ranges), "repaired": Value(problem.isRepaired),
        ])
    }

    static func collection(_ report: CollectionReport, isDryRun: Bool) -> String {
        Value([
            "condemned_packs": Value(report.condemnedPacks),
            "deleted_packs": Value(report.deletedPacks),
            "repacked_packs": Value(report.repackedPacks),
            "freed_bytes": Value(report.freedByteCount), "dry_run": Value(isDryRun),
        ]).json
    }

    static func copy(_ report: BoardCopy.Report) -> String {
        let copied = report.copied.map { copy in
            Value([
                "name": Value(copy.source.pin), "version": Value(copy.source.version),
                "destination_version": Value(copy.destination.version),
                "pin_hash": Value(copy.destination.pinHash),
                "size": Value(copy.destination.byteCount),
                "stored_bytes": Value(copy.storedByteCount),
            ])
        }
        return Value(["copied": Value(copied), "present": Value(report.presentCount)]).json
    }

    static func names(_ names: [String]) -> String { Value(names).json }
}

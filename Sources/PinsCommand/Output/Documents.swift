import PinEngine
import PinFormat
import PinStorage
import Pins

/// The JSON documents of the commands.
enum Documents {
    /// A time, `null` where it is no date.
    static func time(_ seconds: Int64) -> JSONValue { JSONValue(Timestamp.text(seconds)) }

    static func files(_ files: [PinFile]) -> JSONValue {
        .array(
            files.map { file in
                [
                    "name": .string(file.path), "size": .unsigned(file.byteCount),
                    "sha256": JSONValue(file.sha256?.hex),
                ]
            })
    }

    static func texts(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }

    /// What a write or an edit did.
    static func write(_ result: WrittenVersion) -> JSONValue {
        let info = result.info
        return [
            "name": .string(info.pin), "version": .string(info.version),
            "pin_hash": .string(info.pinHash),
            "created": time(info.metadata.createdSeconds), "files": files(result.files),
            "size": .unsigned(info.byteCount), "chunks": JSONValue(result.chunkCount),
            "new_chunks": JSONValue(result.newChunkCount),
            "new_bytes": JSONValue(result.newByteCount),
            "stored_bytes": .unsigned(result.storedByteCount),
            "unchanged": .bool(result.isUnchanged),
        ]
    }

    /// What a dry run adds to the document of a command.
    static func traffic(_ traffic: Traffic?) -> JSONValue {
        [
            "dry_run": .bool(true),
            "requests": JSONValue(traffic?.requestCount),
            "bytes_sent": JSONValue(traffic?.sentByteCount),
            "bytes_received": JSONValue(traffic?.receivedByteCount),
        ]
    }

    static func meta(_ version: PinVersion) -> JSONValue {
        let (info, metadata) = (version.info, version.info.metadata)
        return [
            "name": .string(info.pin), "version": .string(info.version),
            "pin_hash": .string(info.pinHash), "created": time(metadata.createdSeconds),
            "title": JSONValue(metadata.title), "description": JSONValue(metadata.description),
            "type": .string(metadata.type), "tags": texts(metadata.tags),
            "urls": texts(metadata.urls), "metadata": JSONValue(embedding: metadata.userJSON),
            "files": files(version.files), "size": .unsigned(info.byteCount),
            "labels": texts(info.labels), "origin": JSONValue(embedding: metadata.originJSON),
        ]
    }

    static func versions(_ versions: [VersionInfo]) -> JSONValue {
        .array(
            versions.map { version in
                [
                    "version": .string(version.version),
                    "created": time(version.metadata.createdSeconds),
                    "pin_hash": .string(version.pinHash),
                    "size": .unsigned(version.byteCount), "labels": texts(version.labels),
                    "files": JSONValue(version.fileCount), "parent": JSONValue(version.parent),
                    "new_bytes": JSONValue(version.newByteCount),
                ]
            })
    }

    static func pins(_ pins: [PinSummary]) -> JSONValue {
        .array(
            pins.map { pin in
                [
                    "name": .string(pin.name), "title": JSONValue(pin.metadata.title),
                    "type": .string(pin.metadata.type),
                    "created": time(pin.metadata.createdSeconds), "size": .unsigned(pin.byteCount),
                    "versions": pin.versionCount > 0 ? JSONValue(pin.versionCount) : .null,
                    "latest": .string(pin.latest),
                ]
            })
    }

    static func statistics(_ found: BoardStatistics) -> JSONValue {
        [
            "pins": JSONValue(found.pinCount), "versions": JSONValue(found.versionCount),
            "logical_bytes": .unsigned(found.logicalByteCount),
            "unique_bytes": .unsigned(found.uniqueByteCount),
            "stored_bytes": .unsigned(found.storedByteCount),
            "chunks": JSONValue(found.chunkCount), "packs": JSONValue(found.packCount),
            "parity_percent": found.parityPercent.map { JSONValue($0) } ?? .null,
            "parity_bytes": .unsigned(found.parityByteCount),
            "index_bytes": .unsigned(found.indexByteCount),
            "delta_frames": JSONValue(found.deltaFrameCount),
            "delta_stored_bytes": .unsigned(found.deltaStoredByteCount),
            "delta_raw_bytes": .unsigned(found.deltaRawByteCount),
            "delta_saved_bytes": .unsigned(found.deltaSavedByteCount),
            "per_version": .array(
                found.exclusiveByteCounts.map { share in
                    [
                        "name": .string(share.pin), "version": .string(share.version),
                        "size": .unsigned(share.byteCount),
                        "exclusive_bytes": .unsigned(share.exclusiveStoredByteCount),
                    ]
                }),
        ]
    }

    static func verification(_ report: VerifyReport) -> JSONValue {
        [
            "ok": .bool(report.isSound), "objects": JSONValue(report.objectCount),
            "bytes_checked": .unsigned(report.checkedByteCount),
            "orphans": JSONValue(report.orphanCount),
            "problems": .array(report.problems.map(problem)),
        ]
    }

    private static func problem(_ problem: VerifyProblem) -> JSONValue {
        [
            "object": .string(problem.object), "what": .string(problem.what),
            "versions": texts(problem.versions.map(\.version)),
            "pins": .array(
                problem.versions.map { hurt in
                    ["name": .string(hurt.pin), "version": .string(hurt.version)]
                }),
            "ranges": .array(
                problem.damage.map { damage in
                    [
                        "name": .string(damage.pin), "version": .string(damage.version),
                        "file": .string(damage.file), "start": .unsigned(damage.range.lowerBound),
                        "end": .unsigned(damage.range.upperBound),
                    ]
                }),
            "repaired": .bool(problem.isRepaired),
        ]
    }

    static func diff(_ diff: VersionDiff) -> JSONValue {
        [
            "changed": .array(
                diff.changed.map { range in
                    [
                        "file": .string(range.file), "start": .unsigned(range.start),
                        "end": .unsigned(range.end),
                    ]
                }),
            "changed_bytes": .unsigned(diff.changedByteCount),
            "total_bytes": .unsigned(diff.totalByteCount),
        ]
    }

    static func copy(_ report: BoardCopy.Report) -> JSONValue {
        [
            "copied": .array(
                report.copied.map { copy in
                    [
                        "name": .string(copy.source.pin), "version": .string(copy.source.version),
                        "destination_version": .string(copy.destination.version),
                        "pin_hash": .string(copy.destination.pinHash),
                        "size": .unsigned(copy.destination.byteCount),
                        "stored_bytes": .unsigned(copy.storedByteCount),
                    ]
                }), "present": JSONValue(report.presentCount),
        ]
    }

    static func collection(_ report: CollectionReport, isDryRun: Bool) -> JSONValue {
        [
            "condemned_packs": JSONValue(report.condemnedPacks),
            "deleted_packs": JSONValue(report.deletedPacks),
            "repacked_packs": JSONValue(report.repackedPacks),
            "freed_bytes": .unsigned(report.freedByteCount), "dry_run": .bool(isDryRun),
        ]
    }
}

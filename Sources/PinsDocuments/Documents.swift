package import PinEngine
internal import PinFormat
package import PinStorage
package import Pins

/// The JSON documents: what the command prints with `--json`, and what the C library gives.
package enum Documents {
    /// A time, `null` where it is no date.
    package static func time(_ seconds: Int64) -> JSONDocument {
        JSONDocument(Timestamp.text(seconds))
    }

    package static func files(_ files: [PinFile]) -> JSONDocument {
        .array(
            files.map { file in
                [
                    "name": .string(file.path), "size": .unsigned(file.byteCount),
                    "sha256": JSONDocument(file.sha256?.hex),
                ]
            })
    }

    /// A list of texts.
    package static func texts(_ texts: [String]) -> JSONDocument {
        .array(texts.map { .string($0) })
    }

    /// What a write or an edit did.
    package static func write(_ result: WrittenVersion) -> JSONDocument {
        let info = result.info
        return [
            "name": .string(info.pin), "version": .string(info.version),
            "pin_hash": .string(info.pinHash),
            "created": time(info.metadata.createdSeconds), "files": files(result.files),
            "size": .unsigned(info.byteCount), "chunks": JSONDocument(result.chunkCount),
            "new_chunks": JSONDocument(result.newChunkCount),
            "new_bytes": JSONDocument(result.newByteCount),
            "stored_bytes": .unsigned(result.storedByteCount),
            "unchanged": .bool(result.isUnchanged),
        ]
    }

    /// What a write would do.
    ///
    /// - Parameter makesBoard: Whether it would make the board as well.
    package static func dryWrite(_ result: WrittenVersion, makesBoard: Bool) -> JSONDocument {
        write(result).with(traffic(result.traffic))
            .with(.object([("makes_board", .bool(makesBoard))]))
    }

    /// What a dry run adds to the document of a command.
    package static func traffic(_ traffic: Traffic?) -> JSONDocument {
        [
            "dry_run": .bool(true),
            "requests": JSONDocument(traffic?.requestCount),
            "bytes_sent": JSONDocument(traffic?.sentByteCount),
            "bytes_received": JSONDocument(traffic?.receivedByteCount),
        ]
    }

    package static func meta(_ version: PinVersion) -> JSONDocument {
        let (info, metadata) = (version.info, version.info.metadata)
        return [
            "name": .string(info.pin), "version": .string(info.version),
            "pin_hash": .string(info.pinHash), "created": time(metadata.createdSeconds),
            "title": JSONDocument(metadata.title),
            "description": JSONDocument(metadata.description),
            "type": .string(metadata.type), "tags": texts(metadata.tags),
            "urls": texts(metadata.urls), "metadata": JSONDocument(embedding: metadata.userJSON),
            "files": files(version.files), "size": .unsigned(info.byteCount),
            "labels": texts(info.labels), "origin": JSONDocument(embedding: metadata.originJSON),
        ]
    }

    package static func versions(_ versions: [VersionInfo]) -> JSONDocument {
        .array(
            versions.map { version in
                [
                    "version": .string(version.version),
                    "created": time(version.metadata.createdSeconds),
                    "pin_hash": .string(version.pinHash),
                    "size": .unsigned(version.byteCount), "labels": texts(version.labels),
                    "files": JSONDocument(version.fileCount),
                    "parent": JSONDocument(version.parent),
                    "new_bytes": JSONDocument(version.newByteCount),
                ]
            })
    }

    package static func pins(_ pins: [PinSummary]) -> JSONDocument {
        .array(
            pins.map { pin in
                [
                    "name": .string(pin.name), "title": JSONDocument(pin.metadata.title),
                    "type": .string(pin.metadata.type),
                    "created": time(pin.metadata.createdSeconds), "size": .unsigned(pin.byteCount),
                    "versions": pin.versionCount > 0 ? JSONDocument(pin.versionCount) : .null,
                    "latest": .string(pin.latest),
                ]
            })
    }

    package static func statistics(_ found: BoardStatistics) -> JSONDocument {
        [
            "pins": JSONDocument(found.pinCount), "versions": JSONDocument(found.versionCount),
            "logical_bytes": .unsigned(found.logicalByteCount),
            "unique_bytes": .unsigned(found.uniqueByteCount),
            "stored_bytes": .unsigned(found.storedByteCount),
            "chunks": JSONDocument(found.chunkCount), "packs": JSONDocument(found.packCount),
            "parity_percent": found.parityPercent.map { JSONDocument($0) } ?? .null,
            "parity_bytes": .unsigned(found.parityByteCount),
            "index_bytes": .unsigned(found.indexByteCount),
            "delta_frames": JSONDocument(found.deltaFrameCount),
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

    /// A board in a shared folder that does not have all of the newest state.
    package static func unsettled(_ state: UnsettledState) -> JSONDocument {
        [
            "newest_commit": .unsigned(state.newest), "opened_commit": JSONDocument(state.opened),
            "older": .bool(state.isOlder),
            "missing": .array(
                state.missing.map { ["object": .string($0.key), "what": .string($0.what)] }),
            "conflicts": texts(state.conflicts.map { "commits/\($0)" }),
        ]
    }

    /// A document that says so where what it tells is of an older state of a board. Arrays have no
    /// room for it: there the warning on standard error is all.
    package static func complete(_ document: JSONDocument, of boards: [Board]) -> JSONDocument {
        guard let state = boards.lazy.compactMap(\.unsettledState).first else { return document }
        return document.with(["unsettled": unsettled(state)])
    }

    package static func verification(_ report: VerifyReport) -> JSONDocument {
        var document: JSONDocument = [
            "ok": .bool(report.isSound), "objects": JSONDocument(report.objectCount),
            "bytes_checked": .unsigned(report.checkedByteCount),
            "orphans": JSONDocument(report.orphanCount),
            "problems": .array(report.problems.map(problem)),
        ]
        if !report.damagedOrphans.isEmpty {
            let damaged = report.damagedOrphans.map { orphan -> JSONDocument in
                ["object": .string(orphan.object), "what": .string(orphan.what)]
            }
            document = document.with(["damaged_orphans": .array(damaged)])
        }
        guard let state = report.unsettled else { return document }
        return document.with(["unsettled": unsettled(state)])
    }

    private static func problem(_ problem: VerifyProblem) -> JSONDocument {
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

    package static func diff(_ diff: VersionDiff) -> JSONDocument {
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

    package static func copy(_ report: BoardCopy.Report) -> JSONDocument {
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
                }), "present": JSONDocument(report.presentCount),
        ]
    }

    package static func collection(_ report: CollectionReport, isDryRun: Bool) -> JSONDocument {
        [
            "condemned_packs": JSONDocument(report.condemnedPacks),
            "deleted_packs": JSONDocument(report.deletedPacks),
            "repacked_packs": JSONDocument(report.repackedPacks),
            "freed_bytes": .unsigned(report.freedByteCount), "dry_run": .bool(isDryRun),
        ]
    }
}

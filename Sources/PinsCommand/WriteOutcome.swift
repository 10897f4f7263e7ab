import PinEngine
import PinFormat

/// How `write` and `edit` tell what they did, in the words of pins.
enum WriteOutcome {
    static func print(
        _ result: WriteResult, isDryRun: Bool, _ common: CommonOptions
    ) throws(CommandFailure) {
        let record = result.version
        if result.isUnchanged {
            common.say("The hash of pin \"\(record.pinName)\" has not changed.")
        } else if isDryRun {
            common.say("Would write to pin '\(record.pinName)': \(summary(result))")
        } else {
            common.say("Writing to pin '\(record.pinName)'")
            common.sayMore("\(record.versionName): \(summary(result))")
        }
        try common.print(
            Documents.write(result),
            text: isDryRun && !result.isUnchanged ? "" : record.versionName)
    }

    private static func summary(_ result: WriteResult) -> String {
        let files = result.files.count == 1 ? "1 file" : "\(result.files.count) files"
        return "\(files), \(ByteCount.text(result.version.byteCount)), "
            + "\(ByteCount.text(result.newByteCount)) of it new in \(result.newChunkCount) of "
            + "\(result.chunkCount) chunks; \(ByteCount.text(result.storedByteCount)) stored"
    }
}

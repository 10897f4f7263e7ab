import PinEngine
import PinFormat
import PinStorage
import Pins
import PinsDocuments

/// How `write` and `edit` tell what they did, in the words of pins.
enum WriteOutcome {
    static func print(
        _ result: WrittenVersion, of board: Board, isDryRun: Bool, makesBoard: Bool = false,
        _ common: CommonOptions
    ) throws(CommandFailure) {
        let info = result.info
        if result.isUnchanged {
            common.say(
                "The hash of pin \"\(info.pin)\" has not changed. Your pin will not be stored.")
            if isDryRun { common.say(traffic(result.traffic)) }
        } else if isDryRun {
            common.say("Would write to pin '\(info.pin)': \(summary(result))")
            common.say(traffic(result.traffic) + (makesBoard ? ", once the board is made" : ""))
        } else {
            common.say("Writing to pin '\(info.pin)'")
            common.sayMore("\(info.version): \(summary(result))")
        }
        try common.print(
            isDryRun
                ? Documents.dryWrite(result, makesBoard: makesBoard) : Documents.write(result),
            of: board, text: isDryRun && !result.isUnchanged ? "" : info.version)
    }

    /// What would be moved, for a person.
    static func traffic(_ traffic: Traffic?) -> String {
        guard let traffic else { return "How much would be moved is not known for this board" }
        let requests = traffic.requestCount.map { $0 == 1 ? "1 request, " : "\($0) requests, " }
        return "\(requests ?? "")\(ByteCount.text(traffic.sentByteCount)) sent, "
            + "\(ByteCount.text(traffic.receivedByteCount)) received"
    }

    private static func summary(_ result: WrittenVersion) -> String {
        var parts = [
            result.files.count == 1 ? "1 file" : "\(result.files.count) files",
            ByteCount.text(result.info.byteCount),
        ]
        if let bytes = result.newByteCount, let new = result.newChunkCount,
            let all = result.chunkCount
        {
            parts.append("\(ByteCount.text(bytes)) of it new in \(new) of \(all) chunks")
        }
        return parts.joined(separator: ", ") + "; \(ByteCount.text(result.storedByteCount)) stored"
    }
}

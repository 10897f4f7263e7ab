internal import PinFormat
internal import PinTransforms

/// The forward pipeline: files → batches of chunks → digests and frames on all cores → packs →
/// backend.
///
/// Each stage is a task for one load of batches at a time, so that all cores are busy as long as
/// any stage has something to do:
///
///     read ─▶ cut ─▶ flat digest ─▶ workers ─▶ sink, in order ─▶ stage and upload
///
/// The first three take one load after the other, each in its own time, ahead of the workers.
/// Bounded everywhere: a handful of loads between reading and sink, one pack in assembly, at most
/// ``WriteSession/heldCountMax`` on their way or waiting to be staged; and nothing is read while
/// another pack waits for the backend.
struct Ingest {
    let store: Store
    let session: WriteSession
    let progress: ProgressHandler?
    /// Where new chunks find what they resemble.
    var resemblance: PreviousVersion?

    /// What is known about the files when all of them are stored.
    struct Outcome {
        var files: [FileEntry] = []
        var chunkCount: UInt64 = 0
    }

    /// Stores files.
    ///
    /// - Returns: One entry for each file, in the order given.
    func run(
        _ files: [InputFile], digestsFlat: Bool
    ) async throws(EngineError) -> Outcome {
        let result = await withTaskGroup(of: IngestEvent.self) { group in
            var flow = IngestFlow(self, files, digestsFlat: digestsFlat)
            do throws(EngineError) {
                return Result<Outcome, EngineError>.success(try await pump(&flow, &group))
            } catch {
                await settle(&group)
                group.cancelAll()
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// Waits for a commit that stages packs: whether the log names them decides whether they are
    /// removed with the others.
    private func settle(_ group: inout TaskGroup<IngestEvent>) async {
        while session.isStaging, let event = await group.next() {
            guard case .staged(let result) = event else { continue }
            try? session.endStaging(result)
        }
    }

    /// Begins whatever can be begun, and takes what has ended, until nothing is left.
    private func pump(
        _ flow: inout IngestFlow, _ group: inout TaskGroup<IngestEvent>
    ) async throws(EngineError) -> Outcome {
        while true {
            try store.checkCancellation()
            flow.begin(&group)
            guard let event = await group.next() else { return flow.outcome }
            try flow.take(event)
        }
    }
}

internal import PinFormat
internal import PinTransforms

/// The flat SHA-256 of files: serial by nature, so it is a stage of its own before the workers, in
/// which the digests of the chunks cost little more where the processor can do both at once.
///
/// `@unchecked Sendable`: used by one task at a time; each batch begins after the one before it has
/// ended.
final class FileDigester: @unchecked Sendable {
    private var hasher = FileHasher()

    /// The batches, in the order they were read, with what was found about them.
    func digested(_ batches: [ChunkBatch]) -> [ChunkBatch] {
        batches.map { batch in
            var batch = batch
            let bytes = batch.buffer.bytes
            batch.digests = unsafe hasher.update(
                bytes.span.bytes.extracting(batch.range), ends: batch.ends)
            if batch.isLastOfFile { batch.flatDigest = hasher.finish() }
            return batch
        }
    }
}

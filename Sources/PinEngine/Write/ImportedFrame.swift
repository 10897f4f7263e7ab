internal import PinFormat
internal import PinTransforms

/// A chunk of another store on its way into a pack of this one.
struct ImportedFrame: Sendable {
    enum Form: Sendable {
        /// The record as it stands in the other store's pack.
        case copy(stored: [UInt8])
        /// Encoded again, without bases.
        case encoded([UInt8])
    }

    /// Its digest and header; pack and offset are those of the other store.
    let place: FramePlace
    let form: Form
    /// Features of a chunk without bases.
    let sketch: ChunkSketch?
}

public import PinFormat
public import PinStorage

/// Frames that are kept on this machine under the digest of their plain bytes, whichever board they
/// came from: what one board was read for is found by another, and after a collection has moved or
/// encoded it again.
///
/// The frames stand in packs of the cache's own, as they stood in the board's (FORMAT.md §7.2).
/// They are never believed: who reads one compares the digest of its plain bytes, as with any
/// other, and asks the board where it is not right.
public protocol FrameCache: Sendable {
    /// Copies of a frame, in packs of the cache. Their bases may be there or not.
    ///
    /// - Complexity: O(1) in the number of frames, after the first call. Blocks.
    func copies(_ digest: Digest, _ kind: FrameKind) -> [FramePlace]

    /// Opens a pack of the cache; `nil` if the cache has none of this name. Blocks.
    ///
    /// - Throws: ``PinStorage/BackendError/Code/ioError`` if it had, and it is gone: then the
    ///   cache has forgotten its frames.
    func openLocal(_ pack: ObjectName) throws(BackendError) -> (any LocalObject)?

    /// Keeps frames, as far as they are not there. Their digests were compared, or those of what
    /// they are the bases of.
    func keep(_ frames: [StoredFrame]) async

    /// The footer of a pack, by the digest that the pack's row has of it; `nil` if it is not kept.
    /// It is compared with the digest again.
    func footer(_ digest: Digest) async -> [UInt8]?

    /// Keeps the footer of a pack, whose digest was compared.
    func keep(footer: [UInt8], _ digest: Digest) async

    /// Hears that a pack held other bytes than it says: nothing is read from it again.
    ///
    /// - Returns: Whether it was one of the cache's.
    func distrust(_ pack: ObjectName) async -> Bool
}

extension FrameCache {
    /// None: a cache of frames alone.
    public func footer(_ digest: Digest) async -> [UInt8]? { nil }

    /// Keeps nothing: a cache of frames alone.
    public func keep(footer: [UInt8], _ digest: Digest) async {}
}

/// A backend with frames at hand. A ``Store`` over it looks there before it fetches any.
public protocol FrameCachingBackend: BoardBackend {
    /// Where frames are kept.
    var frames: any FrameCache { get }
}

/// A frame as it stands in a pack.
public struct StoredFrame: Sendable {
    /// Where it stands, or stood.
    public let place: FramePlace
    /// Its record and frame: ``PinFormat/FramePlace/storedByteCount`` bytes.
    public let bytes: ArraySlice<UInt8>

    public init(_ place: FramePlace, _ bytes: ArraySlice<UInt8>) {
        self.place = place
        self.bytes = bytes
    }
}

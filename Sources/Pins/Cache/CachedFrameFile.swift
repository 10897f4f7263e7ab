internal import PinEngine
internal import PinFormat
internal import PinStorage
internal import PinTransforms

/// A file of ``CachedFrames``, open for reading.
final class CachedFrameFile: LocalObject {
    let byteCount: Int
    private let file: OwnedFile
    private let path: String

    /// Opens a file; `nil` if it cannot be read.
    init?(_ path: String) {
        guard let file = try? OwnedFile.openForReading(path, of: PosixFileSystem()),
            let status = try? file.status(), status.kind == .file
        else { return nil }
        self.file = file
        self.path = path
        byteCount = status.byteCount
    }

    func read(
        at offset: Int, into buffer: UnsafeMutableRawBufferPointer
    ) throws(BackendError) {
        guard offset >= 0, buffer.count <= byteCount, offset <= byteCount - buffer.count else {
            throw BackendError(.rangeNotSatisfiable, "'\(path)' in the cache was cut short")
        }
        guard (try? unsafe file.read(at: offset, into: buffer)) == buffer.count else {
            throw BackendError(.ioError, "'\(path)' in the cache cannot be read")
        }
    }

    /// The frames that its footer lists; `nil` if it is not whole.
    func places(_ name: ObjectName) -> [FramePlace]? {
        let end = byteCount - PackTrailer.byteCount
        guard end >= PackHeader.byteCount, byteCount <= Limits.packByteCount,
            let tail = try? bytes(in: end..<byteCount),
            let trailer = try? PackTrailer(tail, at: 0, packByteCount: byteCount),
            let footer = try? bytes(in: trailer.footerOffset..<end),
            let entries = try? PackFooter(footer, trailer, .standard).entries
        else { return nil }
        return entries.map { FramePlace($0, in: name) }
    }

    /// Frames as they stand; those that cannot be read are left out.
    func frames(_ places: [FramePlace]) -> [StoredFrame] {
        places.compactMap { place in
            let range = place.offset..<place.offset + place.storedByteCount
            return (try? bytes(in: range)).map { StoredFrame(place, $0[...]) }
        }
    }
}

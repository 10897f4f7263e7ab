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

    /// Footers of up to some dozen frames are read together with the trailer.
    private static let tailByteCount = 4 << 10

    /// Its footer and trailer; `nil` if it is not whole.
    func tail() -> CachedFrameTail? {
        let end = byteCount - PackTrailer.byteCount
        guard end >= PackHeader.byteCount, byteCount <= Limits.packByteCount else { return nil }
        let start = max(PackHeader.byteCount, byteCount - Self.tailByteCount)
        guard let last = try? bytes(in: start..<byteCount),
            let trailer = try? PackTrailer(last, at: end - start, packByteCount: byteCount)
        else { return nil }
        var whole = last[max(0, trailer.footerOffset - start)...]
        if trailer.footerOffset < start {
            guard let first = try? bytes(in: trailer.footerOffset..<start) else { return nil }
            whole = first + whole
        }
        // A slice would hold all that was read.
        return CachedFrameTail(fileByteCount: byteCount, bytes: Array(whole)[...])
    }

    /// Frames as they stand; those that cannot be read are left out.
    func frames(_ places: [FramePlace]) -> [StoredFrame] {
        places.compactMap { place in
            let range = place.offset..<place.offset + place.storedByteCount
            return (try? bytes(in: range)).map { StoredFrame(place, $0[...]) }
        }
    }
}

internal import PinFormat
internal import PinTransforms

/// The ends of the files of ``CachedFrames``, in one file beside their folder: to open a cache of
/// many thousand files, one is read.
///
/// A file never changes under its name, so what is said of it here stays right. Files that are not
/// named here are looked at, names without a file count for nothing, and what is not whole is not
/// there at all: the index saves time and decides nothing.
struct CachedFrameIndex {
    private static let sealedName = "frames"
    /// Bytes of an entry before its tail: the pack's name, the file's size, the tail's.
    private static let headByteCount = ObjectName.byteCount + 8

    private var tails: [ObjectName: CachedFrameTail] = [:]

    /// - Parameter folder: That of the frames.
    private static func path(_ folder: String) -> String { folder + ".index" }

    /// Reads it; empty where there is none.
    init(of folder: String) {
        guard let bytes = CacheFolder.file(Self.path(folder), name: Self.sealedName) else { return }
        func number(at offset: Int) -> Int {
            (0..<4).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
        }
        var offset = 0
        while bytes.count - offset >= Self.headByteCount {
            let start = offset + Self.headByteCount
            let byteCount = number(at: start - 8)
            let tailByteCount = number(at: start - 4)
            guard tailByteCount <= bytes.count - start else { return }
            let base = bytes[offset..<offset + 8].reduce(0) { $0 << 8 | UInt64($1) }
            let name = ObjectName(base: base, random: Array(bytes[offset + 8..<offset + 24]))
            offset = start + tailByteCount
            tails[name] = CachedFrameTail(fileByteCount: byteCount, bytes: bytes[start..<offset])
        }
    }

    var count: Int { tails.count }

    subscript(name: ObjectName) -> CachedFrameTail? { tails[name] }

    /// Writes one for the files that are there.
    static func write(_ files: [(name: ObjectName, tail: CachedFrameTail)], of folder: String) {
        var writer = ByteWriter(
            reserving: files.reduce(0) { $0 + headByteCount + $1.tail.bytes.count })
        for (name, tail) in files {
            writer.append(name.bytes)
            writer.u32(UInt32(clamping: tail.fileByteCount))
            writer.u32(UInt32(clamping: tail.bytes.count))
            writer.append(Array(tail.bytes))
        }
        CacheFolder.write(path(folder), name: sealedName, writer.bytes)
    }
}

/// Footer and trailer of a file of ``CachedFrames``.
struct CachedFrameTail {
    let fileByteCount: Int
    let bytes: ArraySlice<UInt8>

    /// The frames that the footer lists; `nil` if it is not whole.
    func places(_ name: ObjectName) -> [FramePlace]? {
        let bytes = Array(bytes)
        let end = bytes.count - PackTrailer.byteCount
        guard
            let trailer = try? PackTrailer(bytes, at: end, packByteCount: fileByteCount),
            let footer = try? PackFooter(Array(bytes[..<end]), trailer, .standard)
        else { return nil }
        return footer.entries.map { FramePlace($0, in: name) }
    }
}

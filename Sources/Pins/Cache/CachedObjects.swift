internal import PinStorage

/// Objects of remote boards that never change, kept whole for one identity: a sealed file for each,
/// named after board and object.
struct CachedObjects: Sendable {
    private let cache: CacheFolder
    private let folder: String
    private let added: @Sendable (_ byteCount: Int) -> Void

    /// - Parameters:
    ///   - folder: The identity's.
    ///   - added: Called after bytes were kept.
    init(
        _ cache: CacheFolder, folder: String, added: @escaping @Sendable (_ byteCount: Int) -> Void
    ) {
        (self.cache, self.added) = (cache, added)
        self.folder = folder + "/objects"
    }

    private func path(_ object: String) -> String { "\(folder)/\(object)" }

    /// Whether an object is kept.
    func has(_ object: String) -> Bool {
        (try? OwnedFile.openForReading(path(object), of: PosixFileSystem())) != nil
    }

    /// An object, if it is kept and whole.
    func bytes(_ object: String) -> [UInt8]? {
        guard let bytes = CacheFolder.file(path(object), name: object) else { return nil }
        cache.touch(path(object))
        return bytes
    }

    /// Keeps an object.
    func keep(_ object: String, _ bytes: [UInt8]) {
        guard bytes.count <= CacheFolder.fileByteCountMax else { return }
        CacheFolder.makeFolders(folder)
        guard CacheFolder.write(path(object), name: object, bytes) else { return }
        cache.touch(path(object))
        added(bytes.count)
    }

    /// Removes an object.
    func forget(_ object: String) { cache.remove(path(object)) }
}

internal import PinFormat
internal import PinStorage
internal import Synchronization

/// Parts of the objects of remote boards that never change, kept for one identity.
///
/// Each part is a file named after the board, the object and the bytes it has. What is asked for
/// is put together from the parts that cover it.
final class CachedObjects: Sendable {
    private struct State {
        /// Parts by the object's name, in no order.
        var parts: [String: [Range<Int>]] = [:]
        /// Files that this process has found whole: they need no second look.
        var checked: Set<String> = []
        var isLoaded = false
    }

    private let cache: CacheFolder
    private let folder: String
    private let added: @Sendable (_ byteCount: Int) -> Void
    private let state = Mutex(State())

    /// - Parameters:
    ///   - folder: The identity's.
    ///   - added: Called after bytes were kept.
    init(
        _ cache: CacheFolder, folder: String, added: @escaping @Sendable (_ byteCount: Int) -> Void
    ) {
        (self.cache, self.added) = (cache, added)
        self.folder = folder + "/objects"
    }

    /// The bytes of a range of an object, with `nil` where they are not kept: ascending, without
    /// gaps.
    func pieces(_ object: String, _ range: Range<Int>) -> [(range: Range<Int>, bytes: [UInt8]?)] {
        var pieces: [(range: Range<Int>, bytes: [UInt8]?)] = []
        var position = range.lowerBound
        let parts = parts(of: object).filter { $0.overlaps(range) }
            .sorted { $0.lowerBound < $1.lowerBound }
        for part in parts where part.upperBound > position {
            let wanted = part.clamped(to: position..<range.upperBound)
            guard !wanted.isEmpty, let bytes = bytes(object, part, wanted) else { continue }
            if wanted.lowerBound > position {
                pieces.append((position..<wanted.lowerBound, nil))
            }
            pieces.append((wanted, bytes))
            position = wanted.upperBound
        }
        if position < range.upperBound { pieces.append((position..<range.upperBound, nil)) }
        return pieces
    }

    /// The whole object, if it is kept whole.
    func whole(_ object: String) -> [UInt8]? {
        let name = Self.wholeName(object)
        guard let bytes = CacheFolder.file("\(folder)/\(name)", name: name) else { return nil }
        cache.touch("\(folder)/\(name)")
        return bytes
    }

    /// Keeps a part of an object.
    func keep(_ object: String, _ range: Range<Int>, _ bytes: [UInt8]) {
        let name = Self.name(object, range)
        guard !range.isEmpty, write(name, bytes) else { return }
        state.withLock { state in
            if state.parts[object]?.contains(range) != true {
                state.parts[object, default: []].append(range)
            }
            state.checked.insert(name)
        }
        added(bytes.count)
    }

    /// Keeps a whole object.
    func keepWhole(_ object: String, _ bytes: [UInt8]) {
        if write(Self.wholeName(object), bytes) { added(bytes.count) }
    }

    /// Removes all there is of an object.
    func forget(_ object: String) {
        for part in parts(of: object) { cache.remove("\(folder)/\(Self.name(object, part))") }
        cache.remove("\(folder)/\(Self.wholeName(object))")
        state.withLock { $0.parts[object] = nil }
    }

    private func write(_ name: String, _ bytes: [UInt8]) -> Bool {
        guard bytes.count <= CacheFolder.fileByteCountMax else { return false }
        CacheFolder.makeFolders(folder)
        let path = "\(folder)/\(name)"
        guard CacheFolder.write(path, name: name, bytes) else { return false }
        cache.touch(path)
        return true
    }

    // MARK: - Parts

    private static func name(_ object: String, _ range: Range<Int>) -> String {
        "\(object).\(range.lowerBound)-\(range.upperBound)"
    }

    private static func wholeName(_ object: String) -> String { "\(object).whole" }

    private func parts(of object: String) -> [Range<Int>] {
        if !state.withLock({ $0.isLoaded }) { load() }
        return state.withLock { $0.parts[object] ?? [] }
    }

    private func load() {
        let names = cache.entries(of: folder).map(\.name)
        state.withLock { state in
            guard !state.isLoaded else { return }
            state.isLoaded = true
            for name in names {
                let words = name.split(separator: ".")
                guard words.count == 2 else { continue }
                let ends = words[1].split(separator: "-").compactMap { Int($0) }
                guard ends.count == 2, ends[0] >= 0, ends[0] < ends[1] else { continue }
                state.parts[String(words[0]), default: []].append(ends[0]..<ends[1])
            }
        }
    }

    /// Bytes of a part; what is not there, or not whole any more, is forgotten.
    private func bytes(_ object: String, _ part: Range<Int>, _ wanted: Range<Int>) -> [UInt8]? {
        let name = Self.name(object, part)
        let path = "\(folder)/\(name)"
        let start = wanted.lowerBound - part.lowerBound
        if state.withLock({ $0.checked.contains(name) }) {
            if let bytes = Self.read(path, start..<start + wanted.count) { return bytes }
        } else if let bytes = CacheFolder.file(path, name: name), bytes.count == part.count {
            _ = state.withLock { $0.checked.insert(name) }
            cache.touch(path)
            return wanted == part ? bytes : Array(bytes[start..<start + wanted.count])
        }
        state.withLock { state in
            state.parts[object]?.removeAll { $0 == part }
            state.checked.remove(name)
        }
        return nil
    }

    private static func read(_ path: String, _ range: Range<Int>) -> [UInt8]? {
        let system = PosixFileSystem()
        guard let file = try? OwnedFile.openForReading(path, of: system) else { return nil }
        var count = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: range.count) { buffer, filled in
            let target = UnsafeMutableRawBufferPointer(buffer)
            count = unsafe (try? file.read(at: range.lowerBound, into: target)) ?? 0
            filled = count
        }
        return count == range.count ? bytes : nil
    }
}

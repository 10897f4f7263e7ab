internal import PinStorage

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A program that keeps a folder in step on two machines, as Dropbox, OneDrive, Google Drive or
/// Syncthing do, and no more careful than they are.
///
/// Files go from one machine to the other in an order that the seed draws; whole, or first a part
/// of them under their name, or with their size and blank bytes at the end, or under another name.
/// Where both machines have changed a file, one of the two contents gets a name of the program's
/// making. Each machine may work between any two steps.
///
/// Owned by one task; the two file systems may be used by others between its calls.
public final class FolderSynchronizer {
    /// What a content is called that lost its name.
    public enum ConflictStyle: Sendable, Hashable, CaseIterable {
        /// `NAME (conflicted copy 2026-11-26)`
        case dropbox
        /// `NAME (1)`
        case googleDrive
        /// `NAME-HOST`
        case oneDrive
        /// `NAME.sync-conflict-20261126-101500-ABCDEF7`
        case syncthing

        /// The name, below the folder of the file.
        func name(_ name: String, _ number: Int) -> String {
            let more = number == 0 ? "" : " \(number)"
            return switch self {
            case .dropbox: "\(name) (conflicted copy 2026-11-26\(more))"
            case .googleDrive: "\(name) (\(number + 1))"
            case .oneDrive: "\(name)-laptop\(number == 0 ? "" : "-\(number)")"
            case .syncthing: "\(name).sync-conflict-20261126-1015\(10 + number)-ABCDEF7"
            }
        }
    }

    /// A file that has arrived in part.
    private struct Arriving {
        let content: [UInt8]
        /// What stands there meanwhile; `nil` if it is under another name.
        let part: [UInt8]?
        let temporary: String?
    }

    private let sides: [SimulatedFileSystem]
    private let folder: String
    private let style: ConflictStyle
    private let random: SeededRandom
    /// What both sides had, at the last time they agreed.
    private var agreed: [String: [UInt8]] = [:]
    private var arriving: [[String: Arriving]] = [[:], [:]]
    /// How many files were delivered, in part or whole, and how many had two contents.
    public private(set) var deliveryCount = 0
    public private(set) var conflictCount = 0

    /// - Parameters:
    ///   - folder: The same absolute path on both sides, which exists on the first at least.
    ///   - seed: Decides order, parts and winners.
    public init(
        _ first: SimulatedFileSystem, _ second: SimulatedFileSystem, folder: String,
        style: ConflictStyle, seed: UInt64
    ) {
        sides = [first, second]
        self.folder = folder
        self.style = style
        random = SeededRandom(seed: seed).fork(77)
    }

    /// Delivers one file, or a part of it.
    ///
    /// - Returns: Whether there was anything to do.
    @discardableResult public func step() -> Bool {
        let work = pending()
        guard !work.isEmpty else { return false }
        let (side, path) = work[random.below(work.count)]
        deliveryCount += 1
        if let part = arriving[side].removeValue(forKey: path) {
            finish(part, path, on: side)
        } else {
            deliver(path, to: side)
        }
        return true
    }

    /// Delivers until both sides are equal.
    public func settle() { while step() {} }

    // MARK: - What there is to do

    /// Sides and the files that they must be given.
    private func pending() -> [(side: Int, path: String)] {
        let contents = sides.map { self.contents(of: $0) }
        var work: [(side: Int, path: String)] = []
        let paths = Set(contents[0].keys).union(contents[1].keys).union(agreed.keys)
            .union(arriving[0].keys).union(arriving[1].keys)
        for path in paths.sorted() {
            if let side = [0, 1].first(where: { arriving[$0][path] != nil }) {
                work.append((side, path))
                continue
            }
            let (a, b) = (contents[0][path], contents[1][path])
            if a == b {
                agreed[path] = a
            } else if a == agreed[path] {
                work.append((0, path))
            } else {
                work.append((1, path))
            }
        }
        return work
    }

    private func contents(of side: SimulatedFileSystem) -> [String: [UInt8]] {
        var found: [String: [UInt8]] = [:]
        for path in side.files where path.hasPrefix(folder + "/") {
            let relative = String(path.dropFirst(folder.count + 1))
            // What is written there has another name at once; and our own parts.
            guard !relative.hasPrefix("tmp/"), !relative.contains("/.arriving-") else { continue }
            found[relative] = side.contents(of: path)
        }
        return found
    }

    // MARK: - Doing it

    private func deliver(_ path: String, to side: Int) {
        let mine = sides[side].contents(of: absolute(path))
        guard let theirs = sides[1 - side].contents(of: absolute(path)) else {
            // The other side has removed it, or never had what this side has made.
            if mine == agreed[path] {
                remove(path, on: side)
                agreed[path] = nil
            } else if let mine {
                begin(mine, path, on: 1 - side)
            }
            return
        }
        guard let mine, mine != agreed[path] else { return begin(theirs, path, on: side) }
        // Both have changed it: one of the two gets another name on its own side.
        conflictCount += 1
        let loser = random.below(2)
        let losing = loser == side ? mine : theirs
        rename(losing, path, on: loser)
        begin(loser == side ? theirs : mine, path, on: loser)
    }

    private func begin(_ content: [UInt8], _ path: String, on side: Int) {
        let kind = random.below(4)
        switch kind {
        case 0 where !content.isEmpty:
            let part = Array(content.prefix(random.below(content.count)))
            write(part, path, on: side)
            arriving[side][path] = Arriving(content: content, part: part, temporary: nil)
        case 1 where !content.isEmpty:
            var part = content
            for index in random.below(content.count)..<content.count { part[index] = 0 }
            write(part, path, on: side)
            arriving[side][path] = Arriving(content: content, part: part, temporary: nil)
        case 2:
            let name = temporary(path)
            write(Array(content.prefix(content.count / 2)), name, on: side)
            arriving[side][path] = Arriving(content: content, part: nil, temporary: name)
        default:
            write(content, path, on: side)
            agreed[path] = content
        }
    }

    private func finish(_ part: Arriving, _ path: String, on side: Int) {
        if let name = part.temporary { remove(name, on: side) }
        let now = sides[side].contents(of: absolute(path))
        // Whoever works there has changed it meanwhile.
        if let now, now != part.part, now != agreed[path], now != part.content {
            conflictCount += 1
            rename(now, path, on: side)
        }
        write(part.content, path, on: side)
        agreed[path] = part.content
    }

    /// Gives a content the name of one that has lost its own.
    private func rename(_ content: [UInt8], _ path: String, on side: Int) {
        let slash = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
        let (folder, name) = (path[..<slash], String(path[slash...]))
        var number = 0
        while sides.contains(where: { other in
            other.contents(of: absolute(folder + style.name(name, number))) != nil
        }) { number += 1 }
        write(content, folder + style.name(name, number), on: side)
    }

    private func temporary(_ path: String) -> String {
        let slash = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
        return path[..<slash] + (slash == path.startIndex ? "tmp/" : "") + ".arriving-"
            + path[slash...]
    }

    private func absolute(_ path: String) -> String { "\(folder)/\(path)" }

    // MARK: - Files

    private func write(_ content: [UInt8], _ path: String, on side: Int) {
        let disk = sides[side]
        let path = absolute(path)
        if disk.contents(of: path) == nil {
            var end = path.index(after: path.startIndex)
            while let slash = path[end...].firstIndex(of: "/") {
                try? disk.makeDirectory(String(path[..<slash]))
                end = path.index(after: slash)
            }
            guard let file = try? disk.createExclusive(path) else {
                preconditionFailure("\(path) cannot be made")
            }
            try? disk.close(file)
        }
        disk.setContents(of: path, to: content)
    }

    private func remove(_ path: String, on side: Int) {
        try? sides[side].unlink(absolute(path))
    }
}

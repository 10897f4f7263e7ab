internal import PinFormat
internal import PinStorage

/// Finds which bytes of a file cannot be read, and who is to blame.
struct VerifierDamage {
    /// Ranges by the pack that is to blame; `nil` where none is known.
    private(set) var ranges: [ObjectName?: [Range<UInt64>]] = [:]
    private let manifests: VerifierManifests

    init(_ manifests: VerifierManifests) { self.manifests = manifests }

    /// Walks a file, except below nodes that are known to be clean.
    ///
    /// - Complexity: O(*n*) in the nodes on the way to what is damaged.
    mutating func walk(_ file: FileEntry, _ version: VersionWalk) async throws(EngineError) {
        let whole = 0..<file.byteCount
        switch file.content {
        case .empty: return
        case .chunk(let digest): try await check(digest, .chunk, whole, version)
        case .tree(let root):
            var pending = [(digest: root, range: whole)]
            while let (digest, range) = pending.popLast() {
                if manifests.known(digest)?.isClean == true { continue }
                guard let node = try await manifests.nodes([digest], version)[digest],
                    node.byteCount == UInt64(range.count)
                else {
                    blame(FrameKey(digest: digest, kind: .node), range)
                    continue
                }
                var offset = range.lowerBound
                for entry in node.entries {
                    let part = offset..<offset + entry.byteCount
                    offset = part.upperBound
                    if node.level > 0 {
                        pending.append((entry.digest, part))
                    } else {
                        try await check(entry.digest, .chunk, part, version)
                    }
                }
            }
        }
        if ranges.isEmpty {
            // Everything can be read, and contradicts itself.
            ranges[nil] = [whole]
        }
    }

    private mutating func check(
        _ digest: Digest, _ kind: FrameKind, _ range: Range<UInt64>, _ version: VersionWalk
    ) async throws(EngineError) {
        let found = try await manifests.frames.find(
            digest, kind, byteCount: range.count, version.locator)
        if case .lost = found { blame(FrameKey(digest: digest, kind: kind), range) }
    }

    private mutating func blame(_ frame: FrameKey, _ range: Range<UInt64>) {
        let culprits = manifests.frames.culprits(frame)
        if culprits.isEmpty { ranges[nil, default: []].append(range) }
        for pack in culprits { ranges[pack, default: []].append(range) }
    }

    /// Ranges of one culprit, ascending and put together where they touch.
    static func merged(_ ranges: [Range<UInt64>]) -> [Range<UInt64>] {
        var out: [Range<UInt64>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = out.last, last.upperBound >= range.lowerBound {
                out[out.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
            } else {
                out.append(range)
            }
        }
        return out
    }
}

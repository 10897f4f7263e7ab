internal import PinFormat

/// Finds a closure that is complete where the nearest copies of bases are not.
///
/// A listed pack may hold a delta whose own base has gone, because another copy of what it stores
/// was kept. Such a copy is none: another one of smaller depth has to do, wherever in the closure
/// that is.
struct ClosureSearch<Frame> {
    /// Copies tried in one search: an index that came from elsewhere may list any number.
    private static var tryCountMax: Int { 256 }

    /// The copies of a chunk of smaller depth, the preferred ones first.
    let copies: (Digest, _ below: Int) throws(EngineError) -> [Frame]
    let bases: (Frame) throws(EngineError) -> [Digest]
    let header: (Frame) -> FrameHeader
    private var tryCount = 0

    init(
        copies: @escaping (Digest, _ below: Int) throws(EngineError) -> [Frame],
        bases: @escaping (Frame) throws(EngineError) -> [Digest],
        header: @escaping (Frame) -> FrameHeader
    ) {
        (self.copies, self.bases, self.header) = (copies, bases, header)
    }

    /// The closure of a copy, bases before what needs them; `nil` if none is complete.
    mutating func closure(of top: Frame, _ digest: Digest) throws(EngineError) -> [Frame]? {
        var chosen = [digest: top]
        var byteCount = header(top).rawByteCount
        guard try complete(top, &chosen, &byteCount) else { return nil }
        return chosen.values.sorted { header($0).depth < header($1).depth }
    }

    /// Adds what a frame needs. Recursion goes down in depth, of which there are sixteen.
    private mutating func complete(
        _ frame: Frame, _ chosen: inout [Digest: Frame], _ byteCount: inout Int
    ) throws(EngineError) -> Bool {
        let depth = header(frame).depth
        for base in try bases(frame) {
            if let known = chosen[base], header(known).depth < depth { continue }
            var isFound = false
            for copy in try copies(base, depth) where !isFound {
                tryCount += 1
                guard tryCount <= Self.tryCountMax else { return false }
                var (more, sum) = (chosen, byteCount + header(copy).rawByteCount)
                guard more.count < Limits.closureFrameCount, sum <= Limits.closureByteCount else {
                    continue
                }
                more[base] = copy
                if try complete(copy, &more, &sum) {
                    (chosen, byteCount, isFound) = (more, sum, true)
                }
            }
            if !isFound { return false }
        }
        return true
    }
}

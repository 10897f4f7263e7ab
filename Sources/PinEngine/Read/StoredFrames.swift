internal import PinFormat
internal import PinStorage

/// The stored bytes of some frames, neighbours read together.
struct StoredFrames {
    /// Neighbouring frames are read together if no more than this lies between them, in bytes: what
    /// can be copied, or fetched, in the time of a request.
    static let (localGapByteCountMax, remoteGapByteCountMax) = (16 << 10, 64 << 10)
    /// How much is read at once at the most, in bytes.
    static let runByteCountMax = 8 << 20
    /// How many runs of one batch are fetched at the same time.
    private static let fetchCountMax = 4

    private(set) var buffers: [[UInt8]] = []
    /// For each frame: which buffer has its record, and at which offset.
    private(set) var places: [(buffer: Int, offset: Int)] = []
    /// Which of them were fetched from somewhere else.
    private(set) var fetched: [Int] = []
    /// Whether the first buffer is the pool's.
    private var isPooled = false

    /// Reads frames. Those on this machine share one buffer of the pool.
    ///
    /// - Throws: What the backend throws; nothing is tried twice.
    init(
        _ frames: [FramePlace], _ packs: OpenPacks, _ backend: any BoardBackend, _ pool: BufferPool
    ) async throws(BackendError) {
        places = Array(repeating: (0, 0), count: frames.count)
        var (local, pack, isLocal): ([Int], ObjectName?, Bool) = ([], nil, false)
        for index in Self.inPackOrder(frames) {
            if frames[index].pack != pack {
                pack = frames[index].pack
                isLocal = try await packs.local(frames[index].pack) != nil
            }
            if isLocal { local.append(index) } else { fetched.append(index) }
        }
        if !local.isEmpty {
            let runs = Self.runs(frames, local, gapByteCountMax: Self.localGapByteCountMax)
            try await fill(runs, frames, local, packs, pool)
        }
        let runs = Self.runs(frames, fetched, gapByteCountMax: Self.remoteGapByteCountMax)
        for (number, run) in runs.enumerated() {
            for index in fetched[run.members] {
                places[index] = (
                    buffers.count + number, frames[index].offset - run.range.lowerBound
                )
            }
        }
        buffers += try await Self.fetch(runs, backend)
    }

    /// The frames that were fetched, as they stand.
    func fetchedFrames(_ frames: [FramePlace]) -> [StoredFrame] {
        fetched.map { index in
            let (buffer, offset) = places[index]
            let end = offset + frames[index].storedByteCount
            return StoredFrame(frames[index], buffers[buffer][offset..<end])
        }
    }

    /// Fetches runs side by side, a few at a time.
    private static func fetch(
        _ runs: [Run], _ backend: any BoardBackend
    ) async throws(BackendError) -> [[UInt8]] {
        if runs.isEmpty { return [] }
        if runs.count == 1 {
            return [try await backend.get(BoardKeys.pack(runs[0].pack), range: runs[0].range)]
        }
        typealias Event = (index: Int, outcome: Result<[UInt8], BackendError>)
        let result = await withTaskGroup(of: Event.self) { group in
            var buffers = [[UInt8]](repeating: [], count: runs.count)
            var begun = 0
            while true {
                while begun < min(runs.count, fetchCountMax + buffers.count { !$0.isEmpty }) {
                    let (index, run) = (begun, runs[begun])
                    group.addTask { (index, await outcome(of: run, backend)) }
                    begun += 1
                }
                guard let event = await group.next() else { break }
                switch event.outcome {
                case .success(let bytes): buffers[event.index] = bytes
                case .failure(let error):
                    group.cancelAll()
                    return Result<[[UInt8]], BackendError>.failure(error)
                }
            }
            return .success(buffers)
        }
        return try result.get()
    }

    private static func outcome(
        of run: Run, _ backend: any BoardBackend
    ) async -> Result<[UInt8], BackendError> {
        do throws(BackendError) {
            return .success(try await backend.get(BoardKeys.pack(run.pack), range: run.range))
        } catch {
            return .failure(error)
        }
    }

    /// What reading frames would read of the board, with one request for each where packs are not
    /// local; frames of the cache are not the board's.
    static func reads(
        of frames: [FramePlace], _ packs: OpenPacks
    ) async throws(EngineError) -> [(pack: ObjectName, range: Range<Int>)] {
        do throws(BackendError) {
            var (order, isLocal): ([Int], Bool) = ([], false)
            for index in inPackOrder(frames) where try !packs.isCached(frames[index].pack) {
                if order.isEmpty { isLocal = try await packs.local(frames[index].pack) != nil }
                order.append(index)
            }
            let gap = isLocal ? localGapByteCountMax : remoteGapByteCountMax
            let runs = runs(frames, order, gapByteCountMax: gap)
            if isLocal { for run in runs { _ = try await packs.local(run.pack) } }
            return runs.map { ($0.pack, $0.range) }
        } catch {
            throw EngineError(error)
        }
    }

    private static func inPackOrder(_ frames: [FramePlace]) -> [Int] {
        frames.indices.sorted {
            (frames[$0].pack, frames[$0].offset) < (frames[$1].pack, frames[$1].offset)
        }
    }

    /// Gives the buffers back.
    consuming func release(to pool: BufferPool) {
        if isPooled, let first = buffers.first { pool.give(first) }
    }

    private mutating func fill(
        _ runs: [Run], _ frames: [FramePlace], _ order: [Int], _ packs: OpenPacks,
        _ pool: BufferPool
    ) async throws(BackendError) {
        var buffer = pool.take(runs.reduce(0) { $0 + $1.range.count })
        var start = 0
        for run in runs {
            guard let object = try await packs.local(run.pack) else {
                throw BackendError(
                    .unavailable, key: BoardKeys.pack(run.pack), "a pack is not local any more")
            }
            for index in order[run.members] {
                places[index] = (0, start + frames[index].offset - run.range.lowerBound)
            }
            let target = start..<start + run.range.count
            let outcome = unsafe buffer.withUnsafeMutableBytes { memory in
                do throws(BackendError) {
                    try unsafe object.read(
                        at: run.range.lowerBound,
                        into: UnsafeMutableRawBufferPointer(rebasing: memory[target]))
                    return Result<Void, BackendError>.success(())
                } catch {
                    return .failure(error)
                }
            }
            try outcome.get()
            start = target.upperBound
        }
        buffers = [buffer]
        isPooled = true
    }

    // MARK: - Runs

    private struct Run: Sendable {
        let pack: ObjectName
        var range: Range<Int>
        /// Positions in the order of the disk.
        var members: Range<Int>
    }

    /// What is read with one request each.
    private static func runs(
        _ frames: [FramePlace], _ order: [Int], gapByteCountMax: Int
    ) -> [Run] {
        var runs: [Run] = []
        for (position, index) in order.enumerated() {
            let frame = frames[index]
            let end = frame.offset + frame.storedByteCount
            if let last = runs.last, last.pack == frame.pack,
                frame.offset - last.range.upperBound <= gapByteCountMax,
                max(end, last.range.upperBound) - last.range.lowerBound <= runByteCountMax
            {
                let upper = max(end, last.range.upperBound)
                runs[runs.count - 1].range = last.range.lowerBound..<upper
                runs[runs.count - 1].members = last.members.lowerBound..<position + 1
            } else {
                runs.append(
                    Run(
                        pack: frame.pack, range: frame.offset..<end,
                        members: position..<position + 1))
            }
        }
        return runs
    }
}

internal import CPinKernels

/// Where bytes that were cut have samples of sketches (FORMAT.md §6.4), as far as cutting has seen
/// them: ``ChunkSketch`` need not look for them again.
public struct NotedSamples: Sendable {
    /// Offsets of groups of 32 bytes that hold samples, ascending.
    private let groups: [UInt32]
    /// Which bytes were seen: a beginning and an end by turns, ascending.
    private let seen: [UInt32]

    /// What `body` notes, with room for twice the samples that are to be expected; what it has no
    /// room for counts as not seen.
    init(
        byteCount: Int, chunkCountMax: Int,
        _ body: (UnsafeMutablePointer<pins_gear_samples>) -> Void
    ) {
        var noted = unsafe pins_gear_samples()
        var seen: [UInt32] = []
        // A sample in 1,024 bytes; the ranges of neighbouring chunks seldom touch.
        groups = unsafe [UInt32](unsafeUninitializedCapacity: byteCount / 512 + 64) { room, count in
            seen = unsafe [UInt32](unsafeUninitializedCapacity: 2 * chunkCountMax + 2) {
                unsafe noted.groups = room.baseAddress
                unsafe noted.group_capacity = room.count
                unsafe noted.seen = $0.baseAddress
                unsafe noted.seen_capacity = $0.count
                unsafe body(&noted)
                $1 = unsafe noted.seen_count
            }
            count = unsafe noted.group_count
        }
        self.seen = seen
    }

    /// Calls with the notes as the kernels take them, valid for the call.
    func withNotes<Result>(_ body: (UnsafePointer<pins_gear_samples>) -> Result) -> Result {
        unsafe groups.withUnsafeBufferPointer { groups in
            unsafe seen.withUnsafeBufferPointer { seen in
                var noted = unsafe pins_gear_samples()
                // They are read only.
                unsafe noted.groups = UnsafeMutablePointer(mutating: groups.baseAddress)
                unsafe noted.group_count = groups.count
                unsafe noted.seen = UnsafeMutablePointer(mutating: seen.baseAddress)
                unsafe noted.seen_count = seen.count
                return unsafe body(&noted)
            }
        }
    }
}

import PinFormat
import PinStorage
import PinTransforms
import Synchronization

/// Bytes that anybody can make again: SHA-256(seed ‖ u64 0) ‖ SHA-256(seed ‖ u64 1) ‖ …, the seed
/// as UTF-8, numbers little-endian. As in `Tests/Vectors`.
struct VectorStream {
    private let seed: [UInt8]
    private var counter: UInt64 = 0
    private var rest: ArraySlice<UInt8> = []

    init(_ seed: String) { self.seed = Array(seed.utf8) }

    /// The next so many bytes.
    mutating func bytes(_ count: Int) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(count + Digest.byteCount)
        out += rest
        var hash = SHA256()
        while out.count < count {
            let block = seed + (0..<8).map { UInt8(truncatingIfNeeded: counter >> (8 * $0)) }
            out += hash.digest(block.span.bytes).bytes
            counter += 1
        }
        rest = out[count...]
        return Array(out[..<count])
    }

    /// A number below `bound`, from the next 8 bytes.
    mutating func below(_ bound: Int) -> Int {
        let number = bytes(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return Int(number % UInt64(bound))
    }
}

/// Names of objects from a stream, so that a board of one seed has the same names every time.
final class VectorRandom: RandomSource {
    private let stream: Mutex<VectorStream>

    init(_ seed: String) { stream = Mutex(VectorStream(seed)) }

    func bytes(count: Int) -> [UInt8] { stream.withLock { $0.bytes(count) } }
}

/// A clock that goes on by a minute with every look.
final class VectorClock: WallClock {
    private let time = Mutex<Int64>(1_800_000_000_000)

    var millisecondsSince1970: Int64 {
        time.withLock { time in
            time += 60_000
            return time
        }
    }
}

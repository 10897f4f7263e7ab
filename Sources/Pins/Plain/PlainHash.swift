internal import CXXHash
internal import PinFormat

/// The hashes of pins for Python and R: XXH64 of each file, and of several files one of two rules.
package enum PlainHash {
    /// Hashes bytes as they come.
    ///
    /// Safe to use: the state below lives as long as this one and is nobody else's.
    @safe package struct Stream: ~Copyable {
        private let state: OpaquePointer

        package init() {
            guard let state = unsafe XXH64_createState() else {
                preconditionFailure("out of memory for a hash of 88 bytes")
            }
            unsafe self.state = state
            unsafe XXH64_reset(state, 0)
        }

        deinit { _ = unsafe XXH64_freeState(state) }

        /// Adds bytes.
        ///
        /// - Complexity: O(*n*); no allocation.
        package mutating func update(_ bytes: [UInt8]) { update(bytes, 0..<bytes.count) }

        /// Adds a part of an array.
        package mutating func update(_ bytes: [UInt8], _ range: Range<Int>) {
            unsafe bytes[range].withUnsafeBytes { buffer in
                guard let base = buffer.baseAddress else { return }
                _ = unsafe XXH64_update(state, base, buffer.count)
            }
        }

        /// The hash so far, as 16 lower-case hexadecimal digits.
        package var hex: String { unsafe PlainHash.hex(XXH64_digest(state)) }
    }

    /// XXH64 with seed 0, as 16 lower-case hexadecimal digits.
    package static func xxh64(_ bytes: [UInt8]) -> String {
        var stream = Stream()
        stream.update(bytes)
        return stream.hex
    }

    /// What pins for Python records: of one file its hash, of several XXH64 of their hashes' digits
    /// one behind the other.
    ///
    /// - Parameter hashes: Of the files, in the order of the metadata.
    package static func pinHash(_ hashes: [String]) -> String {
        hashes.count == 1 ? hashes[0] : xxh64(Array(hashes.joined().utf8))
    }

    /// What pins for R records of several files: `rlang::hash` of the hashes, which is XXH3 of 128
    /// bits over R's own serialization of a character vector, in little endian and without header.
    package static func pinHashOfR(_ hashes: [String]) -> String {
        var bytes: [UInt8] = []
        func add(_ value: UInt32) {
            for shift in stride(from: 0 as UInt32, to: 32, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: value >> shift))
            }
        }
        add(16)  // STRSXP: a vector of strings
        add(UInt32(clamping: hashes.count))
        for hash in hashes {
            add(0x0004_0009)  // CHARSXP in ASCII
            add(UInt32(clamping: hash.utf8.count))
            bytes += Array(hash.utf8)
        }
        let result = unsafe bytes.withUnsafeBytes { buffer in
            unsafe XXH3_128bits(buffer.baseAddress, buffer.count)
        }
        return hex(result.high64) + hex(result.low64)
    }

    /// Whether files are those of a recorded `pin_hash`, by any rule that pins ever had.
    ///
    /// A recorded hash may have been cut to its first digits, at least eight.
    package static func matches(_ recorded: String, _ hashes: [String]) -> Bool {
        guard !hashes.isEmpty, recorded.utf8.count >= 8 else { return false }
        let recorded = recorded.lowercased()
        if pinHash(hashes).hasPrefix(recorded) { return true }
        return hashes.count > 1 && pinHashOfR(hashes).hasPrefix(recorded)
    }

    /// Whether a recorded `pin_hash` is of a kind that we can compute.
    package static func isKnown(_ recorded: String) -> Bool {
        let bytes = Array(recorded.utf8)
        return bytes.allSatisfy(YAMLPattern.isHexDigit) && (8...16).contains(bytes.count)
            || bytes.count == 32 && bytes.allSatisfy(YAMLPattern.isHexDigit)
    }

    private static func hex(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}

internal import CPinKernels

/// The arithmetic of parity: GF(2^8) and the matrix of FORMAT.md §7.10.
enum ParityField {
    /// The inverse of every element but 0.
    private static let inverses: [UInt8] = {
        var inverses = [UInt8](repeating: 0, count: 256)
        for one in 1...UInt8.max where inverses[Int(one)] == 0 {
            for other in 1...UInt8.max where pins_field_multiply(one, other) == 1 {
                (inverses[Int(one)], inverses[Int(other)]) = (other, one)
                break
            }
        }
        return inverses
    }()

    /// What a block of column `column` counts for in parity row `row`: the inverse of
    /// `column` + (128 + `row`), where the sum is that of the field.
    static func coefficient(row: Int, column: Int) -> UInt8 {
        inverses[(column ^ (128 + row)) & 0xFF]
    }

    /// The inverse of a square matrix, by rows, or `nil` if it has none.
    ///
    /// - Complexity: O(*n*³) in the rows.
    static func inverse(_ matrix: [[UInt8]], _ kernel: pins_parity_kernel) -> [[UInt8]]? {
        let count = matrix.count
        let width = 2 * count
        // The matrix and, beside it, the one that becomes its inverse.
        var rows = [UInt8](repeating: 0, count: count * width)
        for (row, values) in matrix.enumerated() {
            rows.replaceSubrange(row * width..<row * width + count, with: values)
            rows[row * width + count + row] = 1
        }
        for pivot in 0..<count {
            // Every square part of a Cauchy matrix can be inverted, so all its pivots are there
            // without an exchange of rows.
            let start = pivot * width
            let found = rows[start + pivot]
            guard found != 0 else { return nil }
            var scaled = [UInt8](repeating: 0, count: width)
            unsafe add(
                rows[start..<start + width].span.bytes, times: [inverses[Int(found)]],
                to: &scaled, at: 0, stride: width, kernel)
            rows.replaceSubrange(start..<start + width, with: scaled)
            let factors = (0..<count).map { $0 == pivot ? 0 : rows[$0 * width + pivot] }
            unsafe add(scaled.span.bytes, times: factors, to: &rows, at: 0, stride: width, kernel)
        }
        return (0..<count).map { row in
            Array(rows[row * width + count..<(row + 1) * width])
        }
    }

    /// Adds multiples of some bytes to rows of memory: row `r`, at `offset + r * stride`, gets
    /// `factors[r]` times them.
    static func add(
        _ bytes: RawSpan, times factors: [UInt8], to memory: inout [UInt8], at offset: Int,
        stride: Int, _ kernel: pins_parity_kernel
    ) {
        guard bytes.byteCount > 0, let last = factors.indices.last else { return }
        precondition(
            offset >= 0 && stride >= 0
                && offset + last * stride + bytes.byteCount <= memory.count,
            "the rows are in the memory")
        unsafe memory.withUnsafeMutableBufferPointer { memory in
            unsafe bytes.withUnsafeBytes { bytes in
                // Neither is empty: both have an address.
                guard let out = memory.baseAddress, let from = bytes.baseAddress else { return }
                unsafe pins_parity_add(
                    kernel, from.assumingMemoryBound(to: UInt8.self), bytes.count, out + offset,
                    stride, factors, factors.count)
            }
        }
    }
}

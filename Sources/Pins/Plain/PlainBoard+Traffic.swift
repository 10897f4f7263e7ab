package import PinEngine
package import PinStorage

/// What uses of a plain board move, before they are made.
extension PlainBoard {
    /// The layout has one hash for all files of a version: all are read for that, and then those
    /// that are asked for.
    package func trafficOfReading(
        _ files: [PinFile], of version: PinVersion, range: Range<UInt64>?
    ) async throws(EngineError) -> Traffic? {
        var traffic = trafficOfHashing(version)
        for file in files {
            let whole = 0..<file.byteCount
            add(UInt64((range ?? whole).clamped(to: whole).count), to: &traffic)
        }
        return traffic
    }

    /// What reading each file once moves, and what was moved until now.
    func trafficOfHashing(_ version: PinVersion) -> Traffic {
        var traffic = tree.traffic ?? Traffic(requestCount: nil)
        for file in version.files { add(file.byteCount, to: &traffic) }
        return traffic
    }

    private func add(_ byteCount: UInt64, to traffic: inout Traffic) {
        traffic.requestCount = tree.requestCount(reading: byteCount).flatMap { count in
            traffic.requestCount.map { $0 + count }
        }
        traffic.receivedByteCount += byteCount
    }

    /// What publishing files moves, and what was moved until now.
    func trafficOfWriting(_ files: [UInt64]) -> Traffic {
        var traffic = tree.traffic ?? Traffic(requestCount: nil)
        traffic.requestCount = tree.requestCount(writing: files).flatMap { count in
            traffic.requestCount.map { $0 + count }
        }
        traffic.sentByteCount += files.reduce(0, +)
        return traffic
    }
}

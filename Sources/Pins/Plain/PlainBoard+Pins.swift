package import PinEngine
internal import PinStorage

/// Looking at every pin.
extension PlainBoard {
    /// How many looks there are at once, at the most.
    private static let lookCountMax = 8

    /// All pins, ascending by name, each with its latest version that is whole.
    ///
    /// - Complexity: a `data.txt` for each pin, read on all cores, or several requests at a time.
    package func pins() async throws(EngineError) -> [PinSummary] {
        try await runBlocking { () async throws(EngineError) in
            let board = PlainBoard(try await tree.listed(), clock: clock)
            let names = try await board.tree.pins().sortedByBytes().filter(PlainNames.isPin)
            let share = max(board.tree.pinCountOfLook, names.count / Self.lookCountMax + 1)
            guard names.count > share else { return try await board.summaries(names[...]) }
            return try await board.summaries(inShares: share, of: names)
        }
    }

    /// Several looks at once; what is to be said is said in the order of the names all the same.
    private func summaries(
        inShares share: Int, of names: [String]
    ) async throws(EngineError) -> [PinSummary] {
        typealias Look = (Result<[PinSummary], EngineError>, warnings: [String])
        let looks = await withTaskGroup(of: (Int, Look).self) { group in
            for start in stride(from: 0, to: names.count, by: share) {
                let some = names[start..<min(start + share, names.count)]
                group.addTask {
                    let look = await BoardWarnings.collecting {
                        do throws(EngineError) {
                            return Result<[PinSummary], EngineError>.success(
                                try await summaries(some))
                        } catch {
                            return .failure(error)
                        }
                    }
                    return (start, look)
                }
            }
            var looks: [Int: Look] = [:]
            for await (start, look) in group {
                looks[start] = look
                if case .failure = look.0 { group.cancelAll() }
            }
            return looks
        }
        var pins: [PinSummary] = []
        for (_, look) in looks.sorted(by: { $0.key < $1.key }) {
            for warning in look.warnings { BoardWarnings.warn(warning) }
            pins += try look.0.get()
        }
        return pins
    }

    private func summaries(_ names: ArraySlice<String>) async throws(EngineError) -> [PinSummary] {
        var pins: [PinSummary] = []
        for pin in names {
            do throws(EngineError) {
                guard let (latest, count) = try await latest(of: pin) else { continue }
                let version = latest.place.version
                pins.append(
                    PinSummary(
                        name: pin, latest: version, versionCount: count,
                        byteCount: latest.byteCount,
                        metadata: latest.metadata.versionMetadata(version: version)))
            } catch  where error.code == .needsNewer {
                // One such pin must not hide all the others.
                BoardWarnings.warn(error.message)
            }
        }
        return pins
    }
}

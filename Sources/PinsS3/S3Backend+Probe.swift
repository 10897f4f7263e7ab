internal import PinFormat
public import PinStorage

// Does the service do what it says?
extension S3Backend {
    /// How many writers race for one key.
    private static let racerCount = 8

    /// Finds out whether the service honours `If-None-Match: *`: some take the header and ignore
    /// it, and then every one of several writers believes that its commit stands.
    ///
    /// Eight writers race for a fresh key, then a ninth comes late: exactly one may have created
    /// it. Uses 11 requests, one object of a few bytes for a moment, and no name of the board's.
    ///
    /// - Returns: Whether creation is conditional.
    /// - Throws: what the service throws; a service that does not know the header is no error.
    public func probeConditionalCreation(
        random: any RandomSource = SystemRandom()
    ) async throws(BackendError) -> Bool {
        // `tmp` begins no key of a board, so that nobody takes the object for one.
        let key = prefix + "tmp/probe-" + Hex.encode(random.bytes(count: 12))
        let client = client
        var outcomes = await withTaskGroup(of: Result<Bool, S3Error>.self) { group in
            for racer in 0..<Self.racerCount {
                group.addTask { await Self.creates(key, UInt8(racer), client) }
            }
            var outcomes: [Result<Bool, S3Error>] = []
            for await outcome in group { outcomes.append(outcome) }
            return outcomes
        }
        outcomes.append(await Self.creates(key, UInt8(Self.racerCount), client))
        try? await client.delete(key)
        var createdCount = 0
        for outcome in outcomes {
            switch outcome {
            case .success(true): createdCount += 1
            case .success(false): continue
            case .failure(let error) where error.code == .notSupported: return false
            case .failure(let error): throw BackendError(error, key: nil)
            }
        }
        if createdCount != 1 { await removeLate(key) }
        return createdCount == 1
    }

    /// A service that lets all of them write may still be at it when the object is removed, and
    /// then it comes back.
    private func removeLate(_ key: String) async {
        for _ in 0..<Self.racerCount {
            guard (try? await client.head(key)) != nil else { return }
            try? await client.delete(key)
        }
    }

    private static func creates(
        _ key: String, _ content: UInt8, _ client: S3Client
    ) async -> Result<Bool, S3Error> {
        do throws(S3Error) {
            try await client.put(key, [content], ifAbsent: true)
            return .success(true)
        } catch  where error.code == .precondition {
            // After a lost try it may be our own; then another one counts for it, or none, and
            // the answer is that of a service without: the careful one.
            return .success(false)
        } catch {
            return .failure(error)
        }
    }
}

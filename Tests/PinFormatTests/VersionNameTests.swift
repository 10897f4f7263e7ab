import Testing

@testable import PinFormat

/// Goal: names of versions ascend, or the failure says so (FORMAT.md §3.2).
/// Method: the edges of the clock and of what a foreign writer may have left.
@Suite struct VersionNameTests {
    private let digest = Digest(bytes: Array(repeating: 0xAB, count: 32))

    @Test func aClockThatStandsStillOrRunsBackStillGivesLaterNames() throws {
        var latest: String?
        for seconds in [1_700_000_000, 1_700_000_000, 1_600_000_000, -1, 1_700_000_010] as [Int64] {
            let name = try VersionName.make(seconds: seconds, pinHash: digest, after: latest)
            #expect(name.hasSuffix("Z-ababa"))
            #expect(latest ?? "" < name)
            latest = name
        }
        #expect(latest == "20231114T221330Z-ababa")
    }

    @Test func theLastSecondIsUsedOnce() throws {
        let last = try VersionName.make(
            seconds: .max, pinHash: digest, after: "99991231T235958Z-fffff")
        #expect(last == "99991231T235959Z-ababa")
        // "-00000" sorts below the next name of the same second, which must not be made either.
        for latest in [last, "99991231T235959Z-00000", "99999999T999999Z-00000"] {
            #expect(throws: FormatError(.limitExceeded, section: "3.2", "")) {
                try VersionName.make(seconds: 1_700_000_000, pinHash: digest, after: latest)
            }
        }
    }
}

import Foundation
import PinEngine
import PinFormat
import PinTesting
import Pins
import Testing

/// Goal: what one board says of its shared folder is not taken for another's. Method: two boards in
/// one process, of which one lacks its newest pack.
@Suite struct UnsettledBoardTests {
    @Test func twoBoardsOfOneProcessDoNotMixWhatTheySay() async throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("pins-unsettled-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        for name in ["whole", "lacking"] {
            let board = try await Board.openOrCreate("\(folder.path)/\(name)")
            for seed in 1...2 as ClosedRange<UInt64> {
                let bytes = SeededRandom(seed: seed).bytes(count: 2_000)
                let file = InputFile(path: "data", source: BytesSource(bytes))
                _ = try await board.write(
                    WriteRequest(
                        pin: "pin", files: [file], metadata: VersionMetadata(createdSeconds: 1)))
            }
        }
        let packs = folder.appendingPathComponent("lacking/packs")
        // Names begin with the number of the commit that they rest on.
        let newest = try #require(
            try FileManager.default.contentsOfDirectory(atPath: packs.path).max())
        try FileManager.default.removeItem(at: packs.appendingPathComponent(newest))

        let lacking = try await Board.open("shared:\(folder.path)/lacking")
        let whole = try await Board.open("shared:\(folder.path)/whole")
        _ = try await lacking.version("pin")
        _ = try await whole.version("pin")
        let state = try #require(lacking.unsettledState)
        #expect(state.isOlder && state.missing.map(\.key) == ["packs/\(newest)"])
        #expect(whole.unsettledState == nil)
        // One that is opened later begins anew.
        let again = try await Board.open("\(folder.path)/whole")
        _ = try await again.version("pin")
        #expect(again.unsettledState == nil && lacking.unsettledState == state)
    }
}

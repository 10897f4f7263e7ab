import PinFormat
import PinStorage
import PinTesting
import Testing

@testable import PinEngine

/// Goal: rot of whole objects: blanks, and other objects in their place. Method: on a small board,
/// every object in turn; a reader gets right bytes or a typed error, and verification names what is
/// wrong. Changed bytes, cuts, additions and missing objects are in ``VerifyDamageTests``.
@Suite struct RotTests {
    typealias Version = VerifyProblem.Version

    /// What a reader of a damaged board gets is right or nothing, and verification names the
    /// object if it is one that the newest state needs.
    private func expectHonest(
        _ copy: VerifyBoard, _ key: ObjectKey, _ versions: [Version], _ good: [Version: Digest],
        _ what: String
    ) async {
        let readable = await copy.readable(versions)
        for (version, digest) in readable {
            #expect(digest == good[version], "\(what): wrong bytes of \(version)")
        }
        let report: VerifyReport
        do {
            report = try await copy.verify()
        } catch {
            // Then the board cannot be opened, and says so.
            #expect(readable.isEmpty, "\(what): \(error)")
            return
        }
        let lost = Set(versions.filter { readable[$0] == nil })
        let named = Set(report.problems.flatMap(\.versions))
        let unnamed = lost.subtracting(named).filter { copy.mentions($0.version) }
        #expect(unnamed.isEmpty, "\(what): \(unnamed) are not named: \(report.summary)")
        if !lost.isEmpty {
            #expect(!report.isSound, "\(what)")
            #expect(
                report.problems.contains { $0.object == key.description },
                "\(what): \(report.summary)")
        }
    }

    @Test(arguments: [64 << 10, 1 << 10])
    func blanksAreFoundOut(inlineByteTarget: Int) async throws {
        let board = try await VerifyDamageTests.sample(
            seed: 70, inlineByteTarget: inlineByteTarget)
        let versions = try await board.versions()
        let good = await board.readable(versions)
        for (key, bytes) in board.backend.snapshot.sorted(by: { $0.key < $1.key }) {
            let whole = board.damaged(key) { $0 = [UInt8](repeating: 0, count: $0.count) }
            await expectHonest(whole, key, versions, good, "\(key), all of it zero")
            let start = board.random.below(bytes.count)
            let end = min(bytes.count, start + 512)
            let part = board.damaged(key) {
                $0.replaceSubrange(start..<end, with: repeatElement(0, count: end - start))
            }
            await expectHonest(part, key, versions, good, "\(key), zero from \(start) to \(end)")
            let empty = board.damaged(key) { $0 = [] }
            await expectHonest(empty, key, versions, good, "\(key), empty")
        }
    }

    /// Another object of its kind stands where one should: the one before it, which was once as
    /// good, or the one after it.
    @Test(arguments: [64 << 10, 1 << 10])
    func anOlderObjectInItsPlaceIsFoundOut(inlineByteTarget: Int) async throws {
        let board = try await VerifyDamageTests.sample(
            seed: 71, inlineByteTarget: inlineByteTarget)
        let versions = try await board.versions()
        let good = await board.readable(versions)
        let objects = board.backend.snapshot
        for prefix in ["commits/", "packs/", "index/", "tables/", "sketches/"] {
            let keys = board.backend.keys(prefix)
            for (older, newer) in zip(keys, keys.dropFirst()) {
                for (key, other) in [(newer, older), (older, newer)] {
                    let copy = board.damaged(key) { $0 = objects[other] ?? [] }
                    await expectHonest(copy, key, versions, good, "\(other) as \(key)")
                }
            }
        }
    }

    /// The one object that is written again and again: an old one misleads nobody.
    @Test func anOldPointerMisleadsNobody() async throws {
        let board = VerifyBoard(seed: 72)
        let store = try await board.create()
        var old: [[UInt8]] = []
        for number in 0..<6 {
            try await board.write("pin", [("data", [UInt8(number)])], on: store)
            old.append(try #require(board.backend.snapshot[BoardKeys.latest]))
        }
        let versions = try await board.versions()
        let good = await board.readable(versions)
        for bytes in old {
            let copy = board.damaged(BoardKeys.latest) { $0 = bytes }
            #expect(try await copy.versions() == versions)
            #expect(await copy.readable(versions) == good)
            _ = try await copy.write("pin", [("data", [99])], on: try await copy.open())
            #expect(try await copy.versions().count == versions.count + 1)
        }
    }
}

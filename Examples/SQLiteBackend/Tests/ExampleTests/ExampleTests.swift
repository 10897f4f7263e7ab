import ArrayCoder
import Foundation
import PinEngine
import PinFormat
import PinStorage
import PinTesting
import Pins
import SQLiteBackend
import Testing

/// Goal: what stands outside of the package keeps its contracts. Method: the conformance suite of
/// PinTesting, and boards that are used.
@Suite struct ExampleTests {
    @Test func aBoardInSQLiteConforms() async throws {
        try await withTemporaryFolder { folder in
            let backend = try SQLiteBackend(path: folder + "/board.sqlite")
            let suite = BackendConformance()
            let violations = await runBlocking { await suite.violations(of: backend) }
            for violation in violations { Issue.record("\(violation)") }
        }
    }

    @Test func aBoardIsOpenedByItsLocation() async throws {
        BoardAdapters.register(SQLiteBoards.adapter)
        try await withTemporaryFolder { folder in
            let location = "sqlite:\(folder)/board.sqlite"
            let board = try await Board.openOrCreate(location)
            let numbers = (0..<200_000).map { Double($0).squareRoot() }
            for step in 0..<3 {
                let changed = numbers.enumerated().map { $0 == step * 1000 ? -1 : $1 }
                _ = try await board.write(changed, to: "numbers", as: ArrayCoder())
            }
            let again = try await Board.open(location)
            let found = try await again.read("numbers", as: ArrayCoder())
            #expect(found[2000] == -1 && found.count == numbers.count)
            let waves = (0..<200_000).map { Double($0 * $0 % 65_537) }
            _ = try await again.write(waves, to: "waves", as: ArrayCoder())
            _ = try await again.delete("waves")
            _ = try await again.prune("numbers", .keep(1))
            var options = CollectionOptions()
            options.isExclusive = true
            let collected = try await again.collect(options)
            #expect(collected.freedByteCount > 0)
            var verify = VerifyOptions()
            verify.readsData = true
            #expect(try await Board.verify(location, verify).isSound)
            let last = try await again.read("numbers", as: ArrayCoder())
            #expect(last == found)
        }
    }

    @Test func arraysComeBackAndOtherBytesAreRefused() throws {
        let coder = ArrayCoder()
        for value in [[], [1.5], [-.infinity, .pi, 0, -0.0], (0..<999).map(Double.init)] {
            let bytes = try coder.encode(value)
            #expect(try coder.decode(bytes) == value)
            // The header ends where numpy wants it.
            #expect((bytes.count - 8 * value.count) % 64 == 0)
            for count in 0..<bytes.count where count % 7 == 0 {
                #expect(throws: EngineError.self) { try coder.decode(Array(bytes.prefix(count))) }
            }
        }
        let pickle = Array("\u{1}".utf8)
        #expect(throws: EngineError.self) { try coder.decode(pickle) }
    }
}

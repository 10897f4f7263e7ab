import CMemoryBackend
import CPins
import PinStorage
import PinTesting
import Pins
import Testing

@testable import PinsC

/// Goal: a table of C functions is a backend like any other. Method: the conformance suite over the
/// backend that the tests in C use.
@Suite struct CBackendTests {
    @Test func aBackendInCConforms() async throws {
        let memory = memory_backend_make()
        var table = memory_backend_table(memory)
        let backend = try CBackend(&table)
        let suite = BackendConformance(bigByteCount: 2 << 20, manyCount: 40, raceCount: 5)
        for violation in await runBlocking({ await suite.violations(of: backend) }) {
            Issue.record("\(violation)")
        }
    }

    @Test func aBackendThatGivesOtherBytesThanAskedForIsAnError() async throws {
        var table = memory_backend_table(memory_backend_make())
        table.get = { _, _, _, _, sink in
            let bytes: [UInt8] = [1, 2, 3]
            return pins_sink_bytes(sink, bytes, bytes.count)
        }
        let backend = try CBackend(&table)
        await #expect(throws: BackendError(.ioError, "")) {
            try await backend.get("a", range: 0..<4)
        }
        await #expect(throws: BackendError(.ioError, "")) {
            try await backend.get("a", range: 0..<2)
        }
        await #expect(throws: BackendError(.tooLarge, "")) { try await backend.get("a", limit: 2) }
        #expect(try await backend.get("a", range: 0..<3) == [1, 2, 3])
    }

    @Test func aListOutOfOrderIsAnErrorAndForeignKeysAreIgnored() async throws {
        var table = memory_backend_table(memory_backend_make())
        table.list = { _, _, after, sink, _ in
            for key in after == nil ? ["A/B", "a", "b c", "c"] : ["a"] {
                _ = pins_sink_object(sink, key, 1, 0)
            }
            return 0
        }
        let backend = try CBackend(&table)
        let page = try await backend.list(prefix: "", after: nil)
        #expect(page.objects.map(\.key.text) == ["a", "c"])
        await #expect(throws: BackendError(.ioError, "")) {
            try await backend.list(prefix: "", after: "b")
        }
    }

    @Test func theStructuresOfTheHeaderAreWholeWords() {
        // The rule that makes a size of any program safe to take.
        #expect(MemoryLayout<pins_open_options>.size % 8 == 0)
        #expect(MemoryLayout<pins_input>.size % 8 == 0)
        #expect(MemoryLayout<pins_write_options>.size % 8 == 0)
        #expect(MemoryLayout<pins_read_options>.size % 8 == 0)
        #expect(MemoryLayout<pins_gc_options>.size % 8 == 0)
        #expect(MemoryLayout<pins_verify_options>.size % 8 == 0)
        #expect(MemoryLayout<pins_copy_options>.size % 8 == 0)
        #expect(MemoryLayout<pins_backend>.size % 8 == 0)
    }
}

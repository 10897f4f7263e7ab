// Signals in mid-write and mid-read. That a run is in the middle is known by what its pipe has
// taken: a pipe holds 64 KiB, so a writer that was given megabytes has read all but those.

import Foundation
import Testing

@Suite struct InterruptTests {
    private let scratch: Scratch
    private let board: String

    init() throws {
        scratch = try Scratch()
        board = scratch.path("board")
        try succeed("write", board, "t", try scratch.file("a", "committed"))
    }

    /// Feeds a write `megabytes` and sends it a signal while it waits for more.
    private func interrupt(_ megabytes: Int, _ number: Int32) throws -> (Process, String) {
        let (process, pipe) = try Tool.start(
            ["write", board, "t", "-"], error: scratch.path("stderr"))
        let piece = noise(1 << 20, seed: UInt64(megabytes))
        for _ in 0..<megabytes { try pipe.write(contentsOf: piece) }
        kill(process.processIdentifier, number)
        process.waitUntilExit()
        try? pipe.close()
        return (process, String(decoding: try scratch.content("stderr"), as: UTF8.self))
    }

    private func expectUnharmed(allowingOrphans: Bool) throws {
        #expect(try succeed("read", board, "t").text == "committed")
        #expect(try succeed("versions", board, "t", "--json").json(as: [Any].self).count == 1)
        let report = try succeed("verify", board, "--data", "--json").json()
        #expect(report["ok"] as? Bool == true)
        #expect((report["problems"] as? [Any])?.isEmpty == true)
        if !allowingOrphans { #expect(report["orphans"] as? Int == 0) }
    }

    @Test(arguments: [(SIGINT, 130), (SIGTERM, 143)] as [(Int32, Int32)])
    func anInterruptedWriteLeavesNothingHalfWritten(_ number: Int32, _ status: Int32) throws {
        let (process, error) = try interrupt(48, number)
        #expect(process.terminationReason == .exit && process.terminationStatus == status)
        #expect(error.split(separator: "\n").count == 1 && error.hasPrefix("pins: "), "\(error)")
        // A finished pack may stay as an orphan; an unfinished file may not.
        if scratch.exists("board/tmp") { #expect(try scratch.names(in: "board/tmp").isEmpty) }
        try expectUnharmed(allowingOrphans: true)
    }

    @Test func anInterruptWhileNothingComesEndsTheWrite() throws {
        let (process, _) = try interrupt(1, SIGINT)
        #expect(process.terminationStatus == 130)
        try expectUnharmed(allowingOrphans: true)
    }

    @Test(arguments: [0, 1, 33, 80])
    func aKilledWriteLeavesAtMostOrphans(_ megabytes: Int) throws {
        let (process, _) = try interrupt(megabytes, SIGKILL)
        #expect(process.terminationReason == .uncaughtSignal)
        try expectUnharmed(allowingOrphans: true)
        let second = try succeed("write", board, "t", try scratch.file("b", "second"))
        #expect(
            try succeed(
                "read", board, "t", "--version", second.text.trimmingCharacters(in: .newlines)
            ).text == "second")
        try succeed("gc", board, "--exclusive")
        try succeed("verify", board, "--data")
    }

    @Test func anInterruptedReaderOfAStalledPipeEnds() throws {
        try succeed("write", board, "big", "-", input: noise(8 << 20, seed: 1))
        // The reader of the pipe reads nothing; the tool hangs in its write until the signal comes.
        let outcome = try Tool.bash(
            """
            mkfifo "$2"; exec 3<>"$2"
            "$PINS" read "$1" big >&3 2>/dev/null & pid=$!
            dd bs=1 count=1 <&3 >/dev/null 2>&1
            kill -INT $pid; wait $pid; echo $?
            """, [board, scratch.path("fifo")])
        #expect(outcome.text == "130\n")
    }
}

// Writes that are long or not alone: bounded memory, files that change, several processes at once.

import Foundation
import Testing

@Suite struct StreamTests {
    private let scratch: Scratch
    private let board: String

    init() throws {
        scratch = try Scratch()
        board = scratch.path("board")
        try succeed("init", board)
    }

    #if os(Linux)
        /// The peak of a process's memory so far, in KiB, as the kernel counts it.
        private func peak(of process: Process) throws -> Int {
            let text = try String(
                contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
            let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
            return try #require(Int(line.filter(\.isNumber)))
        }

        @Test func aStreamIsWrittenInBoundedMemory() throws {
            let (process, pipe) = try Tool.start(
                ["write", board, "stream", "-"], error: scratch.path("stderr"))
            let source = try #require(FileHandle(forReadingAtPath: "/dev/urandom"))
            let count = 400
            for _ in 0..<count {
                try pipe.write(contentsOf: try #require(try source.read(upToCount: 1 << 20)))
            }
            let peak = try peak(of: process)
            try pipe.close()
            process.waitUntilExit()
            #expect(process.terminationStatus == 0)
            #expect(peak < 256 * 1024, "\(peak) KiB")
            let list = try succeed("list", board, "--json").json(as: [[String: Any]].self)
            #expect(list.first?["size"] as? Int == count << 20)
        }
    #endif

    @Test func aFileThatChangesWhileItIsReadIsRefused() throws {
        // Somebody appends to the file all the time; it is large enough to see that. Not SIGTERM: a
        // thread of the tests may have it blocked, and children inherit that.
        let outcome = try Tool.bash(
            """
            truncate -s 200M "$2"
            (while :; do echo x >> "$2"; done) & appender=$!
            "$PINS" write "$1" t "$2"; status=$?
            kill -9 $appender; wait 2>/dev/null
            exit $status
            """, [board, scratch.path("growing")])
        #expect(outcome.status == 74 && outcome.output.isEmpty, "\(outcome.error)")
        #expect(outcome.error.contains("changed while it was read"))
        #expect(try succeed("list", board).output.isEmpty)
        #expect(try succeed("verify", board, "--data", "--json").json()["ok"] as? Bool == true)
    }

    @Test func severalProcessesWriteAtOnce() throws {
        for number in 0..<8 { try scratch.file("in/\(number)", "content \(number)") }
        let outcome = try Tool.bash(
            """
            for i in 0 1 2 3 4 5 6 7; do
                "$PINS" write "$1" "pin$((i % 4))" "$2/$i" --quiet & pids="$pids $!"
            done
            for pid in $pids; do wait $pid || echo "failed: $?" >&2; done
            """, [board, scratch.path("in")])
        #expect(outcome.error.isEmpty, "\(outcome.error)")
        let list = try succeed("list", board, "--json").json(as: [[String: Any]].self)
        #expect(list.map { $0["name"] as? String } == ["pin0", "pin1", "pin2", "pin3"])
        #expect(list.map { $0["versions"] as? Int } == [2, 2, 2, 2])
        #expect(outcome.text.split(separator: "\n").count == 8, "each prints its version")
        for pin in 0..<4 {
            let versions = try succeed("versions", board, "pin\(pin)", "--json")
                .json(as: [[String: Any]].self)
            var found: Set<String> = []
            for version in versions.compactMap({ $0["version"] as? String }) {
                found.insert(try succeed("read", board, "pin\(pin)", "--version", version).text)
            }
            #expect(found == ["content \(pin)", "content \(pin + 4)"])
        }
        #expect(try succeed("verify", board, "--data", "--json").json()["ok"] as? Bool == true)
    }

    @Test func manyFilesOfOneVersionComeBack() throws {
        // More than fit into the version's own record: their list is stored like a file.
        for number in 0..<300 {
            try scratch.file("tree/folder\(number % 7)/file\(number).txt", "file \(number)")
        }
        try succeed("write", board, "tree", scratch.path("tree"))
        try succeed("read", board, "tree", "-o", scratch.path("back"))
        let outcome = try Tool.bash(
            "diff -r \"$1\" \"$2\"", [scratch.path("tree"), scratch.path("back")])
        #expect(outcome.status == 0 && outcome.output.isEmpty, "\(outcome.text)")
        expectFailure(try Tool.run(["read", board, "tree"]), 64, saying: "300 files")
        #expect(try succeed("read", board, "tree", "folder3/file3.txt").text == "file 3")
    }
}

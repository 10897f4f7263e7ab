// What can be known without a board: help, the version, mistakes in the arguments.

import Foundation
import Testing

@testable import Pins
@testable import PinsCommand

@Suite struct HelpTests {
    static let commands = [
        "init", "write", "read", "meta", "edit", "versions", "label", "list", "search", "diff",
        "delete",
        "prune", "gc", "verify", "stats", "copy", "manifest", "cache", "inspect", "sample",
    ]

    @Test(arguments: commands)
    func helpShowsAnExample(_ command: String) throws {
        let outcome = try Tool.run([command, "--help"])
        #expect(outcome.status == 0 && outcome.error.isEmpty)
        #expect(
            outcome.text.contains("Example: ") && outcome.text.contains("USAGE: pins \(command)"))
    }

    @Test func helpListsEveryCommand() throws {
        let text = try succeed("--help").text
        for command in Self.commands { #expect(text.contains("\n  \(command) "), "\(command)") }
    }

    /// Whatever the program opens stands in the help of every command that takes a board.
    @Test func everySchemeIsNamedWhereABoardIsGiven() throws {
        let schemes =
            BoardLocation.folderSchemes + Adapters.all(nil).flatMap(\.schemes).map { $0 + ":" }
        #expect(Set(schemes).count == 9)
        let boardless: Set = ["cache", "inspect", "sample"]
        for command in Self.commands where !boardless.contains(command) {
            let text = try succeed(command, "--help").text
            for scheme in schemes {
                #expect(text.contains(" \(scheme)"), "\(command): \(scheme)")
                #expect(BoardArguments.isLocation("\(scheme)//x"), "\(scheme)")
            }
            #expect(text.contains("shared:~/Dropbox/board"), "\(command)")
        }
    }

    /// No shell expands a `~` behind a colon.
    @Test func theHomeFolderIsMeantBehindAScheme() throws {
        let scratch = try Scratch()
        let made = try Tool.bash(
            "cd \"$1\" && HOME=$1/home && \"$PINS\" init shared:~/b && \"$PINS\" list home/b",
            [scratch.folder])
        #expect(made.status == 0, "\(made.error)")
        #expect(try scratch.names() == ["home"])
    }

    @Test func theVersionIsPrinted() throws {
        #expect(try succeed("--version").text.split(separator: ".").count == 3)
    }

    @Test(arguments: [
        ["frobnicate"], ["read", "--frobnicate"], ["read", "b", "n", "--version"], ["sample"],
        ["list"], ["write", "b"], ["write", "b", "n"], ["prune", "b", "n"], ["list", "b", "x"],
        ["prune", "b", "n", "--keep", "0"], ["prune", "b", "n", "--keep", "1", "--days", "1"],
        ["prune", "b", "n", "--keep", "x"], ["init", "b", "--chunk-average", "100"],
        ["init", "b", "--level", "99"], ["init", "b", "--closure-frames", "17"],
        ["read", "b", "n", "--hash", "xyz"],
        ["read", "b", "n", "--hash", "1234567"], ["read", "b", "n", "--range", "5:4"],
        ["read", "b", "n", "--json"], ["gc", "b", "--grace", "-1"], ["edit", "b", "n"],
        ["label", "b", "n", "latest"], ["diff", "b", "n", "v"], ["inspect"],
    ])
    func mistakesInTheArgumentsAre64(_ arguments: [String]) throws {
        let scratch = try Scratch()
        let outcome = try Tool.run(arguments, in: scratch.folder)
        if arguments.contains("--json") {
            #expect(outcome.status == 64)
        } else {
            expectFailure(outcome, 64)
        }
        #expect(try scratch.names().isEmpty, "a mistake leaves nothing behind")
    }

    @Test func withJSONAFailureIsOneDocument() throws {
        let outcome = try Tool.run(["list", "--json", "/no/such/board"])
        #expect(outcome.status == 66 && outcome.errorLines.count == 1)
        let document = try outcome.json()
        #expect(Array(document.keys) == ["error"])
        let error = try #require(document["error"] as? [String: Any])
        #expect(Set(error.keys) == ["code", "message", "object"])
        #expect(error["code"] as? String == "not-found")
        let usage = try Tool.run(["list", "--json", "--frobnicate"]).json()
        #expect((usage["error"] as? [String: Any])?["code"] as? String == "usage")
        #expect((usage["error"] as? [String: Any])?["object"] is NSNull)
    }

    @Test func samplesArePrinted() throws {
        let text = try succeed("sample", "mtcars").text
        #expect(text.hasPrefix("model,mpg,") && text.split(separator: "\n").count == 33)
        expectFailure(try Tool.run(["sample", "nothing"]), 66, saying: "mtcars")
    }

    @Test func boardsOfOtherKindsAreNamedPlainly() throws {
        for location in [
            "s3://bucket/prefix", "connect://host", "https://host/board/", "plain+s3://bucket/x",
        ] {
            let outcome = try Tool.run(["list", location])
            #expect([64, 69, 77].contains(outcome.status), "\(location): \(outcome.status)")
            #expect(outcome.errorLines.count == 1)
        }
    }

    @Test func aFullOutputIsAnInputOutputError() throws {
        let outcome = try Tool.bash("\"$PINS\" sample mtcars > /dev/full")
        #expect(outcome.status == 74 && outcome.errorLines.count == 1)
    }
}

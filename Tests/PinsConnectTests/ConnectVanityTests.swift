import PinEngine
import PinFormat
import PinTesting
import Pins
@testable import PinsConnect
import Testing

/// Goal: a pin is found at the address that stands in a browser, and gets one of its owner's
/// choice.
@Suite(.serialized) struct ConnectVanityTests {
    @Test(arguments: ["", "/behind"])
    func aPinIsFoundAtItsAddresses(prefix: String) async throws {
        try await ConnectGround.with(prefix: prefix) { ground in
            let board = try ground.board {
                $0.access = .loggedIn
                $0.vanityPath = "team/sales"
            }
            let version = try await board.write(["f": [1]], to: "susan/sales").info.version
            let guid = try await ground.guid(of: "sales")
            let names = [
                "\(ground.url)/team/sales/", "\(ground.url)/team/sales", "/team/sales/",
                "/team/sales", "\(ground.url)/content/\(guid)/",
                "\(ground.url)/content/\(guid)/_rev\(version)/index.html",
                "\(ground.url)/connect/#/apps/\(guid)/access/1",
            ]
            for name in names {
                let asked = try await ground.requests {
                    let found = try await ground.board("derek").version(name)
                    #expect(found.info.pin == "susan/sales", "\(name)")
                    #expect(try await found.bytes(found.files[0]) == [1])
                }
                #expect(asked.count <= 5, "\(name): \(asked)")
            }
            #expect(try await ground.page("/team/sales/data.txt", user: "derek").status == 200)
            // All verbs take it, and a write that changes nothing about it asks nothing more.
            let asked = try await ground.requests {
                try await board.write(["f": [2]], to: names[0])
            }
            #expect(!asked.contains { $0.method == "PUT" })
            #expect(try await board.versions(names[0]).count == 2)
            #expect(try await board.edit(names[2]) { $0.title = "Sales" }.info.pin == "susan/sales")
            #expect(try await board.prune(names[0], .keep(1)).count == 2)
            #expect(try await board.delete(names[0]).count == 1)
            let gone = await thrown { () throws(EngineError) in
                try await board.version(names[0])
            }
            #expect(gone?.code == .notFound)
        }
    }

    @Test func anAddressThatIsNoneIsATypedError() async throws {
        try await ConnectGround.with(prefix: "/x") { ground in
            let board = try ground.board()
            try await board.write(["f": [1]], to: "pin")
            let host = ground.url.replacing("/x", with: "")
            for (name, code) in [
                ("/none/", .notFound), ("\(ground.url)/none", .notFound), ("/", .notFound),
                ("https://elsewhere.example.org/team/", .usage), ("\(host)/team/", .usage),
                ("http://", .usage), ("ftp://x/y", .usage), ("\(ground.url)y/pin/", .usage),
                ("/content/0a1b2c3d-0000-4000-8000-0123456789ab/", .notFound),
            ] as [(String, EngineError.Code)] {
                let error = await thrown { () throws(EngineError) in
                    try await board.version(name)
                }
                #expect(error?.code == code, "\(name): \(error?.message ?? "")")
                let write = await thrown { () throws(EngineError) in
                    try await board.write(["f": [1]], to: name)
                }
                #expect(write?.code == code, "\(name): \(write?.message ?? "")")
            }
        }
    }

    @Test func anAddressIsCheckedBeforeAnythingIsSentAndItsRefusalIsTyped() async throws {
        try await ConnectGround.with { ground in
            for path in [
                "", "/", "a b", "a//b", "ü", "a/../b", "connect/x", "__api__", "content", "a.b",
            ] {
                let board = try ground.board { $0.vanityPath = path }
                let asked = try await ground.requests {
                    let error = await thrown { () throws(EngineError) in
                        try await board.write(["f": [1]], to: "pin")
                    }
                    #expect(error?.code == .usage, "\(path)")
                }
                #expect(asked.isEmpty, "\(path)")
            }
            let susan = try #require(try ground.board().form as? ConnectBoard)
            let derek = try #require(try ground.board("derek").form as? ConnectBoard)
            try await ground.board { $0.access = .all }.write(["f": [1]], to: "one")
            try await ground.board().write(["f": [1]], to: "two")
            #expect(try await susan.setVanityPath("mine", of: "one") == "/mine/")
            for path in ["mine", "mine/below"] {
                let taken = await thrown { () throws(EngineError) in
                    try await susan.setVanityPath(path, of: "two")
                }
                #expect(taken?.code == .cannotCreate && taken?.message.contains("/mine/") == true)
            }
            let foreign = await thrown { () throws(EngineError) in
                try await derek.setVanityPath("derek", of: "susan/one")
            }
            #expect(foreign?.code == .notPermitted)
            #expect(foreign?.message.contains("connected as derek") == true)
            // The version is there when its address is refused, and the error says so.
            let board = try ground.board { $0.vanityPath = "mine" }
            let half = await thrown { () throws(EngineError) in
                try await board.write(["f": [2]], to: "two")
            }
            #expect(half?.code == .cannotCreate)
            #expect(half?.message.contains("was written, but not its address") == true)
            #expect(try await board.bytes("two") == [2])
            #expect(try await susan.setVanityPath(nil, of: "one") == nil)
            #expect(try await susan.setVanityPath("mine", of: "two") == "/mine/")
            #expect(try await board.bytes("/mine/") == [2])
        }
    }

    @Test func labelsAreRefusedAndACopyGoesOnWithoutThem() async throws {
        try await ConnectGround.with { ground in
            try await withTemporaryFolder { folder in
                let local = try await Board.openOrCreate("\(folder)/board")
                try await local.write(["f": [1]], to: "pin")
                _ = try await local.setLabel("prod", of: "pin")
                let board = try ground.board()
                let warnings = Warnings.heard
                let report = try await BoardCopy(from: local, to: board).run()
                #expect(report.copied.count == 1)
                #expect(
                    warnings.value.contains { $0.contains("'prod'") && $0.contains("not copied") })
                #expect(try await board.bytes("pin") == [1])
                let refused = await thrown { () throws(EngineError) in
                    try await board.setLabel("prod", of: "pin")
                }
                #expect(refused?.code == .usage)
                let read = await thrown { () throws(EngineError) in
                    try await board.bytes("pin", "prod")
                }
                #expect(read?.code == .notFound)
                #expect(read?.message.contains("number of a bundle") == true)
            }
        }
    }
}

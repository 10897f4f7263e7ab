import PinEngine
@testable import PinsConnect
import Testing

/// Goal: locations and keys as users write them.
@Suite struct ConnectLocationTests {
    private func address(_ text: String, _ server: String? = nil) -> String? {
        let made = { (name: String) in name == "CONNECT_SERVER" ? server : nil }
        guard let address = try? ConnectBoards.address(text, made) else { return nil }
        return (try? ConnectServer(address, key: nil))?.printable
    }

    @Test func locationsNameServers() {
        #expect(address("connect://c.example.org") == "https://c.example.org")
        #expect(address("connect://c.example.org:3939/a/b/") == "https://c.example.org:3939/a/b")
        #expect(address("connect+http://localhost:3939/") == "http://localhost:3939")
        #expect(address("connect://c.example.org/a/__api__/") == "https://c.example.org/a")
        #expect(address("connect:", "https://c.example.org/x") == "https://c.example.org/x")
        #expect(address("connect:", "c.example.org") == "https://c.example.org")
        for text in ["connect:", "connect://", "connect:x", "connect://u:p@h", "connect://h?q=1"] {
            #expect(address(text) == nil, "\(text)")
        }
    }

    @Test func namesAreChecked() throws {
        #expect(try ConnectName("susan/cars") == .full(owner: "susan", name: "cars"))
        #expect(try ConnectName("cars") == .own("cars"))
        let guid = "0A1B2C3D-0000-4000-8000-0123456789ab"
        #expect(try ConnectName(guid) == .guid(guid.lowercased()))
        #expect(try ConnectName("/team/sales/") == .address("/team/sales/"))
        #expect(try ConnectName("https://h/x") == .address("https://h/x"))
        for text in ["ab", "a/b/c", "", "a b", "x/ab", "susan/", "susan/größe"] {
            #expect(throws: EngineError.self, "\(text)") { try ConnectName(text) }
        }
    }

    @Test func aKeyIsNeverInAMessage() {
        let key = "secret key\n"
        do {
            _ = try ConnectServer("https://h", key: key)
            Issue.record("it was taken")
        } catch {
            #expect(!error.message.contains("secret"))
        }
    }
}

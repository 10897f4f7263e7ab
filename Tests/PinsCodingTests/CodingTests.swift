import Foundation
import PinEngine
import PinFormat
import PinTesting
import Pins
import PinsCoding
import Testing

/// Values as pins: JSON, CSV, and coders of a user's own.
@Suite struct CodingTests {
    enum Gears: Int, Codable { case three = 3, four, five }

    struct Car: Codable, Equatable {
        var model: String
        var mpg: Double
        var cylinders: Int?
        var isAutomatic: Bool
        var gears: Gears
        var tested: Date?
    }

    private let cars = [
        Car(
            model: "Mazda RX4, \"Wag\"", mpg: 21, cylinders: 6, isAutomatic: true, gears: .four,
            tested: Date(timeIntervalSince1970: 1_700_000_000)),
        Car(
            model: " Döner\nof two lines ", mpg: 0.1, cylinders: nil, isAutomatic: false,
            gears: .five, tested: nil),
    ]

    @Test func rowsComeBackAsTheyWent() async throws {
        try await withTemporaryFolder { path in
            let board = try await Board.create(path + "/b")
            let written = try await board.write(cars, to: "team/cars", as: .csv(of: Car.self))
            #expect(written.info.metadata.type == "csv")
            #expect(written.info.metadata.title == "team/cars: a pinned 2 x 6 data frame")
            #expect(written.files.map(\.path) == ["cars.csv"])
            let back = try await board.read("team/cars", as: .csv(of: Car.self))
            #expect(back == cars)
            let hash = written.info.pinHash
            _ = try await board.read(
                "team/cars", as: .csv(of: Car.self), hash: String(hash.prefix(8)))
            let code = await code { () throws(EngineError) in
                try await board.read("team/cars", as: .csv(of: Car.self), hash: "00000000")
            }
            #expect(code == .corrupt)
            let again = try await board.write(cars, to: "team/cars", as: .csv(of: Car.self))
            #expect(again.isUnchanged)
            let table = try await board.read("team/cars", as: .csv)
            #expect(
                table.header == ["model", "mpg", "cylinders", "isAutomatic", "gears", "tested"])
            #expect(table.rows[1] == [" Döner\nof two lines ", "0.1", "", "false", "5", ""])
        }
    }

    @Test func whatPythonAndRWriteForValuesIsRead() throws {
        let csv = """
            "model","mpg","cylinders","isAutomatic","gears"
            "a",NA,NA,TRUE,3
            b,1e3,6.0,False,4.0

            """
        let rows = try CSVRowsPinCoder<Car>().decode(Array(csv.utf8))
        #expect(rows[0].mpg.isNaN && rows[0].cylinders == nil && rows[0].isAutomatic)
        #expect(rows[1].mpg == 1000 && rows[1].cylinders == 6 && rows[1].gears == .four)
    }

    @Test func valuesThatAreOfAnotherTypeAreNamedAndNotGuessed() async {
        for (cells, name) in [
            ("x,fast,1,true,4", "mpg"), ("x,1,1.5,true,4", "cylinders"), ("x,1,1,maybe,4", "yes"),
            ("x,1,1,true,9", "gears"),
        ] {
            let csv = "model,mpg,cylinders,isAutomatic,gears\n\(cells)\n"
            let code = await code { () throws(EngineError) in
                try CSVRowsPinCoder<Car>().decode(Array(csv.utf8))
            }
            #expect(code == .corrupt, "\(name)")
        }
    }

    @Test func valuesOfJSONComeBackAndEqualOnesAreStoredOnce() async throws {
        try await withTemporaryFolder { path in
            let board = try await Board.create(path + "/b")
            let value = ["b": [1, 2], "a": [], "ü/": [-3]]
            let first = try await board.write(value, to: "numbers", as: .json())
            #expect(first.files.map(\.path) == ["numbers.json"])
            let back = try await board.read("numbers", as: .json([String: [Int]].self))
            #expect(back == value)
            let again = try await board.write(value, to: "numbers", as: .json())
            #expect(again.isUnchanged)
            let code = await code { () throws(EngineError) in
                try await board.read("numbers", as: .json([Int].self))
            }
            #expect(code == .corrupt)
        }
    }

    /// A type of a user's own.
    struct Hexadecimal: PinCoder {
        var type: String { "hex" }

        func encode(_ value: [UInt8]) -> [UInt8] {
            Array(value.map { String($0, radix: 16) }.joined(separator: " ").utf8)
        }

        func decode(_ bytes: [UInt8]) throws(EngineError) -> [UInt8] {
            let parts = String(decoding: bytes, as: UTF8.self).split(separator: " ")
            let values = parts.compactMap { UInt8($0, radix: 16) }
            guard values.count == parts.count else { throw EngineError(.corrupt, "no bytes") }
            return values
        }
    }

    @Test func aUserMaySupplyACoder() async throws {
        try await withTemporaryFolder { path in
            let board = try await Board.create(path + "/b")
            let written = try await board.write([1, 254], to: "bytes", as: Hexadecimal())
            #expect(written.info.metadata.type == "hex")
            #expect(written.files.map(\.path) == ["bytes.hex"])
            #expect(try await board.read("bytes", as: Hexadecimal()) == [1, 254])
        }
    }

    @Test(arguments: ["joblib", "pickle", "rds"])
    func objectsWhoseReadingRunsCodeAreNotOffered(type: String) async throws {
        try await withTemporaryFolder { path in
            let board = try await Board.create(path + "/b")
            let file = InputFile(path: "m.\(type)", source: BytesSource([1]))
            let metadata = VersionMetadata(createdSeconds: 1, type: type)
            _ = try await board.write(WriteRequest(pin: "m", files: [file], metadata: metadata))
            do throws(EngineError) {
                _ = try await board.read("m", as: .json(Int.self))
                Issue.record("it was read")
            } catch {
                #expect(error.code == .usage && error.message.contains("NOT secure"))
            }
            // Its bytes are safe.
            let version = try await board.version("m")
            #expect(try await version.bytes(version.files[0]) == [1])
        }
    }

    private func code<Value>(
        _ body: () async throws(EngineError) -> Value
    ) async -> EngineError.Code? {
        do throws(EngineError) { _ = try await body() } catch { return error.code }
        return nil
    }
}

import Foundation
import PinStorage
import PinTesting
@testable import PinsConnect
import Testing

/// Goal: columns, types and first rows of Arrow and Parquet files as pyarrow writes them, and
/// nothing that anybody writes in their place traps or costs memory. Method: pyarrow of the
/// environment that `make setup` makes says what is in the files.
@Suite(.enabled(if: ConnectPython.isAvailable)) struct ColumnPreviewTests {
    /// Runs a program in a folder and gives the files that it made there.
    private static func files(_ script: String) throws -> [String: [UInt8]] {
        try ConnectPython.files(
            """
            import datetime, decimal, json
            import pyarrow, pyarrow.feather, pyarrow.parquet
            d, t = datetime.date, datetime.datetime
            table = pyarrow.table({
                "n": pyarrow.array(range(250), pyarrow.int64()),
                "small": pyarrow.array([i % 7 - 3 for i in range(250)], pyarrow.int8()),
                "big": pyarrow.array([2**64 - 1 - i for i in range(250)], pyarrow.uint64()),
                "x": [i / 4 for i in range(250)],
                "half": pyarrow.array([i / 2 for i in range(250)], pyarrow.float32()),
                "text": ["<b>über</b> %d" % i if i % 3 else None for i in range(250)],
                "town": pyarrow.array(["Rome", "Wien"] * 125),
                "flag": [i % 2 == 0 for i in range(250)],
                "day": [d(1969, 12, 31) + datetime.timedelta(i) for i in range(250)],
                "time": pyarrow.array([t(2024, 2, 29, 1, 2, 3) + datetime.timedelta(milliseconds=i)
                                       for i in range(250)], pyarrow.timestamp("ms")),
                "price": pyarrow.array([decimal.Decimal(i) / 100 - 1 for i in range(250)],
                                       pyarrow.decimal128(9, 2)),
                "list": [[i, i + 1] for i in range(250)],
                "after": pyarrow.array([str(i) for i in range(250)], pyarrow.large_string()),
            })
            """ + "\n" + script)
    }

    private static let names = [
        "n", "small", "big", "x", "half", "text", "town", "flag", "day", "time", "price", "list",
        "after",
    ]
    private static let first = [
        "0", "-3", "18446744073709551615", "0", "0", "", "Rome", "true", "1969-12-31",
        "2024-02-29 01:02:03", "-1.00", "…", "0",
    ]
    private static let last = [
        "99", "-2", "18446744073709551516", "24.75", "49.5", "", "Wien", "false", "1970-04-09",
        "2024-02-29 01:02:03.099", "-0.01", "…", "99",
    ]

    private func check(_ table: PreviewTable?, _ name: String, unknown: Set<String> = []) throws {
        let table = try #require(table, "\(name)")
        #expect(table.columns == Self.names, "\(name)")
        #expect(table.types.count == table.columns.count)
        #expect(table.rows.count == 100, "\(name): \(table.note ?? "")")
        for (row, wanted) in [(table.rows.first, Self.first), (table.rows.last, Self.last)] {
            for (index, column) in Self.names.enumerated() {
                let value = unknown.contains(column) ? "…" : wanted[index]
                #expect(row?[index] == value, "\(name): \(column)")
            }
        }
        #expect(table.rows[1][5] == "<b>über</b> 1", "\(name)")
    }

    @Test func theFirstRowsOfArrowFilesAreShown() throws {
        let files = try Self.files(
            """
            for compression in ["uncompressed", "lz4", "zstd"]:
                pyarrow.feather.write_feather(table, compression + ".feather", compression=compression)
            coded = table.set_column(6, "town", table["town"].dictionary_encode())
            pyarrow.feather.write_feather(coded, "coded.arrow")
            pyarrow.feather.write_feather(table.slice(0, 0), "empty.arrow")
            pyarrow.feather.write_feather(table.select(["n", "x"]), "old.feather", version=1)
            """)
        for name in ["uncompressed.feather", "lz4.feather", "coded.arrow"] {
            let bytes = try #require(files[name])
            let table = PreviewTable(type: "file", path: name, ends: FileEnds(bytes))
            try check(table, name)
            #expect(PreviewTable(type: "arrow", path: "x", ends: FileEnds(bytes)) == table)
        }
        let types = PreviewTable(
            type: "arrow", path: "x", ends: FileEnds(try #require(files["lz4.feather"])))?.types
        #expect(
            types == [
                "int64", "int8", "uint64", "double", "float", "string", "string", "bool", "date",
                "timestamp[ms]", "decimal(9, 2)", "list", "large string",
            ])
        let zstd = PreviewTable(
            type: "arrow", path: "x", ends: FileEnds(try #require(files["zstd.feather"])))
        #expect(zstd?.columns == Self.names && zstd?.rows.isEmpty == true)
        #expect(zstd?.note?.contains("zstd") == true)
        let empty = PreviewTable(
            type: "arrow", path: "x", ends: FileEnds(try #require(files["empty.arrow"])))
        #expect(empty?.columns == Self.names && empty?.rows.isEmpty == true)
        // Version 1 is another form.
        let old = try #require(files["old.feather"])
        #expect(PreviewTable(type: "arrow", path: "x", ends: FileEnds(old)) == nil)
    }

    @Test func theFirstRowsOfParquetFilesAreShown() throws {
        let files = try Self.files(
            """
            def write(name, **options):
                pyarrow.parquet.write_table(table, name + ".parquet", **options)
            write("snappy")
            write("none", compression="none")
            write("plain", use_dictionary=False)
            write("two", data_page_version="2.0")
            write("lz4", compression="lz4")
            write("groups", row_group_size=120)
            write("old", version="1.0", use_deprecated_int96_timestamps=True)
            write("zstd", compression="zstd")
            write("delta", use_dictionary=False, column_encoding={"n": "DELTA_BINARY_PACKED"})
            """)
        for name in ["snappy", "none", "plain", "two", "lz4", "groups", "delta"] {
            let bytes = try #require(files[name + ".parquet"])
            let table = PreviewTable(type: "parquet", path: "x", ends: FileEnds(bytes))
            try check(table, name, unknown: name == "delta" ? ["n"] : [])
            #expect(table?.rowCount == 250)
        }
        let bytes = try #require(files["snappy.parquet"])
        let table = PreviewTable(type: "file", path: "x.parquet", ends: FileEnds(bytes))
        #expect(
            table?.types == [
                "int64", "int8", "uint64", "double", "float", "string", "string", "bool", "date",
                "timestamp[ms]", "decimal(9, 2)", "list", "string",
            ])
        let old = try #require(files["old.parquet"])
        let times = PreviewTable(type: "parquet", path: "x", ends: FileEnds(old))
        #expect(times?.rows[0][9] == "2024-02-29 01:02:03")
        let zstd = try #require(files["zstd.parquet"])
        let bare = PreviewTable(type: "parquet", path: "x", ends: FileEnds(zstd))
        #expect(bare?.rows.isEmpty == true && bare?.note?.contains("zstd") == true)
        #expect(bare?.rowCount == 250)
        // Of a file that is not kept as a whole the columns are those of the footer.
        var ends = FileEnds(FileEnds.Extent(headByteCount: 100, tailByteCount: 20_000))
        for start in stride(from: 0, to: bytes.count, by: 777) {
            ends.add(bytes[start..<min(start + 777, bytes.count)])
        }
        let far = PreviewTable(type: "parquet", path: "x", ends: ends)
        #expect(far?.columns == Self.names && far?.rowCount == 250)
    }

    @Test func damagedFilesNeverTrap() throws {
        let files = try Self.files(
            """
            small = table.select(["n", "text", "town", "flag", "list", "after"]).slice(0, 20)
            coded = small.set_column(2, "town", small["town"].dictionary_encode())
            pyarrow.feather.write_feather(small, "a.arrow", compression="lz4")
            pyarrow.feather.write_feather(coded, "b.arrow", compression="uncompressed")
            pyarrow.parquet.write_table(small, "a.parquet")
            pyarrow.parquet.write_table(small, "b.parquet", compression="lz4",
                                        data_page_version="2.0")
            """)
        let seed: UInt64 = 7
        print("seed \(seed)")
        let random = SeededRandom(seed: seed)
        for (name, bytes) in files.sorted(by: { $0.key < $1.key }) {
            let type = name.hasSuffix("arrow") ? "arrow" : "parquet"
            func look(_ bytes: [UInt8]) {
                let table = PreviewTable(type: type, path: "x", ends: FileEnds(bytes))
                #expect(table.map { $0.rows.count <= 100 } ?? true)
            }
            for count in stride(from: 0, to: bytes.count, by: 7) {
                look(Array(bytes.prefix(count)))
            }
            for index in stride(from: 0, to: bytes.count, by: 5) {
                for value in [0x00, 0xFF, bytes[index] ^ 1] as [UInt8] {
                    var changed = bytes
                    changed[index] = value
                    look(changed)
                }
            }
            for _ in 0..<200 {
                var changed = bytes
                for _ in 0..<8 {
                    let place = Int(random.uint64() % UInt64(bytes.count))
                    changed[place] = UInt8(truncatingIfNeeded: random.uint64())
                }
                look(changed)
            }
        }
    }
}

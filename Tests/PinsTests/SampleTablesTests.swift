// The sample tables are data: their shape and the known totals of their columns are checked, so
// that a slip of the hand in one cell shows.

import Pins
import Testing

@Suite struct SampleTablesTests {
    @Test(arguments: [
        ("mtcars", 32, ["mpg": 642.9, "disp": 7383.1, "hp": 4694, "wt": 102.952, "qsec": 571.16]),
        ("cars", 50, ["speed": 770, "dist": 2149]),
        ("trees", 31, ["girth": 410.7, "height": 2356, "volume": 935.3]),
        ("women", 15, ["height": 975, "weight": 2051]),
    ])
    func columnsAddUpToTheirKnownTotals(_ name: String, _ rowCount: Int, _ totals: [String: Double])
        throws
    {
        let text = try #require(SampleTable.csv(named: name))
        #expect(text.hasSuffix("\n") && !text.contains(" ,") && !text.contains("\r"))
        let rows = text.split(separator: "\n").map { $0.split(separator: ",").map(String.init) }
        #expect(rows.count == rowCount + 1)
        #expect(Set(rows.map(\.count)).count == 1)
        for (column, total) in totals {
            let index = try #require(rows[0].firstIndex(of: column))
            let cells = try rows.dropFirst().map { try #require(Double($0[index])) }
            #expect(abs(cells.reduce(0, +) - total) < 1e-6, "\(name) \(column)")
        }
    }

    @Test func everyNameGivesATableAndOthersGiveNone() {
        #expect(SampleTable.names == ["cars", "mtcars", "trees", "women"])
        #expect(SampleTable.names.allSatisfy { SampleTable.csv(named: $0) != nil })
        #expect(SampleTable.csv(named: "Mtcars") == nil)
        #expect(SampleTable.csv(named: "") == nil)
    }
}

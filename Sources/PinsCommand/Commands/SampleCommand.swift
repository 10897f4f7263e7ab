import ArgumentParser
import PinEngine
import Pins
import PinsDocuments

/// `pins sample`: a small table to try things with.
struct SampleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sample", abstract: "Prints a small public table as CSV, to try things with.",
        usage: "pins sample NAME",
        discussion: """
            The tables are \(SampleTable.names.joined(separator: ", ")).

            Example: pins sample mtcars > mtcars.csv
            """)

    @Argument(help: "The table's name.")
    var name: String
    @OptionGroup var common: CommonOptions

    func run() async throws {
        guard let table = SampleTable.csv(named: name) else {
            throw CommandFailure(
                .notFound,
                "there is no sample '\(name)'; there are "
                    + "\(SampleTable.names.joined(separator: ", "))",
                object: name)
        }
        try common.print(["name": .string(name), "csv": .string(table)], text: table)
    }
}

import ArgumentParser

/// The command `pins`.
struct PinsTool: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pins",
        abstract: "Publishes data sets to a board, with versions that cost what has changed.",
        discussion: """
            A board holds pins: named data sets with versions, metadata and labels. Start with

              pins sample mtcars > mtcars.csv
              pins write ~/board mtcars mtcars.csv
              pins read ~/board mtcars

            'pins --version' shows the version of the program.

            Exit status: 0 done, 64 usage, 65 wrong data, 66 not found, 69 unreachable, 73 \
            cannot create, \
            74 input/output, 75 try again, 76 needs a newer pins, 77 not permitted, 130 interrupted.
            """,
        subcommands: [
            InitCommand.self, WriteCommand.self, ReadCommand.self, MetaCommand.self,
            EditCommand.self, VersionsCommand.self, LabelCommand.self, ListCommand.self,
            SearchCommand.self, DiffCommand.self, CopyCommand.self, DeleteCommand.self,
            PruneCommand.self,
            CollectCommand.self, VerifyCommand.self, StatsCommand.self, InspectCommand.self,
            ManifestCommand.self, CacheCommand.self, SampleCommand.self, VectorsCommand.self,
        ])

    /// The version of the program.
    static let programVersion = "0.1.0"
}

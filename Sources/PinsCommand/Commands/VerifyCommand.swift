import ArgumentParser
import PinEngine
import Pins
import PinsDocuments

/// `pins verify`: says what is hurt.
struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Checks a board: its structure, or every byte.",
        usage: "pins verify [BOARD] [--data] [--repair [--from PATH]…]",
        discussion: """
            Lists which versions and byte ranges are hurt; exit status 65 if any is. Orphans are \
            left \
            from interrupted writes; they are harmless, and 'pins gc' removes them.

            Example: pins verify ~/board --data

            \(BoardArguments.help)
            """)

    @Argument(help: ArgumentHelp("The board.", valueName: "BOARD"))
    var arguments: [String] = []
    @Flag(help: "Read and check every byte.")
    var data = false
    @Flag(help: "Mend what can be mended.")
    var repair = false
    @Option(
        help: ArgumentHelp(
            "Where a repair looks for what is lost: a board, a file, a folder of files.",
            valueName: "PATH"))
    var from: [String] = []
    @OptionGroup var place: BoardOption
    @OptionGroup var common: CommonOptions

    func run() async throws {
        let target = try BoardArguments(arguments, .init(required: []), place)
        var options = VerifyOptions()
        options.readsData = data
        options.repairs = repair
        guard from.isEmpty || repair else {
            throw CommandFailure.usage("--from goes with --repair")
        }
        for donor in from { try await options.addDonor(donor) }
        let bar = ProgressBar(common)
        defer { bar.finish() }
        let report = try await Board.verify(
            target.board, options, progress: bar.handler)
        bar.finish()
        try common.print(Documents.verification(report), text: Self.text(report))
        guard report.isSound else { throw failure(report, target.board) }
    }

    private func failure(_ report: VerifyReport, _ location: String) -> CommandFailure {
        let open = report.problems.filter { !$0.isRepaired }
        let hurt = Set(open.flatMap(\.versions))
        let problems = open.count == 1 ? "1 problem" : "\(open.count) problems"
        let versions = hurt.count == 1 ? "1 version" : "\(hurt.count) versions"
        let advice = repair ? "name what may have it with '--from'" : "see 'pins verify --repair'"
        var failure = CommandFailure(
            .corrupt, "'\(location)' has \(problems), which hurt \(versions); \(advice)",
            object: open.first?.object)
        failure.hasDocument = true
        return failure
    }

    private static func text(_ report: VerifyReport) -> String {
        var out = ""
        for problem in report.problems {
            out += "\(problem.object): \(problem.what)\(problem.isRepaired ? " (mended)" : "")\n"
            for version in problem.versions { out += "  hurts \(version.pin) \(version.version)\n" }
            for damage in problem.damage {
                out +=
                    "  \(damage.pin) \(damage.version) \(damage.file): bytes "
                    + "\(damage.range.lowerBound)…\(damage.range.upperBound)\n"
            }
        }
        for orphan in report.damagedOrphans {
            out += "\(orphan.object): \(orphan.what); nothing names it, 'pins gc' frees it\n"
        }
        if let unsettled = report.unsettled {
            let count = unsettled.missing.count
            let what = count == 1 ? "1 object is" : "\(count) objects are"
            out +=
                "commit \(unsettled.newest) has not arrived in full: \(what) still missing\n"
            for object in unsettled.missing { out += "  \(object.key): \(object.what)\n" }
        }
        let state = report.problems.isEmpty ? "sound" : report.isSound ? "mended" : "damaged"
        let damaged =
            report.damagedOrphans.isEmpty ? "" : ", \(report.damagedOrphans.count) of them damaged"
        out +=
            "\(state): \(report.objectCount) objects, "
            + "\(ByteCount.text(report.checkedByteCount)) checked, "
            + "\(report.orphanCount) orphans\(damaged)\n"
        return printableLines(out)
    }
}

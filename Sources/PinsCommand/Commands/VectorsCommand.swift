import ArgumentParser
import PinEngine
import PinsDocuments

/// `pins vectors`: boards and payloads for people who write other implementations.
struct VectorsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vectors",
        abstract: "Makes boards and payloads of a seed, sound ones and damaged ones, with answers.",
        usage: "pins vectors FOLDER [--seed S]",
        discussion: """
            For whoever writes another implementation of FORMAT.md. In FOLDER, which must be new:

              payloads/NAME        bytes; payloads.json has their digests and where they are cut
              boards/NAME          sound boards; boards/NAME.json says what is on them
              damaged/NAME         boards hurt in one named way; damaged/NAME.json says how, the \
            exit status that 'pins verify --data' has then, and whether all can still be read

            One seed gives the same payloads everywhere, and the same contents on its boards; how \
            chunks are compressed depends on the version of libzstd.

            Example: pins vectors vectors --seed 7
            """)

    @Argument(help: "A folder that does not exist.")
    var folder: String
    @Option(help: "Any text.")
    var seed = "1"
    @OptionGroup var common: CommonOptions

    func run() async throws {
        guard !folder.isEmpty else { throw CommandFailure.usage("FOLDER is empty") }
        guard mkdir(folder, 0o777) == 0 else {
            throw CommandFailure(
                .cannotCreate, "'\(folder)' exists, or cannot be made; give a new folder",
                object: folder)
        }
        let payloads = VectorPayload.all(seed)
        for payload in payloads { try write(payload.bytes, "payloads/\(payload.name)") }
        try write(.array(payloads.map(\.document)), "payloads.json")
        let boards = try await VectorBoard.all(seed)
        for board in boards {
            try write(board.objects, "boards/\(board.name)")
            try write(
                [
                    "board": .string(board.name), "what": .string(board.what),
                    "pins": board.document,
                ],
                "boards/\(board.name).json")
        }
        let damages = boards.filter { $0.name == "deltas" }.flatMap(VectorDamage.all)
        for damage in damages {
            try write(damage.objects, "damaged/\(damage.name)")
            try write(damage.document, "damaged/\(damage.name).json")
        }
        try common.print(
            [
                "seed": .string(seed), "payloads": JSONDocument(payloads.count),
                "boards": JSONDocument(boards.count), "damaged": JSONDocument(damages.count),
            ],
            text: "\(payloads.count) payloads, \(boards.count) boards, \(damages.count) damaged "
                + "boards in '\(folder)'")
    }

    private func write(_ document: JSONDocument, _ path: String) throws {
        try write(document.bytes + [UInt8(ascii: "\n")], path)
    }

    private func write(_ objects: [String: [UInt8]], _ path: String) throws {
        for key in objects.keys.sorted() { try write(objects[key] ?? [], "\(path)/\(key)") }
    }

    private func write(_ bytes: [UInt8], _ path: String) throws {
        let path = "\(folder)/\(path)"
        try ReadDestination.makeFolder(String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]))
        try OutputDescriptor(path, creating: true).write(bytes)
    }
}

import ArgumentParser
import PinEngine
import PinFormat
import PinsDocuments

/// `pins inspect`: shows any file of the format, field by field.
struct InspectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Shows a file of the format field by field, with offsets and FORMAT.md sections.",
        usage: "pins inspect FILE",
        discussion: """
            Of a damaged file it shows what can be decoded and says where that stops; exit \
            status 65.

            Example: pins inspect ~/board/latest
            """)

    /// No object is larger but index segments of boards beyond any size seen so far.
    private static let maximumByteCount = 1 << 30

    @Argument(help: "The file.")
    var file: String
    @OptionGroup var common: CommonOptions

    func run() async throws {
        let bytes = try FileBytes.read(file, limit: Self.maximumByteCount)
        let found = Inspection(bytes)
        try common.print(document(found, bytes.count), text: text(found, bytes.count))
        guard let error = found.error else { return }
        let isNewer = error.code == .unsupportedEpoch || error.code == .unsupportedFeature
        let message = "'\(file)' cannot be decoded further: \(error)"
        var failure = CommandFailure(isNewer ? .needsNewer : .corrupt, message, object: file)
        failure.hasDocument = true
        throw failure
    }

    private func document(_ found: Inspection, _ byteCount: Int) -> JSONDocument {
        let error: JSONDocument =
            found.error.map { error in
                [
                    "code": .string(error.code.description), "message": .string(error.message),
                    "offset": error.offset.map { JSONDocument($0) } ?? .null,
                    "section": .string(error.section),
                ]
            } ?? .null
        return [
            "file": .string(file), "kind": JSONDocument(found.kind),
            "size": JSONDocument(byteCount),
            "error": error,
            "fields": .array(
                found.fields.map { field in
                    [
                        "offset": JSONDocument(field.offset), "size": JSONDocument(field.byteCount),
                        "section": .string(field.section), "level": JSONDocument(field.level),
                        "name": .string(field.name), "value": .string(field.value),
                    ]
                }),
        ]
    }

    private func text(_ found: Inspection, _ byteCount: Int) -> String {
        var out = "\(Names.printable(file)): \(found.kind ?? "unknown"), \(byteCount) bytes\n"
        for field in found.fields {
            out += Self.right("\(field.offset)", 10) + Self.right("\(field.byteCount)", 10) + "  §"
            out += field.section + String(repeating: " ", count: max(1, 5 - field.section.count))
            out += String(repeating: "  ", count: field.level) + Names.printable(field.name) + ": "
            out += Names.printable(field.value) + "\n"
        }
        if let error = found.error {
            let place = error.offset.map { " at byte \($0)" } ?? ""
            out +=
                "decoding stopped\(place): \(Names.printable(error.message)) "
                + "(\(error.code), §\(error.section))\n"
        }
        return out
    }

    private static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}

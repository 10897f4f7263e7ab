/// The words of a command line: `--name value`, `-n value`, `--flag`, and what stands free.
public struct Options {
    /// What is not an option, in order.
    public private(set) var positional: [String] = []
    private var values: [String: String] = [:]
    private var flags: Set<String> = []

    /// - Parameters:
    ///   - arguments: The words after the program's name.
    ///   - valued: Names of options that take a value, such as `--size`.
    ///   - flags: Names of options that take none.
    /// - Throws: ``Failure`` for an unknown option or a missing value.
    public init(
        _ arguments: some Sequence<String>, valued: Set<String>, flags known: Set<String> = []
    ) throws {
        var rest = arguments.makeIterator()
        while let word = rest.next() {
            if known.contains(word) {
                flags.insert(word)
            } else if valued.contains(word) {
                guard let value = rest.next() else { throw Failure("\(word) needs a value") }
                values[word] = value
            } else if word.hasPrefix("-"), word != "-" {
                throw Failure("unknown option \(word); --help lists them")
            } else {
                positional.append(word)
            }
        }
    }

    /// Whether a flag was given.
    public func has(_ flag: String) -> Bool { flags.contains(flag) }

    /// The value of an option, or `nil` where it was not given.
    public subscript(_ name: String) -> String? { values[name] }

    /// The value of an option as a number in `range`.
    ///
    /// - Throws: ``Failure`` where it is not one.
    public func integer(_ name: String, default: Int, in range: ClosedRange<Int>) throws -> Int {
        guard let text = values[name] else { return `default` }
        guard let number = Int(text), range.contains(number) else {
            throw Failure(
                "\(name) is a number from \(range.lowerBound) to \(range.upperBound), not \(text)")
        }
        return number
    }

    /// The value of an option as a size in bytes.
    ///
    /// - Throws: ``Failure`` where it is not one.
    public func byteCount(_ name: String, default: Int) throws -> Int {
        guard let text = values[name] else { return `default` }
        guard let size = ByteSize.parse(text) else {
            throw Failure("\(name) is a size such as 64MiB or 1GB, not \(text)")
        }
        return size
    }
}

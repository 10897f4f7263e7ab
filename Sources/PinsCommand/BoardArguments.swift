import ArgumentParser

/// Which of a command's arguments is the board, and what is left.
///
/// With `--board` no argument is one. Without it the first one is, unless `PINS_BOARD` is set and
/// - there are too few arguments for a board and all that the command needs, or
/// - there are enough for both readings, and the first does not look like a board: it has no
///   scheme, does not begin with `/`, `./`, `../` or `~`, and is not a folder that holds a board.
struct BoardArguments {
    /// The names of the arguments after BOARD; the last of them may be optional or repeat.
    struct Shape {
        let required: [String]
        var optional: [String] = []
        var repeats = false

        /// At most this many, without BOARD.
        var maximum: Int { repeats ? .max : required.count + optional.count }
    }

    let board: String
    let rest: [String]

    init(_ arguments: [String], _ shape: Shape, _ place: BoardOption) throws(CommandFailure) {
        try self.init(arguments, shape, option: place.board)
    }

    init(
        _ arguments: [String], _ shape: Shape, option: String?,
        environment: String? = Self.environment, isLocation: (String) -> Bool = Self.isLocation
    ) throws(CommandFailure) {
        let least = shape.required.count
        let (board, rest): (String?, ArraySlice<String>)
        if let given = option {
            (board, rest) = (given, arguments[...])
        } else if let environment, !environment.isEmpty,
            arguments.count <= least
                || (arguments.count <= shape.maximum && !isLocation(arguments[0]))
        {
            (board, rest) = (environment, arguments[...])
        } else {
            (board, rest) = (arguments.first, arguments.dropFirst())
        }
        guard let board, !board.isEmpty else {
            throw .usage("BOARD is missing: give it first, with --board, or in PINS_BOARD")
        }
        guard rest.count >= least else {
            let missing = shape.required[rest.count]
            throw .usage("\(missing) is missing after the board '\(board)'; see --help")
        }
        if rest.count > shape.maximum {
            let extra = rest[rest.startIndex + shape.maximum]
            throw .usage("'\(extra)' is one argument too many; see --help")
        }
        self.board = board
        self.rest = Array(rest)
    }

    /// An optional argument, by its place after BOARD.
    func optional(_ index: Int) -> String? { index < rest.count ? rest[index] : nil }

    /// The value of `PINS_BOARD`.
    static var environment: String? { getenv("PINS_BOARD").map { String(cString: $0) } }

    /// Whether text can only be meant as a board, or is one.
    static func isLocation(_ text: String) -> Bool {
        let starts = ["/", "./", "../", "~", "folder:", "plain:", "shared:", "connect:"]
        return text == "." || text == ".." || text.contains("://")
            || starts.contains(where: text.hasPrefix)
            || FileStatus(path: text + "/config")?.isRegular == true
    }

    /// What the help of every command says about BOARD.
    static let help = """
        \(addresses)

        BOARD is left out with --board. With PINS_BOARD set it may be left out too: where the \
        arguments could be read with and without it, the first one is a board only if it has a \
        scheme, begins with '/', './', '../' or '~', or is a folder that holds a board.
        """

    /// Every form that a board's address has.
    static let addresses = """
        A board is one of

          DIR, folder:DIR           a folder, in whichever layout it has
          plain:DIR                 a folder in the layout of pins for Python and R
          shared:DIR                a folder that Dropbox or the like keeps in step
          s3://BUCKET/PREFIX        a bucket
          plain+s3://BUCKET/PREFIX  a bucket in the layout of pins for Python and R
          https://HOST/PATH/        what a web server has, to read; also http://
          connect://HOST            Posit Connect; connect: is that of CONNECT_SERVER
          connect+http://HOST       Posit Connect without TLS

        such as ~/board, shared:~/Dropbox/board, or s3://bucket/team.
        """
}

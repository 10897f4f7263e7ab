/// One exchange: what is sent, and what came so far. Used by one thread, called back by libcurl.
final class CurlTransfer {
    /// All header lines of an answer together, in bytes.
    static let headerByteCountMax = 256 << 10
    /// How much of the body of an answer that is no success is kept.
    static let failureByteCountMax = 64 << 10

    let request: HTTPRequest
    private let sink: HTTPBodySink?
    private var status = 0
    private var headers = HTTPHeaders()
    private var headerByteCount = 0
    /// Whether the line that ends the header came: libcurl takes a header that was cut off for one.
    private var isHeaderWhole = false
    private var head: HTTPResponseHead?
    private var body: [UInt8] = []
    private var reader: (any HTTPBodyReader)?
    private var position = 0
    /// Why a callback gave up.
    private(set) var failure: HTTPError?

    init(_ request: HTTPRequest, _ sink: HTTPBodySink?) {
        (self.request, self.sink) = (request, sink)
    }

    /// The answer, when the transfer is over.
    func response() throws(HTTPError) -> HTTPResponse {
        guard isHeaderWhole, (200...599).contains(status) else {
            throw HTTPError(.protocolViolation, request, detail: "the answer has no whole header")
        }
        return HTTPResponse(finishedHead, body: body)
    }

    private var finishedHead: HTTPResponseHead {
        if let head { return head }
        let made = HTTPResponseHead(status: status, headers: headers, url: request.url)
        head = made
        return made
    }

    private func fail(_ code: HTTPError.Code, _ detail: String) -> Bool {
        failure = HTTPError(code, request, detail: detail)
        return false
    }

    // MARK: - What comes

    /// Takes one line of a header.
    ///
    /// - Returns: Whether the transfer goes on.
    func takeHeader(_ line: [UInt8]) -> Bool {
        headerByteCount += line.count
        guard headerByteCount <= Self.headerByteCountMax else {
            return fail(.tooLarge, "the header of the answer does not end")
        }
        // What follows a body are trailers.
        guard head == nil else { return true }
        let text = String(decoding: line, as: UTF8.self)
        if text.hasPrefix("HTTP/") {
            // A further status line: what came before was an interim answer.
            let words = text.split(separator: " ", maxSplits: 2)
            status = words.count > 1 ? Int(words[1].prefix(3)) ?? 0 : 0
            headers = HTTPHeaders()
            isHeaderWhole = false
            return true
        }
        isHeaderWhole = isHeaderWhole || line.first == 0x0D || line.first == 0x0A
        guard let colon = text.firstIndex(of: ":") else { return true }
        let value = text[text.index(after: colon)...]
        headers.add(String(text[..<colon]), Self.trimmed(value))
        return true
    }

    private static func trimmed(_ text: Substring) -> String {
        let isSpace = { (character: Character) in character.isWhitespace }
        var text = text.drop(while: isSpace)
        while let last = text.last, isSpace(last) { text.removeLast() }
        return String(text)
    }

    /// Takes a piece of the body.
    ///
    /// - Returns: Whether the transfer goes on.
    func takeBody(_ piece: UnsafeRawBufferPointer) -> Bool {
        let isFirst = head == nil
        let head = finishedHead
        guard (200...299).contains(head.status) else {
            let room = Self.failureByteCountMax - body.count
            unsafe body.append(contentsOf: piece.prefix(max(0, room)))
            return true
        }
        if let sink {
            do throws(HTTPError) {
                try sink(head, unsafe [UInt8](piece))
                return true
            } catch {
                failure = HTTPError(error.code, request, detail: error.detail)
                return false
            }
        }
        let limit = request.responseByteCountMax
        guard body.count + piece.count <= limit, !isFirst || head.contentLength ?? 0 <= limit else {
            return fail(.tooLarge, "the answer has more than \(limit) bytes")
        }
        if isFirst { body.reserveCapacity(head.contentLength ?? 0) }
        unsafe body.append(contentsOf: piece)
        return true
    }

    // MARK: - What is sent

    /// Fills the beginning of `buffer` with the next bytes of the request's body.
    ///
    /// - Returns: How many; 0 at the end, `nil` if it failed.
    func fill(_ buffer: UnsafeMutableRawBufferPointer) -> Int? {
        switch request.body {
        case .none: return 0
        case .bytes(let bytes):
            let count = min(buffer.count, bytes.count - position)
            unsafe buffer.copyBytes(from: bytes[position..<position + count])
            position += count
            return count
        case .stream(_, let open):
            do throws(HTTPError) {
                let reader: any HTTPBodyReader
                if let known = self.reader { reader = known } else { reader = try open() }
                self.reader = reader
                let bytes = try reader.read(limit: buffer.count)
                guard bytes.count <= buffer.count else {
                    throw HTTPError(
                        .body, detail: "a body's reader gave more than it was asked for")
                }
                unsafe buffer.copyBytes(from: bytes)
                return bytes.count
            } catch {
                failure = HTTPError(error.code, request, detail: error.detail)
                return nil
            }
        }
    }

    /// Begins the request's body again: a connection that was kept turned out to be closed.
    func rewind() {
        position = 0
        reader = nil
    }
}

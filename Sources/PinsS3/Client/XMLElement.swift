internal import CExpat

/// An element of a small document: what a service answers. Attributes and name spaces are dropped.
struct XMLElement: Sendable, Hashable {
    let name: String
    var text = ""
    var children: [XMLElement] = []

    /// The text of the first child of a name.
    subscript(name: String) -> String? { children.first { $0.name == name }?.text }

    /// All children of a name.
    func all(_ name: String) -> [XMLElement] { children.filter { $0.name == name } }
}

/// Why bytes are not such a document.
struct XMLFailure: Error, Hashable {
    let what: String
}

/// Reads documents with expat. Bounded: bytes, depth, elements; a document type, and so an entity
/// of a document's own, is refused.
struct XMLReader {
    /// A listing of 1,000 keys of 1,024 bytes, each byte encoded in three, takes 4 MB.
    static let byteCountMax = 16 << 20
    private static let depthMax = 16
    private static let elementCountMax = 100_000

    /// - Throws: ``XMLFailure`` for anything but one well-formed document.
    static func read(_ bytes: [UInt8]) throws(XMLFailure) -> XMLElement {
        guard bytes.count <= byteCountMax else { throw XMLFailure(what: "it is too long") }
        guard let parser = unsafe XML_ParserCreate("UTF-8") else {
            throw XMLFailure(what: "no memory for a parser")
        }
        defer { unsafe XML_ParserFree(parser) }
        let tree = XMLTree()
        // The tree outlives the parse below.
        unsafe XML_SetUserData(parser, Unmanaged.passUnretained(tree).toOpaque())
        unsafe XML_SetElementHandler(
            parser,
            { context, name, _ in
                guard let name = unsafe name else { return }
                unsafe XMLTree.from(context)?.begin(unsafe String(cString: name))
            },
            { context, _ in unsafe XMLTree.from(context)?.end() })
        unsafe XML_SetCharacterDataHandler(parser) { context, text, count in
            let bytes = unsafe UnsafeRawBufferPointer(start: text, count: Int(count))
            unsafe XMLTree.from(context)?.add(unsafe String(decoding: bytes, as: UTF8.self))
        }
        unsafe XML_SetStartDoctypeDeclHandler(parser) { context, _, _, _, _ in
            unsafe XMLTree.from(context)?.fail("it has a document type")
        }
        try unsafe feed(parser, bytes, tree)
        guard let root = tree.root else { throw XMLFailure(what: "it is empty") }
        return root
    }

    /// Gives the bytes in pieces, so that a tree that has given up ends the parse.
    private static func feed(
        _ parser: XML_Parser, _ bytes: [UInt8], _ tree: XMLTree
    ) throws(XMLFailure) {
        let step = 64 << 10
        var position = 0
        repeat {
            let end = min(position + step, bytes.count)
            let status = unsafe bytes.withUnsafeBytes { memory in
                let piece = unsafe memory[position..<end]
                let start = unsafe UnsafeRawBufferPointer(rebasing: piece).baseAddress
                return unsafe XML_Parse(
                    parser, start?.assumingMemoryBound(to: CChar.self), Int32(end - position),
                    end == bytes.count ? 1 : 0)
            }
            if let failure = tree.failure { throw failure }
            guard status == XML_STATUS_OK else {
                let code = unsafe XML_GetErrorCode(parser)
                let what = unsafe XML_ErrorString(code).map { unsafe String(cString: $0) }
                throw XMLFailure(what: what ?? "it is not well-formed")
            }
            position = end
        } while position < bytes.count
    }

    /// The tree while it grows.
    private final class XMLTree {
        private var open: [XMLElement] = []
        private var elementCount = 0
        private(set) var root: XMLElement?
        private(set) var failure: XMLFailure?

        static func from(_ context: UnsafeMutableRawPointer?) -> XMLTree? {
            unsafe context.map { unsafe Unmanaged<XMLTree>.fromOpaque($0).takeUnretainedValue() }
        }

        func fail(_ what: String) {
            if failure == nil { failure = XMLFailure(what: what) }
        }

        func begin(_ name: String) {
            elementCount += 1
            guard failure == nil else { return }
            guard open.count < XMLReader.depthMax, elementCount <= XMLReader.elementCountMax else {
                return fail("it has too many elements")
            }
            let local = name.lastIndex(of: ":").map { String(name[name.index(after: $0)...]) }
            open.append(XMLElement(name: local ?? name))
        }

        func add(_ text: String) {
            guard failure == nil, !open.isEmpty else { return }
            open[open.count - 1].text += text
        }

        func end() {
            guard failure == nil, let done = open.popLast() else { return }
            if open.isEmpty {
                root = done
            } else {
                open[open.count - 1].children.append(done)
            }
        }
    }
}

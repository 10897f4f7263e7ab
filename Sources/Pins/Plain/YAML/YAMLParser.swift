internal import CYAML

/// Reads one document of YAML 1.1 with the parser that PyYAML and R's yaml are built on.
///
/// Nothing in it is evaluated, an alias costs what it stands for, and what is out of proportion is
/// refused.
///
/// Safe to use: the parser below lives as long as this one, and so does the buffer it reads.
@safe struct YAMLParser: ~Copyable {
    private let limits: YAMLLimits
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private var anchors: [String: (node: YAMLNode, cost: Cost)] = [:]
    private var total = Cost()

    /// What a node costs with all that is in it.
    fileprivate struct Cost {
        var nodeCount = 0
        var byteCount = 0
        /// How many collections lie in each other.
        var depth = 0

        mutating func add(_ other: Cost) {
            nodeCount += other.nodeCount
            byteCount += other.byteCount
            depth = max(depth, other.depth)
        }
    }

    /// A collection that has not ended.
    fileprivate struct Frame {
        let isMapping: Bool
        let tag: String?
        let anchor: String?
        var children: [YAMLNode] = []
        var cost = Cost(nodeCount: 1)
    }

    /// The document in `bytes`, or `nil` if there is none.
    ///
    /// - Complexity: O(*n*), bounded by `limits`.
    static func parse(
        _ bytes: [UInt8], _ limits: YAMLLimits = YAMLLimits()
    ) throws(YAMLError) -> YAMLNode? {
        guard bytes.count <= limits.byteCount else {
            throw YAMLError(
                message: "\(bytes.count) bytes; at most \(limits.byteCount) are read", line: 1,
                column: 1)
        }
        let result = unsafe bytes.withUnsafeBufferPointer { buffer in
            Result { () throws(YAMLError) in
                var parser = try unsafe YAMLParser(buffer, limits)
                return try parser.document()
            }
        }
        return try result.get()
    }

    private init(
        _ bytes: UnsafeBufferPointer<UInt8>, _ limits: YAMLLimits
    ) throws(YAMLError) {
        self.limits = limits
        unsafe parser = .allocate(capacity: 1)
        guard unsafe yaml_parser_initialize(parser) == 1 else {
            unsafe parser.deallocate()
            throw YAMLError(message: "out of memory", line: 1, column: 1)
        }
        unsafe yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
    }

    deinit {
        unsafe yaml_parser_delete(parser)
        unsafe parser.deallocate()
    }

    // MARK: - Events

    /// What the document's events say.
    private enum Event {
        case documentStart, documentEnd, streamEnd, other
        case alias(String)
        case scalar(YAMLScalar, anchor: String?)
        case start(Frame)
        case end
    }

    private mutating func document() throws(YAMLError) -> YAMLNode? {
        var root: YAMLNode?
        var frames: [Frame] = []
        var documentCount = 0
        while true {
            switch try next() {
            case .other, .documentEnd: break
            case .streamEnd: return root
            case .documentStart:
                documentCount += 1
                guard documentCount == 1 else { throw failure("there is more than one document") }
            case .alias(let name):
                guard let known = anchors[name] else {
                    throw failure("the alias '*\(name)' stands for nothing")
                }
                try count(known.cost, depth: frames.count)
                Self.add(known.node, known.cost, to: &frames, &root)
            case .scalar(let scalar, let anchor):
                let cost = Cost(nodeCount: 1, byteCount: scalar.text.utf8.count)
                try count(cost, depth: frames.count)
                if let anchor { anchors[anchor] = (.scalar(scalar), cost) }
                Self.add(.scalar(scalar), cost, to: &frames, &root)
            case .start(let frame):
                try count(Cost(nodeCount: 1, depth: 1), depth: frames.count)
                frames.append(frame)
            case .end:
                guard var frame = frames.popLast() else { throw failure("an end without a start") }
                frame.cost.depth += 1
                let node = frame.node
                if let anchor = frame.anchor { anchors[anchor] = (node, frame.cost) }
                Self.add(node, frame.cost, to: &frames, &root)
            }
        }
    }

    private mutating func count(_ cost: Cost, depth: Int) throws(YAMLError) {
        total.add(cost)
        guard total.nodeCount <= limits.nodeCount, total.byteCount <= limits.textByteCount else {
            throw failure("the document is too large once its aliases are put in")
        }
        guard depth + cost.depth <= limits.depth else {
            throw failure("more than \(limits.depth) collections lie in each other")
        }
    }

    private static func add(
        _ node: YAMLNode, _ cost: Cost, to frames: inout [Frame], _ root: inout YAMLNode?
    ) {
        if frames.isEmpty {
            root = node
        } else {
            frames[frames.count - 1].children.append(node)
            frames[frames.count - 1].cost.add(cost)
        }
    }

    private func next() throws(YAMLError) -> Event {
        var event = unsafe yaml_event_t()
        guard unsafe yaml_parser_parse(parser, &event) == 1 else { throw parserFailure() }
        defer { unsafe yaml_event_delete(&event) }
        switch unsafe event.type {
        case YAML_DOCUMENT_START_EVENT: return .documentStart
        case YAML_DOCUMENT_END_EVENT: return .documentEnd
        case YAML_STREAM_END_EVENT, YAML_NO_EVENT: return .streamEnd
        case YAML_ALIAS_EVENT: return .alias(unsafe text(event.data.alias.anchor) ?? "")
        case YAML_SCALAR_EVENT:
            let scalar = unsafe event.data.scalar
            let bytes = unsafe UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            return unsafe .scalar(
                YAMLScalar(
                    String(decoding: bytes, as: UTF8.self),
                    isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE, tag: text(scalar.tag)),
                anchor: text(scalar.anchor))
        case YAML_SEQUENCE_START_EVENT:
            let start = unsafe event.data.sequence_start
            return unsafe .start(
                Frame(isMapping: false, tag: text(start.tag), anchor: text(start.anchor)))
        case YAML_MAPPING_START_EVENT:
            let start = unsafe event.data.mapping_start
            return unsafe .start(
                Frame(isMapping: true, tag: text(start.tag), anchor: text(start.anchor)))
        case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: return .end
        default: return .other
        }
    }

    private func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        guard let pointer = unsafe pointer else { return nil }
        return unsafe String(cString: pointer)
    }

    // MARK: - Errors

    private func failure(_ message: String) -> YAMLError {
        let mark = unsafe parser.pointee.mark
        return YAMLError(
            message: message, line: Int(clamping: mark.line) + 1,
            column: Int(clamping: mark.column) + 1)
    }

    private func parserFailure() -> YAMLError {
        let problem = unsafe parser.pointee.problem
        let message = unsafe problem.map { unsafe String(cString: $0) } ?? "it cannot be read"
        let mark = unsafe parser.pointee.problem_mark
        return YAMLError(
            message: message, line: Int(clamping: mark.line) + 1,
            column: Int(clamping: mark.column) + 1)
    }
}

extension YAMLParser.Frame {
    fileprivate var node: YAMLNode {
        guard isMapping else { return .sequence(children, tag: tag) }
        // The parser gives a value for every key, if need be an empty one.
        let pairs = stride(from: 0, to: children.count - children.count % 2, by: 2).map {
            YAMLPair(children[$0], children[$0 + 1])
        }
        return .mapping(pairs, tag: tag)
    }
}

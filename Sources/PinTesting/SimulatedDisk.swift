/// What a ``SimulatedFileSystem`` holds: as programs see it, and as it is on the medium.
struct SimulatedDisk: Sendable {
    /// A file.
    struct File: Sendable {
        /// The bytes that programs read.
        var live: [UInt8] = []
        /// The bytes on the medium.
        var durable: [UInt8] = []
        /// Writes that are not on the medium, in order.
        var pending: [Write] = []
        var modifiedMilliseconds: Int64 = 0
    }

    /// Bytes that were written to a place.
    struct Write: Sendable {
        let offset: Int
        let bytes: [UInt8]
    }

    /// A directory.
    struct Directory: Sendable {
        var live: [String: Int] = [:]
        var durable: [String: Int] = [:]
        /// Changes that are not on the medium, in order.
        var pending: [Change] = []
        /// Changes that a failed call should have brought to the medium: nobody will ever know.
        var doubtful: [Change] = []

        /// Changes a name for programs.
        mutating func change(_ change: Change) {
            live.apply(change)
            pending.append(change)
        }

        /// Brings the names to the medium.
        mutating func synchronize() {
            // What is on the medium now is later than any doubt about the same name.
            let known = Set(pending.flatMap { $0.names.map(\.name) })
            doubtful.removeAll { $0.names.contains { known.contains($0.name) } }
            for change in pending { durable.apply(change) }
            pending = []
        }

        /// Fails to.
        mutating func failToSynchronize() {
            doubtful += pending
            pending = []
        }
    }

    /// Names that stand for other nodes, or for none, from now on; all of them or none.
    struct Change: Sendable {
        let names: [(name: String, node: Int?)]
    }

    enum Node: Sendable {
        case file(File)
        case directory(Directory)
    }

    /// The number of the root directory.
    static let root = 0

    var nodes: [Node] = [.directory(Directory())]

    mutating func add(_ node: Node) -> Int {
        nodes.append(node)
        return nodes.count - 1
    }

    subscript(file node: Int) -> File? {
        get { if case .file(let file) = nodes[node] { file } else { nil } }
        set { if let newValue { nodes[node] = .file(newValue) } }
    }

    subscript(directory node: Int) -> Directory? {
        get { if case .directory(let directory) = nodes[node] { directory } else { nil } }
        set { if let newValue { nodes[node] = .directory(newValue) } }
    }

    /// Changes a file in place.
    mutating func withFile<Value>(_ node: Int, _ body: (inout File) -> Value) -> Value? {
        guard case .file(var file) = nodes[node] else { return nil }
        // The array must be owned once, or every write would copy the whole file.
        nodes[node] = .directory(Directory())
        defer { nodes[node] = .file(file) }
        return body(&file)
    }

    /// Brings everything to the medium that no failed call has lost: what a system does on its own
    /// after a while.
    mutating func settle() {
        for index in nodes.indices {
            if withFile(index, { $0.synchronize() }) == nil, var directory = self[directory: index]
            {
                directory.synchronize()
                self[directory: index] = directory
            }
        }
    }

    /// The node of a path, as programs see it.
    func node(of path: String) -> Int? {
        var node = Self.root
        for name in path.split(separator: "/") {
            guard let next = self[directory: node]?.live[String(name)] else { return nil }
            node = next
        }
        return node
    }

    /// How many names, as programs see them, a node has.
    func linkCount(_ node: Int) -> Int {
        nodes.reduce(0) { count, each in
            guard case .directory(let directory) = each else { return count }
            return count + directory.live.values.count { $0 == node }
        }
    }
}

extension [String: Int] {
    mutating func apply(_ change: SimulatedDisk.Change) {
        for (name, node) in change.names { self[name] = node }
    }
}

// MARK: - Writing

extension SimulatedDisk.File {
    /// Writes for programs.
    mutating func write(_ bytes: [UInt8], at offset: Int) {
        SimulatedDisk.Write(offset: offset, bytes: bytes).apply(to: &live)
        pending.append(SimulatedDisk.Write(offset: offset, bytes: bytes))
    }

    /// Brings the bytes to the medium.
    mutating func synchronize() {
        for write in pending { write.apply(to: &durable) }
        pending = []
    }

    /// Fails to: programs still see the bytes, and no later call will write them.
    mutating func failToSynchronize() { pending = [] }
}

extension SimulatedDisk.Write {
    func apply(to content: inout [UInt8]) {
        if content.count < offset {
            content += [UInt8](repeating: 0, count: offset - content.count)
        }
        let overlap = min(bytes.count, content.count - offset)
        content.replaceSubrange(offset..<offset + overlap, with: bytes)
    }
}

// MARK: - Power cuts

extension SimulatedDisk {
    /// What the next start of the machine finds.
    func afterCrash(_ style: CrashStyle, _ random: SeededRandom) -> SimulatedDisk {
        var disk = self
        for index in nodes.indices {
            switch nodes[index] {
            case .file(var file):
                file.durable = file.afterCrash(style, random)
                file.live = file.durable
                file.pending = []
                disk.nodes[index] = .file(file)
            case .directory(var directory):
                directory.durable = directory.afterCrash(style, random)
                directory.live = directory.durable
                directory.pending = []
                directory.doubtful = []
                disk.nodes[index] = .directory(directory)
            }
        }
        return disk
    }
}

extension SimulatedDisk.Directory {
    fileprivate func afterCrash(_ style: CrashStyle, _ random: SeededRandom) -> [String: Int] {
        let changes = doubtful + pending
        var names = durable
        switch style {
        case .everything: return live
        case .onlySynchronized, .dataWithoutNames: return names
        case .namesWithoutData: return live
        case .seeded: break
        }
        // The first so many, or each as it falls.
        let kept = random.oneIn(2) ? random.below(changes.count + 1) : nil
        for (index, change) in changes.enumerated() {
            if kept.map({ index < $0 }) ?? random.oneIn(2) { names.apply(change) }
        }
        return names
    }
}

extension SimulatedDisk.File {
    fileprivate func afterCrash(_ style: CrashStyle, _ random: SeededRandom) -> [UInt8] {
        var content = durable
        switch style {
        case .everything: return live
        case .onlySynchronized, .namesWithoutData: return durable
        case .dataWithoutNames: return live
        case .seeded: break
        }
        for write in pending {
            switch random.below(6) {
            case 0: break
            case 1: write.apply(to: &content)
            case 2: write.torn(at: 512, random).apply(to: &content)
            case 3: write.torn(at: 1, random).apply(to: &content)
            case 4: write.blank { 0 }.apply(to: &content)
            default: write.blank { UInt8(random.below(256)) }.apply(to: &content)
            }
        }
        return content
    }
}

extension SimulatedDisk.Write {
    /// Its beginning, up to a multiple of `unit`.
    func torn(at unit: Int, _ random: SeededRandom) -> Self {
        let count = random.below(bytes.count / unit + 1) * unit
        return Self(offset: offset, bytes: Array(bytes[..<count]))
    }

    /// Its size, with other bytes.
    func blank(_ byte: () -> UInt8) -> Self {
        let value = byte()
        return Self(offset: offset, bytes: [UInt8](repeating: value, count: bytes.count))
    }
}

public import PinStorage
internal import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A file system in memory that keeps books of its calls, can fail any of them, and can forget
/// what was not brought to the medium.
///
/// It knows files and directories, no links to paths. A rename between two directories is two
/// changes, of which a power cut may keep one. A synchronising call that fails loses the bytes for
/// good, though programs still read them.
public final class SimulatedFileSystem: FileSystem {
    struct State {
        var disk = SimulatedDisk()
        var open: [Int: (node: Int, path: String)] = [:]
        /// Which handle has the lock of a file.
        var locks: [Int: Int] = [:]
        var lastToken = 0
        var faults: [SimulatedFault] = []
        var operations: [SimulatedOperation] = []
        var capacity: Int?
        var observer: Observer?
    }

    /// Hears of each call that has just been made, before any other call is.
    typealias Observer = @Sendable (SimulatedOperation, SimulatedDisk) -> Void

    let state: Mutex<State>
    let clock: any WallClock
    private let hasExclusiveRename: Bool

    /// An empty file system.
    ///
    /// - Parameters:
    ///   - folders: Directories that are there, and on the medium, from the start, parents first.
    ///   - clock: Gives the times of files.
    ///   - capacity: How many bytes all files together may have; no bound if `nil`.
    ///   - hasExclusiveRename: Whether `renameExclusive` works or throws `EINVAL`.
    public init(
        folders: [String] = [], clock: any WallClock = ManualClock(), capacity: Int? = nil,
        hasExclusiveRename: Bool = true
    ) {
        self.state = Mutex(State(capacity: capacity))
        self.clock = clock
        self.hasExclusiveRename = hasExclusiveRename
        for folder in folders {
            do throws(SystemError) {
                try makeDirectory(folder)
            } catch {
                preconditionFailure("folder \(folder) cannot be made: \(error)")
            }
        }
        state.withLock { state in
            state.disk = state.disk.afterCrash(.everything, SeededRandom(seed: 0))
            state.operations = []
        }
    }

    init(_ disk: SimulatedDisk, like other: SimulatedFileSystem) {
        self.state = Mutex(State(disk: disk, capacity: other.state.withLock { $0.capacity }))
        self.clock = other.clock
        self.hasExclusiveRename = other.hasExclusiveRename
    }
}

// MARK: - For tests

extension SimulatedFileSystem {
    /// The calls so far, in order.
    public var operations: [SimulatedOperation] { state.withLock { $0.operations } }

    /// How many files are open.
    public var openCount: Int { state.withLock { $0.open.count } }

    /// Adds a fault; its count begins now.
    public func inject(_ fault: SimulatedFault) { state.withLock { $0.faults.append(fault) } }

    /// Removes all faults.
    public func clearFaults() { state.withLock { $0.faults = [] } }

    /// Sets how many bytes all files together may have.
    public func setCapacity(_ byteCount: Int?) { state.withLock { $0.capacity = byteCount } }

    /// Brings everything to the medium, as a system does on its own after a while.
    public func settle() { state.withLock { $0.disk.settle() } }

    /// Who hears of the calls.
    func setObserver(_ observer: Observer?) { state.withLock { $0.observer = observer } }

    /// What the machine finds after a power cut now: a new file system without faults. This one
    /// goes on as if nothing had happened.
    public func crashed(_ style: CrashStyle, _ random: SeededRandom) -> SimulatedFileSystem {
        let disk = state.withLock { $0.disk }
        return SimulatedFileSystem(disk.afterCrash(style, random), like: self)
    }

    /// The paths of all files, sorted.
    public var files: [String] {
        state.withLock { state in
            var found: [String] = []
            var folders = [(path: "", node: SimulatedDisk.root)]
            while let folder = folders.popLast() {
                for (name, node) in state.disk[directory: folder.node]?.live ?? [:] {
                    let path = "\(folder.path)/\(name)"
                    if state.disk[directory: node] != nil {
                        folders.append((path, node))
                    } else {
                        found.append(path)
                    }
                }
            }
            return found.sorted()
        }
    }

    /// The bytes of a file, or `nil` if there is none.
    public func contents(of path: String) -> [UInt8]? {
        state.withLock { state in
            guard let node = try? state.find(path, .status) else { return nil }
            return state.disk[file: node]?.live
        }
    }

    /// Replaces the bytes of a file that exists, also on the medium: damage of the disk.
    public func setContents(of path: String, to bytes: [UInt8]) {
        state.withLock { state in
            guard let node = try? state.find(path, .status) else { return }
            _ = state.disk.withFile(node) {
                $0.live = bytes
                $0.durable = bytes
                $0.pending = []
            }
        }
    }
}

// MARK: - Running a call

extension SimulatedFileSystem {
    /// Runs a call under the lock, with the faults that strike it.
    func run<Value: Sendable>(
        _ call: SystemError.Call, _ path: String,
        failing: (inout State) -> Void = { _ in },
        _ body: (inout State, _ isShort: Bool) throws(SystemError) -> Value
    ) throws(SystemError) -> Value {
        let result: Result<Value, SystemError> = state.withLock { state in
            var kind: SimulatedFault.Kind?
            for index in state.faults.indices where state.faults[index].strikes(call) {
                kind = kind ?? state.faults[index].kind
            }
            let result: Result<Value, SystemError>
            if case .error(let number) = kind {
                failing(&state)
                result = .failure(SystemError(call, number))
            } else {
                result = Result { () throws(SystemError) in
                    let value = try body(&state, kind == .shortTransfer)
                    if case .errorAfterEffect(let number) = kind {
                        // A handle that nobody was given is closed.
                        if let token = value as? FileToken { state.open[token.rawValue] = nil }
                        throw SystemError(call, number)
                    }
                    return value
                }
            }
            var number: Int32?
            if case .failure(let error) = result { number = error.number }
            let operation = SimulatedOperation(call: call, path: path, errorNumber: number)
            state.operations.append(operation)
            state.observer?(operation, state.disk)
            return result
        }
        return try result.get()
    }

    /// Whether `renameExclusive` is known.
    func checkExclusiveRename() throws(SystemError) {
        if !hasExclusiveRename { throw SystemError(.renameExclusive, EINVAL) }
    }
}

extension SimulatedFileSystem.State {
    init(disk: SimulatedDisk = SimulatedDisk(), capacity: Int?) {
        self.disk = disk
        self.capacity = capacity
    }

    /// The node of a path.
    func find(_ path: String, _ call: SystemError.Call) throws(SystemError) -> Int {
        var node = SimulatedDisk.root
        for name in path.split(separator: "/") where name != "." {
            guard let directory = disk[directory: node] else { throw SystemError(call, ENOTDIR) }
            guard let next = directory.live[String(name)] else { throw SystemError(call, ENOENT) }
            node = next
        }
        return node
    }

    /// The directory that a path's last component is in, and that component.
    func place(
        _ path: String, _ call: SystemError.Call
    ) throws(SystemError) -> (directory: Int, name: String) {
        let names = path.split(separator: "/").filter { $0 != "." }
        guard let name = names.last else { throw SystemError(call, EEXIST) }
        let parent = try find(names.dropLast().joined(separator: "/"), call)
        guard disk[directory: parent] != nil else { throw SystemError(call, ENOTDIR) }
        return (parent, String(name))
    }

    /// Sets a name, or removes it.
    mutating func change(_ place: (directory: Int, name: String), to node: Int?) {
        change(place.directory, [(place.name, node)])
    }

    /// Sets or removes names of a directory in one step.
    mutating func change(_ node: Int, _ names: [(String, Int?)]) {
        guard var directory = disk[directory: node] else { return }
        directory.change(SimulatedDisk.Change(names: names))
        disk[directory: node] = directory
    }

    /// The node that has a name.
    func node(_ place: (directory: Int, name: String)) -> Int? {
        disk[directory: place.directory]?.live[place.name]
    }

    /// How many bytes can still be written.
    func freeByteCount() -> Int {
        guard let capacity else { return .max }
        let held = Set(open.values.map(\.node))
        let used = disk.nodes.indices.reduce(0) { sum, node in
            guard let file = disk[file: node] else { return sum }
            let isHeld = held.contains(node) || disk.linkCount(node) > 0
            return isHeld ? sum + file.live.count : sum
        }
        return max(0, capacity - used)
    }
}

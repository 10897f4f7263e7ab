public import PinStorage

/// A failure that a ``SimulatedFileSystem`` is told to have.
public struct SimulatedFault: Sendable {
    /// What happens to the call.
    public enum Kind: Sendable, Hashable {
        /// It throws this error number and does nothing. A synchronising call that fails loses
        /// what it should have written.
        case error(Int32)
        /// It does its work and then throws this error number: a lost answer.
        case errorAfterEffect(Int32)
        /// A read or write moves half of the bytes, at least one; other calls are not touched.
        case shortTransfer
    }

    /// What happens.
    public var kind: Kind
    /// Which of the matching calls: 1 is the next one.
    public var position: Int
    /// Whether all later matching calls fail as well.
    public var isSticky: Bool
    /// The calls that are counted and fail; all if `nil`.
    public var calls: Set<SystemError.Call>?

    /// A fault at the `position`-th matching call from now on.
    public init(
        _ kind: Kind, at position: Int = 1, isSticky: Bool = false,
        calls: Set<SystemError.Call>? = nil
    ) {
        precondition(position >= 1, "the next call is number 1")
        self.kind = kind
        self.position = position
        self.isSticky = isSticky
        self.calls = calls
    }

    /// Whether the fault strikes this call; counts it.
    mutating func strikes(_ call: SystemError.Call) -> Bool {
        guard calls?.contains(call) ?? true else { return false }
        position -= 1
        return position == 0 || (isSticky && position < 0)
    }
}

/// A call that a ``SimulatedFileSystem`` was asked for.
public struct SimulatedOperation: Sendable, Hashable, CustomStringConvertible {
    /// The call.
    public let call: SystemError.Call
    /// The path, or that under which the file was opened; the old one of a rename.
    public let path: String
    /// The error that it threw.
    public let errorNumber: Int32?

    public var description: String {
        "\(call.rawValue) \(path)" + (errorNumber.map { " → error \($0)" } ?? "")
    }
}

/// What a power cut leaves of what was not brought to the medium.
public enum CrashStyle: Sendable, Hashable, CaseIterable {
    /// Everything: the process was killed and the machine went on.
    case everything
    /// Nothing.
    case onlySynchronized
    /// All names and no bytes: a rename that went ahead of the data.
    case namesWithoutData
    /// All bytes and no names.
    case dataWithoutNames
    /// As the seed decides for each write and each name: kept, lost, torn at 512 bytes or at one
    /// byte, or a size that is there and bytes that are zero or garbage.
    case seeded
}

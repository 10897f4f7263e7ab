/// What a backend promises. The conformance suite of PinTesting checks that the promises are kept.
public struct BackendCapabilities: Sendable, Hashable {
    /// Of several concurrent `put(ifAbsent)` of one key, exactly one is ``PutOutcome/created``.
    /// Without it `ifAbsent` is a best effort: two writers may both believe that they won.
    public var atomicCreate: Bool
    /// Objects can be listed; without it `list` throws ``BackendError/Code/notSupported``.
    public var list: Bool
    /// A listing that begins after a put returned contains its object. Implies ``list``.
    public var strongList: Bool
    /// A ranged `get` moves only that range; without it `get` answers at the price of the object.
    public var range: Bool
    /// A folder of many files can be published in one step (plain boards need it).
    public var wholeFolderPublish: Bool
    /// Nothing can be written: `put` and `delete` throw ``BackendError/Code/readOnly``.
    public var readOnly: Bool
    /// Every call is a request to another machine: fewer and larger ones are better.
    public var isRemote: Bool
    /// The largest object in bytes; a larger `put` throws ``BackendError/Code/tooLarge``.
    public var maximumObjectByteCount: Int

    public init(
        atomicCreate: Bool = true, list: Bool = true, strongList: Bool = true, range: Bool = true,
        wholeFolderPublish: Bool = false, readOnly: Bool = false, isRemote: Bool = false,
        maximumObjectByteCount: Int = 1 << 40
    ) {
        precondition(maximumObjectByteCount >= 0, "a size is not negative")
        self.atomicCreate = atomicCreate
        self.list = list
        self.strongList = strongList
        self.range = range
        self.wholeFolderPublish = wholeFolderPublish
        self.readOnly = readOnly
        self.isRemote = isRemote
        self.maximumObjectByteCount = maximumObjectByteCount
    }
}

import PinTesting

/// A pin as a single caller would see it: its versions, in order.
struct PinModel: SequentialModel {
    /// A version: its name, and what it says that it contains.
    struct Version: Sendable, Hashable {
        let name: String
        let title: String
    }

    /// A call and what its caller was told.
    enum Operation: Sendable, Hashable {
        /// A version was written.
        case write(Version)
        /// A version was deleted, or was not there.
        case delete(String, isFound: Bool)
        /// It is not known whether a version was deleted.
        case deleteUnanswered(String)
        /// All versions, with what they say.
        case list([Version])
        /// A version was read with the bytes that its title promises; `nil` if it was not there.
        case read(String, title: String?)
        /// The latest version was read; `nil` if there was none.
        case readLatest(Version?)
    }

    init() {}

    var initialState: [Version] { [] }

    func states(after operation: Operation, in state: [Version]) -> [[Version]] {
        switch operation {
        case .write(let version):
            // Names ascend within a pin, for as long as it has a version.
            let follows = state.last.map { $0.name < version.name } ?? true
            return follows ? [state + [version]] : []
        case .delete(let name, let isFound):
            guard state.contains(where: { $0.name == name }) == isFound else { return [] }
            return [state.filter { $0.name != name }]
        case .deleteUnanswered(let name):
            return [state, state.filter { $0.name != name }]
        case .list(let versions):
            return state == versions ? [state] : []
        case .read(let name, let title):
            return state.first { $0.name == name }?.title == title ? [state] : []
        case .readLatest(let version):
            return state.last == version ? [state] : []
        }
    }
}

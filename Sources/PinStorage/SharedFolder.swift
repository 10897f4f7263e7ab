/// A folder whose files may also come and go by other hands than ours: a network drive, or a folder
/// that a program keeps in step between machines.
///
/// Such a program delivers files in any order and in parts, and where two machines have made files
/// of one name it gives one of them another name, which is no key. This is the view of those.
public protocol SharedFolder: BoardBackend {
    /// The names of the files in a folder of the board, in no order, keys of objects or not.
    ///
    /// - Parameter folder: Relative to the board, without slashes; empty for the board's own.
    /// - Returns: Nothing if there is no such folder. Names that are no UTF-8 are left out.
    func names(in folder: String) async throws(BackendError) -> [String]

    /// Reads a whole file.
    ///
    /// - Parameters:
    ///   - name: A name that ``names(in:)`` gave.
    ///   - limit: The most bytes it may have.
    /// - Throws: ``BackendError/Code/notFound``, ``BackendError/Code/tooLarge``, what reading
    ///   throws.
    func read(_ name: String, in folder: String, limit: Int) async throws(BackendError) -> [UInt8]

    /// Removes a file, durably. One that is absent is a success.
    func remove(_ name: String, in folder: String) async throws(BackendError)
}

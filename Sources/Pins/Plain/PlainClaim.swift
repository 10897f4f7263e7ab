internal import PinEngine
internal import PinStorage
internal import Synchronization

/// A folder in the staging place that nobody else touches.
final class PlainClaim: Sendable {
    let staging: PlainStaging
    let folder: String
    private let owner: String
    /// Locked as long as the folder is in use.
    private let file: Mutex<OwnedFile?>

    init(
        _ staging: PlainStaging, folder: String, owner: String, _ file: consuming OwnedFile
    ) {
        self.staging = staging
        self.folder = folder
        self.owner = owner
        self.file = Mutex(file)
    }

    /// Removes the folder with what is in it.
    func remove() {
        staging.removeTree(folder)
        // Not before the folder is gone: without its file it would belong to nobody.
        try? staging.board.fileSystem.unlink(owner)
        file.withLock { $0 = nil }
    }
}

/// The lock of a plain board in a folder.
final class PlainFolderLock: PlainLock {
    private let staging: PlainStaging
    private let file: Mutex<OwnedFile?>

    /// - Parameter file: `nil` where there are no locks.
    init(_ staging: PlainStaging, _ file: consuming OwnedFile?) {
        self.staging = staging
        self.file = Mutex(file)
    }

    func release() {
        file.withLock { file in
            staging.removeIfEmpty()
            file = nil
        }
    }
}

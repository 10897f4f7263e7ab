#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

extension BackendError {
    /// The error of a failed system call: its code, and a sentence that says what to do.
    ///
    /// - Parameters:
    ///   - cause: The call and its error number. See the ERRORS section of the call's manual page.
    ///   - key: The object in question, if there is one.
    ///   - path: The file or folder that the call was about.
    public init(_ cause: SystemError, key: ObjectKey? = nil, path: String) {
        let what = "cannot \(cause.call.verb) \(path)"
        let (code, why) = BackendError.explanation(cause)
        self.init(code, key: key, cause: cause, "\(what): \(why)")
    }

    private static func explanation(_ cause: SystemError) -> (Code, String) {
        switch cause.number {
        case ENOENT, ENOTDIR, ELOOP, EISDIR, EEXIST, ENOTEMPTY, ENAMETOOLONG, EXDEV:
            return nameExplanation(cause)
        case EACCES, EPERM:
            return permissionExplanation(cause)
        case EROFS:
            return (.readOnly, "the file system is mounted for reading only")
        case ENOSPC:
            return (.noSpace, "the disk is full; free some space, nothing was changed")
        case EDQUOT:
            return (.noSpace, "your quota is used up; free some space, nothing was changed")
        case EFBIG:
            return (.tooLarge, "the file system or a limit (ulimit -f) allows no file this large")
        case EMFILE, ENFILE:
            return (.unavailable, "too many files are open; raise the limit (ulimit -n)")
        case ENOMEM:
            return (.unavailable, "the system is out of memory; try again")
        default:
            return deviceExplanation(cause)
        }
    }

    /// What a name is or is not.
    private static func nameExplanation(_ cause: SystemError) -> (Code, String) {
        switch cause.number {
        case ENOENT where cause.call.isReading:
            return (.notFound, "it does not exist")
        case ENOENT:
            return (.unavailable, "the folder does not exist; is the disk mounted?")
        case ELOOP:
            return (.notADirectory, "it is a symbolic link, and links inside a board are refused")
        case EISDIR:
            return (.notADirectory, "it is a folder where an object must be; move it away")
        case ENOTDIR:
            return (
                .notADirectory, "it, or a part of its path, is not a folder; move that away"
            )
        case ENAMETOOLONG:
            return (.notSupported, "the path is too long; move the board to a shorter one")
        case EXDEV:
            return (.notSupported, "a board must lie on one file system, without mounts inside")
        default:
            return (.ioError, "something of that name is in the way; move it away")
        }
    }

    private static func permissionExplanation(_ cause: SystemError) -> (Code, String) {
        if cause.call.isReading {
            return (.permissionDenied, "you may not read it; ask its owner for the permission")
        }
        if cause.call == .link {
            return (
                .readOnly,
                "you may not write there, or the file system has no hard links: then 'pins init "
                    + "--single-writer' makes a board for one writer"
            )
        }
        return (.readOnly, "you may not write there; ask the folder's owner for the permission")
    }

    /// What became of the device.
    private static func deviceExplanation(_ cause: SystemError) -> (Code, String) {
        switch cause.number {
        case EIO where cause.call.isSynchronizing:
            return (
                .ioError,
                "the device failed to write; what was being written is lost, check the disk"
            )
        case EIO:
            return (.ioError, "the device failed; check the disk and its cables, then verify")
        case ESTALE, ENODEV, ENXIO, ETIMEDOUT, EHOSTDOWN, EHOSTUNREACH, ENOTCONN:
            return (.unavailable, "the disk or server cannot be reached; is it mounted?")
        case EINVAL, ENOSYS, ENOTSUP:
            guard cause.call == .link else {
                return (.notSupported, "the file system cannot do that; use another one")
            }
            return (
                .notSupported,
                "the file system can neither rename without replacing nor make hard links, so two "
                    + "writers could overwrite each other; 'pins init --single-writer' makes a "
                    + "board for one"
            )
        default:
            return (.ioError, "the call failed; what was being written is whole or absent")
        }
    }
}

extension SystemError.Call {
    /// Whether the call changes nothing.
    var isReading: Bool {
        switch self {
        case .openForReading, .read, .status, .listDirectory: true
        default: false
        }
    }

    /// Whether the call waits for the medium.
    var isSynchronizing: Bool { self == .synchronize || self == .synchronizeDirectory }

    /// The call in the words of a person.
    fileprivate var verb: String {
        switch self {
        case .openForReading: "open"
        case .createExclusive: "create"
        case .read: "read"
        case .write: "write"
        case .synchronize, .synchronizeDirectory: "bring to the disk"
        case .close: "close"
        case .lock: "lock"
        case .status: "look at"
        case .rename, .renameExclusive, .link: "publish"
        case .unlink, .removeDirectory: "remove"
        case .makeDirectory: "make the folder"
        case .listDirectory: "list"
        }
    }
}

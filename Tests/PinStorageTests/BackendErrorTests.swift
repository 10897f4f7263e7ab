import PinStorage
import Testing

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Error numbers become codes, and sentences that say what to do.
@Suite struct BackendErrorTests {
    @Test(arguments: [
        (SystemError.Call.openForReading, ENOENT, BackendError.Code.notFound),
        (.status, ENOENT, .notFound), (.listDirectory, ENOENT, .notFound),
        (.createExclusive, ENOENT, .unavailable), (.rename, ENOENT, .unavailable),
        (.openForReading, EACCES, .permissionDenied), (.listDirectory, EACCES, .permissionDenied),
        (.createExclusive, EACCES, .readOnly), (.unlink, EPERM, .readOnly),
        (.makeDirectory, EROFS, .readOnly), (.link, EPERM, .readOnly), (.write, ENOSPC, .noSpace),
        (.makeDirectory, ENOSPC, .noSpace), (.close, EDQUOT, .noSpace), (.write, EFBIG, .tooLarge),
        (.openForReading, ELOOP, .notADirectory), (.openForReading, ENOTDIR, .notADirectory),
        (.rename, EISDIR, .notADirectory), (.createExclusive, ENAMETOOLONG, .notSupported),
        (.rename, EXDEV, .notSupported), (.openForReading, EMFILE, .unavailable),
        (.read, ESTALE, .unavailable), (.read, ENODEV, .unavailable), (.read, EIO, .ioError),
        (.synchronize, EIO, .ioError), (.synchronizeDirectory, EIO, .ioError),
        (.synchronizeDirectory, EINVAL, .notSupported), (.write, EPIPE, .ioError),
        (.read, 12_345, .ioError),
    ])
    func aNumberHasItsCode(call: SystemError.Call, number: Int32, code: BackendError.Code) {
        let error = BackendError(SystemError(call, number), key: "a", path: "/board/a")
        #expect(error.code == code)
        #expect(error.cause == SystemError(call, number))
        #expect(error.key == "a")
    }

    @Test func everyErrorSaysWhatAndWhereOnOneLine() {
        for call in SystemError.Call.allCases {
            for number in Int32(1)...140 {
                let error = BackendError(SystemError(call, number), path: "/board/a")
                #expect(error.message.hasPrefix("cannot "))
                #expect(error.message.contains("/board/a: "))
                #expect(!error.description.contains("\n"))
                #expect(error.description.contains(call.rawValue))
            }
        }
    }

    @Test func theTextIsExact() {
        let error = BackendError(
            SystemError(.write, ENOSPC), key: "packs/one", path: "/board/tmp/01")
        let text = "the disk is full; free some space, nothing was changed"
        #expect(error.message == "cannot write /board/tmp/01: " + text)
        #if os(Linux)
            #expect(error.description.hasSuffix("(no-space, write: No space left on device)"))
        #endif
    }

    @Test func errorsAreEqualByTheirCode() {
        #expect(BackendError(.notFound, "one") == BackendError(.notFound, key: "a", "two"))
        #expect(BackendError(.notFound, "one") != BackendError(.ioError, "one"))
    }
}

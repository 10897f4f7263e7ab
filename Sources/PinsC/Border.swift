internal import CPins
internal import PinEngine
internal import PinFormat
internal import PinsDocuments

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What C passed in and keeps alive until the call returns, or the backend is released: pointers
/// and functions. The header says from how many threads each is used.
struct Lent<Value>: @unchecked Sendable {
    let value: Value

    init(_ value: Value) { self.value = value }
}

/// Calls from the library into C.
enum Callback {
    /// Whether this thread is in one: then it may not wait for the library.
    static var isRunning: Bool { pins_private_callback_depth(0) > 0 }

    static func run<Value>(_ body: () -> Value) -> Value {
        _ = pins_private_callback_depth(1)
        defer { _ = pins_private_callback_depth(-1) }
        return body()
    }
}

extension EngineError {
    /// The pins_status of a failure.
    var status: Int32 {
        let status =
            switch code {
            case .usage: PINS_USAGE
            case .corrupt: PINS_CORRUPT
            case .notFound: PINS_NOT_FOUND
            case .unavailable: PINS_UNAVAILABLE
            case .cannotCreate: PINS_CANNOT_CREATE
            case .tryAgain, .incomplete: PINS_TRY_AGAIN
            case .needsNewer: PINS_NEEDS_NEWER
            case .notPermitted: PINS_NOT_PERMITTED
            case .cancelled: PINS_CANCELLED
            default: PINS_IO_ERROR
            }
        return Int32(status.rawValue)
    }

    /// The message on one line, safe on a terminal.
    var line: String {
        let words = message.split(whereSeparator: \.isNewline).map { $0.drop { $0 == " " } }
        return Names.printable(words.joined(separator: " "))
    }
}

/// Text that C passed.
///
/// - Throws: ``EngineError/Code/usage`` for NULL and for what is not UTF-8.
func text(_ pointer: UnsafePointer<CChar>?, _ what: String) throws(EngineError) -> String {
    guard let text = try optionalText(pointer, what) else {
        throw EngineError(.usage, "\(what) is NULL")
    }
    return text
}

/// The same where NULL means that none is given.
func optionalText(
    _ pointer: UnsafePointer<CChar>?, _ what: String
) throws(EngineError) -> String? {
    guard let pointer else { return nil }
    guard let text = String(validatingCString: pointer) else {
        throw EngineError(.usage, "\(what) is not UTF-8")
    }
    return text
}

/// An array of texts that ends with NULL.
func texts(
    _ pointer: UnsafePointer<UnsafePointer<CChar>?>?, _ what: String
) throws(EngineError) -> [String]? {
    guard var next = pointer else { return nil }
    var texts: [String] = []
    while let item = next.pointee {
        texts.append(try text(item, what))
        next += 1
        guard texts.count <= Limits.textListCount else {
            throw EngineError(.usage, "\(what) has too many items, or does not end with NULL")
        }
    }
    return texts
}

/// A structure that begins with its size, of a program that may be older or newer than the library.
///
/// - Parameter zero: The structure as it is where the caller gives nothing.
func options<Structure>(
    _ pointer: UnsafePointer<Structure>?, zero: Structure, _ what: String
) throws(EngineError) -> Structure {
    guard let pointer else { return zero }
    let raw = UnsafeRawPointer(pointer)
    let known = MemoryLayout<Structure>.stride
    let given = raw.loadUnaligned(as: UInt.self)
    // Whole fields only: all structures are made of words, or pairs of half words.
    guard given >= 8, given <= 4096, given % 8 == 0 else {
        throw EngineError(.usage, "the size of \(what) is \(given); set it with sizeof")
    }
    var structure = zero
    withUnsafeMutableBytes(of: &structure) { bytes in
        bytes.copyMemory(from: UnsafeRawBufferPointer(start: raw, count: min(Int(given), known)))
    }
    for offset in min(known, Int(given))..<Int(given) {
        guard raw.load(fromByteOffset: offset, as: UInt8.self) == 0 else {
            throw EngineError(.usage, "\(what) has a field that this library does not know")
        }
    }
    return structure
}

/// A choice that is 0 or 1.
func flag(_ value: Int32, _ what: String) throws(EngineError) -> Bool {
    guard value == 0 || value == 1 else {
        throw EngineError(.usage, "\(what) is \(value); 0 and 1 are allowed")
    }
    return value == 1
}

/// A copy of a text for C, which frees it with pins_free.
func give(_ text: String, to target: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) {
    target?.pointee = strdup(text)
}

/// The same for a document.
func give(
    _ document: JSONDocument, to target: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) {
    give(document.text, to: target)
}

/// A progress callback of C; what is not 0 cancels the call.
func progress(
    _ function: pins_progress_function?, _ user: UnsafeMutableRawPointer?, _ handle: Handle
) -> ProgressHandler? {
    guard let function else { return nil }
    let lent = Lent((function, user))
    return { progress in
        let (function, user) = lent.value
        let answer = Callback.run {
            progress.phase.rawValue.withCString {
                function(user, $0, progress.done, progress.total ?? 0)
            }
        }
        if answer != 0 { handle.cancel() }
    }
}

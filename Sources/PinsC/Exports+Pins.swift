public import CPins
internal import PinEngine
internal import PinFormat
internal import Pins
internal import PinsDocuments

private let usage = Int32(PINS_USAGE.rawValue)

/// Runs a call on what a handle holds.
private func on<Subject: Sendable, Arguments: Sendable, Value: Sendable>(
    _ subject: @escaping @Sendable (Handle) -> Subject?, _ name: String,
    _ pointer: OpaquePointer?, prepare: (Handle) throws(EngineError) -> Arguments,
    _ body: @escaping @Sendable (Subject, Arguments) async throws(EngineError) -> Value,
    done: (Value) -> Void
) -> Int32 {
    guard let handle = Registry.find(pointer, Handle.self) else { return usage }
    let arguments: Result<Arguments, EngineError>
    do throws(EngineError) {
        arguments = .success(try prepare(handle))
    } catch {
        arguments = .failure(error)
    }
    return handle.run { () async throws(EngineError) in
        guard let subject = subject(handle) else {
            throw EngineError(.usage, "this handle is no open \(name)")
        }
        return try await body(subject, arguments.get())
    } done: {
        done($0)
    }
}

/// Runs a call on an open board.
///
/// - Parameter prepare: Reads the arguments, while the caller's memory is at hand.
func onBoard<Arguments: Sendable, Value: Sendable>(
    _ pointer: OpaquePointer?, prepare: (Handle) throws(EngineError) -> Arguments,
    _ body: @escaping @Sendable (Board, Arguments) async throws(EngineError) -> Value,
    done: (Value) -> Void
) -> Int32 {
    on({ $0.board }, "board", pointer, prepare: prepare, body, done: done)
}

/// Runs a call on an open board that answers with a document.
func answer<Arguments: Sendable, Value: Sendable>(
    _ pointer: OpaquePointer?, _ json: TextTarget, _ document: (Value) -> JSONDocument,
    prepare: (Handle) throws(EngineError) -> Arguments,
    _ body: @escaping @Sendable (Board, Arguments) async throws(EngineError) -> Value
) -> Int32 {
    json?.pointee = nil
    return onBoard(pointer, prepare: prepare, body) { give(document($0), to: json) }
}

/// Runs a call on an open version.
private func onVersion<Arguments: Sendable, Value: Sendable>(
    _ pointer: OpaquePointer?, prepare: () throws(EngineError) -> Arguments,
    _ body: @escaping @Sendable (PinVersion, Arguments) async throws(EngineError) -> Value,
    done: (Value) -> Void
) -> Int32 {
    on(
        { $0.version }, "version", pointer,
        prepare: { (_) throws(EngineError) in try prepare() }, body, done: done)
}

// MARK: - Writing

@_cdecl("pins_write")
public func exportWrite(
    _ board: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ inputs: UnsafePointer<pins_input>?,
    _ count: Int, _ pointer: UnsafePointer<pins_write_options>?, _ json: TextTarget
) -> Int32 {
    answer(board, json, { $0 }) { (handle) throws(EngineError) in
        let name = try text(name, "the pin's name")
        let given = try options(pointer, zero: pins_write_options(), "pins_write_options")
        let files = try CInputs.files(inputs, count)
        let metadata = try CMetadata(given).metadata
        var request = WriteRequest(
            pin: name, files: files, metadata: metadata.titled(pin: name, files: files.map(\.path)))
        request.replacesOnlyVersion = try flag(given.unversioned, "unversioned")
        request.forcesIdentical = try flag(given.force_identical_write, "force_identical_write")
        request.computesFlatDigests = try !flag(given.no_flat_digest, "no_flat_digest")
        request.isDryRun = try flag(given.dry_run, "dry_run")
        return (request, progress(given.progress, given.progress_user, handle))
    } _: { (board, arguments) async throws(EngineError) in
        let (request, progress) = arguments
        let written = try await board.write(request, progress: progress)
        return request.isDryRun
            ? Documents.dryWrite(written, makesBoard: false) : Documents.write(written)
    }
}

@_cdecl("pins_edit")
public func exportEdit(
    _ board: OpaquePointer?, _ name: UnsafePointer<CChar>?,
    _ pointer: UnsafePointer<pins_write_options>?, _ json: TextTarget
) -> Int32 {
    answer(board, json, Documents.write) { (_) throws(EngineError) in
        let given = try options(pointer, zero: pins_write_options(), "pins_write_options")
        return (try text(name, "the pin's name"), try CMetadata(given))
    } _: { (board, arguments) async throws(EngineError) in
        try await board.edit(arguments.0) { arguments.1.apply(to: &$0) }
    }
}

// MARK: - Reading

@_cdecl("pins_read_file")
public func exportReadFile(
    _ board: OpaquePointer?, _ name: UnsafePointer<CChar>?,
    _ pointer: UnsafePointer<pins_read_options>?, _ path: UnsafePointer<CChar>?
) -> Int32 {
    onBoard(board) { (handle) throws(EngineError) in
        let given = try options(pointer, zero: pins_read_options(), "pins_read_options")
        let path = try text(path, "the path")
        guard !path.isEmpty else { throw EngineError(.usage, "the path is empty") }
        return (
            try text(name, "the pin's name"), try CRead(given), path,
            progress(given.progress, given.progress_user, handle)
        )
    } _: { (board, arguments) async throws(EngineError) in
        let (name, read, path, progress) = arguments
        try await read.extract(board, name, to: path, progress)
    } done: { _ in
    }
}

@_cdecl("pins_read_buffer")
public func exportReadBuffer(
    _ board: OpaquePointer?, _ name: UnsafePointer<CChar>?,
    _ pointer: UnsafePointer<pins_read_options>?, _ buffer: UnsafeMutableRawPointer?,
    _ capacity: Int, _ count: UnsafeMutablePointer<Int>?
) -> Int32 {
    count?.pointee = 0
    let needed = Lent(count)
    return onBoard(board) { (handle) throws(EngineError) in
        let given = try options(pointer, zero: pins_read_options(), "pins_read_options")
        return (
            try text(name, "the pin's name"), try CRead(given), try lent(buffer, capacity),
            progress(given.progress, given.progress_user, handle)
        )
    } _: { (board, arguments) async throws(EngineError) in
        let (name, read, buffer, progress) = arguments
        let (version, file) = try await read.open(board, name, allowsTree: false)
        guard let file else { preconditionFailure("only a tree has no file") }
        let range = try read.range(in: file)
        guard range.count <= buffer.value.count else {
            needed.value?.pointee = range.count
            throw EngineError(
                .usage, "\(range.count) bytes do not fit into the \(buffer.value.count) given")
        }
        try await version.read(
            file, range: range, into: BufferSink(buffer: buffer), progress: progress)
        return range.count
    } done: {
        count?.pointee = $0
    }
}

@_cdecl("pins_read_callback")
public func exportReadCallback(
    _ board: OpaquePointer?, _ name: UnsafePointer<CChar>?,
    _ pointer: UnsafePointer<pins_read_options>?, _ write: pins_write_function?,
    _ user: UnsafeMutableRawPointer?
) -> Int32 {
    onBoard(board) { (handle) throws(EngineError) in
        let given = try options(pointer, zero: pins_read_options(), "pins_read_options")
        guard let write else { throw EngineError(.usage, "the callback is NULL") }
        return (
            try text(name, "the pin's name"), try CRead(given), Lent((write, user)),
            progress(given.progress, given.progress_user, handle)
        )
    } _: { (board, arguments) async throws(EngineError) in
        let (name, read, function, progress) = arguments
        let (version, file) = try await read.open(board, name, allowsTree: false)
        guard let file else { preconditionFailure("only a tree has no file") }
        let range = try read.range(in: file)
        try await version.read(file, range: range, progress: progress) {
            (piece) throws(EngineError) in
            let (write, user) = function.value
            let answer = piece.withUnsafeBytes { bytes in
                Callback.run { write(user, bytes.baseAddress, bytes.count) }
            }
            guard answer == 0 else {
                throw EngineError(.cancelled, "the callback ended the read with \(answer)")
            }
        }
    } done: { _ in
    }
}

/// The caller's buffer.
private func lent(
    _ buffer: UnsafeMutableRawPointer?, _ capacity: Int
) throws(EngineError) -> Lent<UnsafeMutableRawBufferPointer> {
    guard capacity >= 0, buffer != nil || capacity == 0 else {
        throw EngineError(.usage, "the buffer is NULL, or its capacity no size")
    }
    return Lent(UnsafeMutableRawBufferPointer(start: buffer, count: capacity))
}

// MARK: - Versions

@_cdecl("pins_version_open")
public func exportVersionOpen(
    _ board: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ version: UnsafePointer<CChar>?,
    _ target: HandleTarget
) -> Int32 {
    guard let target else { return usage }
    let owner = Registry.find(board, Handle.self)
    let handle = Handle()
    target.pointee = Registry.add(handle)
    let arguments = Result { () throws(EngineError) in
        (
            try text(name, "the pin's name"),
            VersionSelector(try optionalText(version, "the version"))
        )
    }
    return handle.run { () async throws(EngineError) in
        guard let board = owner?.board else {
            throw EngineError(.usage, "the board's handle is no open board")
        }
        let (name, selector) = try arguments.get()
        return try await board.version(name, selector)
    } done: {
        handle.become(.version($0))
    }
}

@_cdecl("pins_version_meta")
public func exportVersionMeta(_ version: OpaquePointer?, _ json: TextTarget) -> Int32 {
    json?.pointee = nil
    return onVersion(version) { () throws(EngineError) in
    } _: { (version, _) throws(EngineError) in
        Documents.meta(version)
    } done: {
        give($0, to: json)
    }
}

@_cdecl("pins_version_data_txt")
public func exportVersionDataText(_ version: OpaquePointer?, _ target: TextTarget) -> Int32 {
    target?.pointee = nil
    return onVersion(version) { () throws(EngineError) in
    } _: { (version, _) throws(EngineError) in
        try version.plainDataText()
    } done: {
        give($0, to: target)
    }
}

@_cdecl("pins_version_read")
public func exportVersionRead(
    _ version: OpaquePointer?, _ file: UnsafePointer<CChar>?, _ start: UInt64,
    _ buffer: UnsafeMutableRawPointer?, _ capacity: Int, _ count: UnsafeMutablePointer<Int>?
) -> Int32 {
    count?.pointee = 0
    return onVersion(version) { () throws(EngineError) in
        (try optionalText(file, "the file"), try lent(buffer, capacity))
    } _: { (version, arguments) async throws(EngineError) in
        let (path, buffer) = arguments
        let file = try version.file(path)
        guard start <= file.byteCount else {
            throw EngineError(
                .usage, "byte \(start) is past the end of the file, which has \(file.byteCount)")
        }
        let range = start..<start + min(file.byteCount - start, UInt64(buffer.value.count))
        if !range.isEmpty {
            try await version.read(file, range: range, into: BufferSink(buffer: buffer))
        }
        return range.count
    } done: {
        count?.pointee = $0
    }
}

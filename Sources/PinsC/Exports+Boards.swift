public import CPins
internal import PinEngine
internal import PinStorage
internal import Pins
internal import PinsConnect
internal import PinsS3
internal import PinsWeb

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

// The functions of pins.h, in its order. What each does stands there; here stands how it comes to a
// `Board`. They are `public` because they are called by nobody but the linker.

/// The type of an out parameter for text.
public typealias TextTarget = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
/// The type of an out parameter for a handle.
public typealias HandleTarget = UnsafeMutablePointer<OpaquePointer?>?

private let usage = Int32(PINS_USAGE.rawValue)

/// The adapters of this process, made known once.
private enum Adapters {
    static let registered: Result<Void, EngineError> = {
        do throws(EngineError) {
            let cache = BoardCache(try CacheSettings.standard())
            BoardAdapters.register(WebBoards(cache: cache).adapter)
            let buckets = S3Boards(cache: cache)
            BoardAdapters.register(buckets.adapter)
            BoardAdapters.register(buckets.plainAdapter)
            BoardAdapters.register(ConnectBoards(cache: cache).adapter)
            return .success(())
        } catch {
            return .failure(error)
        }
    }()
}

/// Strings that live as long as the process.
private enum Constants {
    static let version = Lent(strdup("0.1.0"))
    static let empty = Lent(strdup(""))
    static let noHandle = Lent(strdup("this is no open handle"))
}

/// How a board is opened.
private struct Opening: Sendable {
    var settings = BoardSettings()
    let mode: pins_open_mode

    init(_ pointer: UnsafePointer<pins_open_options>?) throws(EngineError) {
        let options = try options(pointer, zero: pins_open_options(), "pins_open_options")
        guard (0...2).contains(options.mode) else {
            throw EngineError(.usage, "the mode \(options.mode) is not one of pins_open_mode")
        }
        mode = pins_open_mode(UInt32(options.mode))
        if options.level != 0 { settings.level = Int(options.level) }
        if options.chunk_average != 0 {
            settings.chunkAverageByteCount = Int(clamping: options.chunk_average)
        }
        if options.parity_percent != 0 { settings.parityPercent = Int(options.parity_percent) }
        settings.isSingleWriter = try flag(options.single_writer, "single_writer")
    }

    func board(_ location: String) async throws(EngineError) -> Board {
        try Adapters.registered.get()
        switch mode {
        case PINS_OPEN_EXISTING: return try await Board.open(location)
        case PINS_CREATE_NEW: return try await Board.create(location, settings)
        default: return try await Board.openOrCreate(location, settings)
        }
    }

    func board(_ backend: CBackend) async throws(EngineError) -> Board {
        let store = try await runBlocking { () async throws(EngineError) in
            try await self.store(backend)
        }
        return Board(location: backend.description, form: EngineBoard(store))
    }

    private func store(_ backend: CBackend) async throws(EngineError) -> Store {
        if mode != PINS_CREATE_NEW {
            do throws(EngineError) {
                return try await Store.open(on: backend)
            } catch  where error.code == .notFound && mode == PINS_OPEN_OR_CREATE {}
        }
        do throws(EngineError) {
            return try await Store.create(
                on: backend, chunker: settings.chunker, level: settings.level,
                isSingleWriter: settings.isSingleWriter, parityPercent: settings.parityPercent)
        } catch let failure where failure.code == .cannotCreate && mode == PINS_OPEN_OR_CREATE {
            // Another program may have made it in the meantime.
            guard let store = try? await Store.open(on: backend) else { throw failure }
            return store
        }
    }
}

@_cdecl("pins_open")
public func exportOpen(
    _ location: UnsafePointer<CChar>?, _ options: UnsafePointer<pins_open_options>?,
    _ target: HandleTarget
) -> Int32 {
    guard let target else { return usage }
    let arguments = Result { () throws(EngineError) in
        (try text(location, "the location"), try Opening(options))
    }
    let handle = Handle(location: (try? arguments.get())?.0)
    target.pointee = Registry.add(handle)
    return handle.run { () async throws(EngineError) in
        let (location, opening) = try arguments.get()
        return try await opening.board(location)
    } done: {
        handle.become(.board($0))
    }
}

@_cdecl("pins_open_backend")
public func exportOpenBackend(
    _ backend: UnsafePointer<pins_backend>?, _ options: UnsafePointer<pins_open_options>?,
    _ target: HandleTarget
) -> Int32 {
    guard let target else { return usage }
    let handle = Handle()
    target.pointee = Registry.add(handle)
    let arguments = Result { () throws(EngineError) in
        guard let backend else { throw EngineError(.usage, "pins_backend is NULL") }
        return (try CBackend(backend), try Opening(options))
    }
    return handle.run { () async throws(EngineError) in
        let (backend, opening) = try arguments.get()
        return try await opening.board(backend)
    } done: {
        handle.become(.board($0))
    }
}

@_cdecl("pins_share")
public func exportShare(_ pointer: OpaquePointer?, _ target: HandleTarget) -> Int32 {
    guard let target else { return usage }
    let old = Registry.find(pointer, Handle.self)
    let handle = Handle(location: old?.location)
    target.pointee = Registry.add(handle)
    return handle.run { () async throws(EngineError) in
        guard let board = old?.board else {
            throw EngineError(.usage, "what is to be shared is no open board")
        }
        return board
    } done: {
        handle.become(.board($0))
    }
}

@_cdecl("pins_close")
public func exportClose(_ pointer: OpaquePointer?) -> Int32 {
    guard let pointer else { return Int32(PINS_OK.rawValue) }
    guard let handle = Registry.find(pointer, Handle.self) else { return usage }
    handle.cancel()
    Registry.remove(pointer)
    return Int32(PINS_OK.rawValue)
}

@_cdecl("pins_message")
public func exportMessage(_ pointer: OpaquePointer?) -> UnsafePointer<CChar>? {
    guard let handle = Registry.find(pointer, Handle.self) else {
        return UnsafePointer(Constants.noHandle.value)
    }
    return handle.message ?? UnsafePointer(Constants.empty.value)
}

@_cdecl("pins_cancel")
public func exportCancel(_ pointer: OpaquePointer?) -> Int32 {
    guard let handle = Registry.find(pointer, Handle.self) else { return usage }
    handle.cancel()
    return Int32(PINS_OK.rawValue)
}

@_cdecl("pins_free")
public func exportFree(_ text: UnsafeMutableRawPointer?) { free(text) }

@_cdecl("pins_library_version")
public func exportLibraryVersion() -> UnsafePointer<CChar>? {
    UnsafePointer(Constants.version.value)
}

@_cdecl("pins_sink_bytes")
public func exportSinkBytes(
    _ pointer: OpaquePointer?, _ bytes: UnsafeRawPointer?, _ count: Int
) -> Int32 {
    guard let sink = Registry.find(pointer, Sink.self), count >= 0, bytes != nil || count == 0
    else { return usage }
    let isAdded = sink.add(UnsafeRawBufferPointer(start: bytes, count: count))
    return isAdded ? Int32(PINS_OK.rawValue) : usage
}

@_cdecl("pins_sink_object")
public func exportSinkObject(
    _ pointer: OpaquePointer?, _ key: UnsafePointer<CChar>?, _ byteCount: UInt64,
    _ modified: Int64
) -> Int32 {
    guard let sink = Registry.find(pointer, Sink.self), let key,
        let text = String(validatingCString: key)
    else { return usage }
    // Other objects may lie in the same place: they are none of ours.
    guard let key = try? ObjectKey(validating: text) else { return Int32(PINS_OK.rawValue) }
    sink.add(
        ObjectStat(
            key: key, byteCount: Int(clamping: byteCount), modified: modified == 0 ? nil : modified)
    )
    return Int32(PINS_OK.rawValue)
}

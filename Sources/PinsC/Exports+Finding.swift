public import CPins
internal import PinEngine
internal import Pins
internal import PinsDocuments

private let usage = Int32(PINS_USAGE.rawValue)

@_cdecl("pins_meta")
public func exportMeta(
    _ board: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ version: UnsafePointer<CChar>?,
    _ json: TextTarget
) -> Int32 {
    answer(board, json, Documents.meta) { (_) throws(EngineError) in
        (
            try text(name, "the pin's name"),
            VersionSelector(try optionalText(version, "the version"))
        )
    } _: { (board, arguments) async throws(EngineError) in
        try await board.version(arguments.0, arguments.1)
    }
}

@_cdecl("pins_versions")
public func exportVersions(
    _ board: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ json: TextTarget
) -> Int32 {
    answer(board, json, Documents.versions) { (_) throws(EngineError) in
        try text(name, "the pin's name")
    } _: { (board, name) async throws(EngineError) in
        try await board.versions(name)
    }
}

@_cdecl("pins_list")
public func exportList(
    _ board: OpaquePointer?, _ words: UnsafePointer<CChar>?, _ json: TextTarget
) -> Int32 {
    answer(board, json, Documents.pins) { (_) throws(EngineError) in
        try optionalText(words, "the text")
    } _: { (board, text) async throws(EngineError) in
        guard let text else { return try await board.list() }
        return try await board.search(text)
    }
}

@_cdecl("pins_diff")
public func exportDiff(
    _ board: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ since: UnsafePointer<CChar>?,
    _ version: UnsafePointer<CChar>?, _ json: TextTarget
) -> Int32 {
    answer(board, json, Documents.diff) { (_) throws(EngineError) in
        (
            try text(name, "the pin's name"),
            VersionSelector(try optionalText(since, "the older version")),
            VersionSelector(try optionalText(version, "the version"))
        )
    } _: { (board, arguments) async throws(EngineError) in
        try await board.diff(arguments.0, arguments.1, arguments.2)
    }
}

@_cdecl("pins_stats")
public func exportStats(
    _ board: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ json: TextTarget
) -> Int32 {
    answer(board, json, Documents.statistics) { (_) throws(EngineError) in
        try optionalText(name, "the pin's name")
    } _: { (board, name) async throws(EngineError) in
        try await board.statistics(name)
    }
}

// MARK: - Changing

@_cdecl("pins_label")
public func exportLabel(
    _ board: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ label: UnsafePointer<CChar>?,
    _ version: UnsafePointer<CChar>?
) -> Int32 {
    onBoard(board) { (_) throws(EngineError) in
        (
            try text(name, "the pin's name"), try text(label, "the label"),
            VersionSelector(try optionalText(version, "the version"))
        )
    } _: { (board, arguments) async throws(EngineError) in
        let (name, label, selector) = arguments
        return try await board.setLabel(label, of: name, to: selector)
    } done: { _ in
    }
}

@_cdecl("pins_unlabel")
public func exportUnlabel(
    _ board: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ label: UnsafePointer<CChar>?
) -> Int32 {
    onBoard(board) { (_) throws(EngineError) in
        (try text(name, "the pin's name"), try text(label, "the label"))
    } _: { (board, arguments) async throws(EngineError) in
        try await board.removeLabel(arguments.1, of: arguments.0)
    } done: { _ in
    }
}

@_cdecl("pins_delete")
public func exportDelete(
    _ board: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ version: UnsafePointer<CChar>?,
    _ json: TextTarget
) -> Int32 {
    answer(board, json, Documents.texts) { (_) throws(EngineError) in
        (try text(name, "the pin's name"), try optionalText(version, "the version"))
    } _: { (board, arguments) async throws(EngineError) in
        let (name, version) = arguments
        return try await board.delete(name, version: version.map { VersionSelector($0) })
    }
}

@_cdecl("pins_prune")
public func exportPrune(
    _ board: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ keep: UInt64, _ json: TextTarget
) -> Int32 {
    answer(board, json, Documents.texts) { (_) throws(EngineError) in
        try text(name, "the pin's name")
    } _: { (board, name) async throws(EngineError) in
        try await board.prune(name, .keep(Int(clamping: keep)))
    }
}

@_cdecl("pins_prune_by")
public func exportPruneBy(
    _ board: OpaquePointer?, _ name: UnsafePointer<CChar>?,
    _ pointer: UnsafePointer<pins_prune_options>?, _ json: TextTarget
) -> Int32 {
    answer(board, json, Documents.texts) { (_) throws(EngineError) in
        let given = try options(pointer, zero: pins_prune_options(), "pins_prune_options")
        return (
            try text(name, "the pin's name"), try rule(given),
            try flag(given.dry_run, "dry_run")
        )
    } _: { (board, arguments) async throws(EngineError) in
        try await board.prune(arguments.0, arguments.1, isDryRun: arguments.2)
    }
}

/// The one rule that the options have.
private func rule(_ given: pins_prune_options) throws(EngineError) -> PruneRule {
    switch (given.keep, try flag(given.by_days, "by_days")) {
    case (1..., false) where given.days == 0: return .keep(Int(clamping: given.keep))
    case (0, true): return .days(Int(clamping: given.days))
    default:
        throw EngineError(
            .usage, "set either 'keep', at least 1, or 'days' with 'by_days', in the options")
    }
}

// MARK: - Maintaining

@_cdecl("pins_gc")
public func exportCollect(
    _ board: OpaquePointer?, _ pointer: UnsafePointer<pins_gc_options>?, _ json: TextTarget
) -> Int32 {
    answer(board, json, { $0 }) { (handle) throws(EngineError) in
        let given = try options(pointer, zero: pins_gc_options(), "pins_gc_options")
        var options = CollectionOptions()
        if given.grace != 0 { options.graceSeconds = max(0, given.grace) }
        options.isExclusive = try flag(given.exclusive, "exclusive")
        options.isDryRun = try flag(given.dry_run, "dry_run")
        return (options, progress(given.progress, given.progress_user, handle))
    } _: { (board, arguments) async throws(EngineError) in
        let report = try await board.collect(arguments.0, progress: arguments.1)
        return Documents.collection(report, isDryRun: arguments.0.isDryRun)
    }
}

@_cdecl("pins_verify")
public func exportVerify(
    _ pointer: OpaquePointer?, _ given: UnsafePointer<pins_verify_options>?, _ json: TextTarget
) -> Int32 {
    json?.pointee = nil
    guard let handle = Registry.find(pointer, Handle.self) else { return usage }
    let arguments = Result { () throws(EngineError) in
        let given = try options(given, zero: pins_verify_options(), "pins_verify_options")
        var options = VerifyOptions()
        options.readsData = try flag(given.data, "data")
        options.repairs = try flag(given.repair, "repair")
        return (options, progress(given.progress, given.progress_user, handle))
    }
    var isSound = true
    let status = handle.run { () async throws(EngineError) in
        let (options, progress) = try arguments.get()
        // By its place, so that one that is too damaged to be opened is looked at as well.
        if let location = handle.location {
            return try await Board.verify(location, options, progress: progress)
        }
        guard let board = handle.board else {
            throw EngineError(.usage, "this handle is no open board")
        }
        return try await board.form.verify(options, progress: progress)
    } done: {
        isSound = $0.isSound
        give(Documents.verification($0), to: json)
    }
    return status == Int32(PINS_OK.rawValue) && !isSound
        ? handle.fail(
            EngineError(.corrupt, "the board is damaged; the document says what is hurt")) : status
}

@_cdecl("pins_copy")
public func exportCopy(
    _ source: OpaquePointer?, _ destination: OpaquePointer?, _ name: UnsafePointer<CChar>?,
    _ pointer: UnsafePointer<pins_copy_options>?, _ json: TextTarget
) -> Int32 {
    let source = Registry.find(source, Handle.self)?.board
    return answer(destination, json, Documents.copy) { (handle) throws(EngineError) in
        let given = try options(pointer, zero: pins_copy_options(), "pins_copy_options")
        return (
            try optionalText(name, "the pin's name"), try flag(given.latest, "latest"),
            progress(given.progress, given.progress_user, handle)
        )
    } _: { (board, arguments) async throws(EngineError) in
        guard let source else { throw EngineError(.usage, "the source is no open board") }
        let (name, latest, progress) = arguments
        var copy = BoardCopy(from: source, to: board)
        copy.pins = name.map { [$0] }
        copy.latestOnly = latest
        return try await copy.run(progress: progress)
    }
}

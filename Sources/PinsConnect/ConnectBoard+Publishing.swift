internal import PinEngine
internal import PinFormat
internal import PinStorage
internal import Pins
internal import PinsHTTP

/// The requests that make a version.
extension ConnectBoard {
    /// How often a bundle is sent when it may not have arrived.
    private static let uploadCount = 3
    /// How often a task is asked for: each time the server waits up to ten seconds.
    private static let pollCount = 360

    /// Sends a version, and makes it the latest one. What was there before is touched only after
    /// that.
    func publish(
        _ packed: Packed, _ target: Target, _ request: WriteRequest, _ progress: ProgressHandler?
    ) async throws(EngineError) -> WrittenVersion {
        let (content, isNew) = try await content(target, packed.metadata)
        let bundle: ConnectModels.Number
        do throws(EngineError) {
            try await narrowAccess(content)
            bundle = try await upload(packed.bundle, content.guid, progress)
            try await deploy(bundle, content.guid, target, progress)
        } catch {
            // An item without a version would be in everybody's way.
            if isNew { await uncancelled { try? await client.deleteContent(content.guid) } }
            throw error
        }
        try await settle(content, isNew: isNew, target, packed.metadata, bundle)
        let place = ConnectPlace(pin: target.pin, guid: content.guid, bundle: bundle)
        return written(packed, target, version: place.bundle.text, request)
    }

    private func content(
        _ target: Target, _ metadata: PlainMetadata
    ) async throws(EngineError) -> (ConnectModels.Content, isNew: Bool) {
        if let found = target.found { return (found.content, false) }
        return try await client.create(
            target.shortName, owner: target.me.guid,
            [
                "access_type": (settings.access ?? .acl).rawValue,
                "title": metadata.title ?? "",
                "description": metadata.description ?? "",
            ])
    }

    /// Before new data can be seen by those who are not to see it.
    private func narrowAccess(_ content: ConnectModels.Content) async throws(EngineError) {
        guard let wanted = settings.access, let now = content.access_type,
            wanted.rank < ConnectAccess(rawValue: now)?.rank ?? 0
        else { return }
        try await client.change(content.guid, ["access_type": wanted.rawValue])
    }

    // MARK: - Upload

    private func upload(
        _ bundle: PackedBundle, _ guid: String, _ progress: ProgressHandler?
    ) async throws(EngineError) -> ConnectModels.Number {
        let total = bundle.byteCount
        let sent: @Sendable (UInt64) -> Void = { count in
            progress?(Progress(phase: .copying, done: count, total: total))
        }
        var attempt = 1
        while true {
            do throws(ConnectRefusal) {
                let response = try await send(bundle, guid, sent)
                do throws(EngineError) {
                    return try client.decode(
                        ConnectModels.Bundle.self, response, "take a version of the pin"
                    ).id
                } catch {
                    throw ConnectRefusal(error)
                }
            } catch {
                // Sent twice it is there twice, and only one is ever made the active one.
                guard error.isUncertain || error.status == 429, attempt < Self.uploadCount else {
                    throw error.status == 413 ? tooLarge(error, total) : error.engineError
                }
                let wait = error.retryAfterSeconds.map { min($0, 60) * 1_000 } ?? 500 << attempt
                await pause.pause(milliseconds: wait)
                if Task.isCancelled { throw EngineError(.cancelled, "the write was interrupted") }
                attempt += 1
            }
        }
    }

    /// What the limit sees is what is sent, which is compressed.
    private func tooLarge(_ refusal: ConnectRefusal, _ byteCount: UInt64) -> EngineError {
        let advice =
            settings.bundle == .plain
            ? "; with '--bundle engine' the data are deduplicated as well, and read with "
                + "swift-pins alone" : ""
        return EngineError(
            .cannotCreate,
            "\(refusal.engineError.message); the bundle has \(byteCount) bytes, compressed"
                + advice,
            object: refusal.engineError.object)
    }

    private func send(
        _ bundle: PackedBundle, _ guid: String, _ sent: @escaping @Sendable (UInt64) -> Void
    ) async throws(ConnectRefusal) -> HTTPResponse {
        let what = "take a version of the pin"
        let length = Int(clamping: bundle.byteCount)
        if bundle.isSelfContained {
            let body = HTTPBody.stream(byteCount: length) {
                StoredBundleReader(bundle, progress: sent)
            }
            return try await client.answer(
                client.uploadRequest(guid, body, byteCount: bundle.byteCount, settings), what,
                isOnce: true)
        }
        let queue = BundleQueue()
        let body = HTTPBody.stream(byteCount: length) { () throws(HTTPError) in try queue.open() }
        let request = client.uploadRequest(guid, body, byteCount: bundle.byteCount, settings)
        async let making = outcome { () async throws(EngineError) in
            // Its files are read again, which blocks.
            try await runBlocking { () async throws(EngineError) in
                try await bundle.send(into: queue, progress: sent)
            }
        }
        let answer = await outcome { () async throws(ConnectRefusal) in
            try await client.answer(request, what, isOnce: true)
        }
        queue.close()
        let made = await making
        if case .failure(let refusal) = answer, queue.isReopened {
            throw ConnectRefusal(refusal.engineError, isUncertain: true)
        }
        // Why a file could not be read says more than that the upload was given up.
        if case .failure(let error) = made, case .failure = answer, error.code != .cancelled {
            throw ConnectRefusal(error, isUncertain: false)
        }
        return try answer.get()
    }

    // MARK: - Deployment

    private func deploy(
        _ bundle: ConnectModels.Number, _ guid: String, _ target: Target,
        _ progress: ProgressHandler?
    ) async throws(EngineError) {
        do throws(EngineError) {
            let task = try await client.deploy(guid, bundle)
            try await wait(for: task, progress)
        } catch {
            // A lost answer is no failure: what counts is which bundle is active. Of one that is
            // not, pins for Python would think that it is the latest version.
            let isActive = await uncancelled {
                if let now = try? await client.content(guid), now.bundle_id == bundle {
                    return true
                }
                try? await client.deleteBundle(guid, bundle)
                return false
            }
            if isActive { return }
            guard error.code != .cancelled else { throw error }
            let stands =
                target.latest.map { "; version '\($0.place.bundle.text)' is still the latest" }
                ?? ""
            throw EngineError(
                error.code,
                "version '\(bundle.text)' of pin '\(target.pin)' was not deployed: "
                    + "\(error.message)\(stands)",
                object: target.pin)
        }
    }

    /// Makes an older bundle the active one.
    func activate(_ bundle: ConnectModels.Number, _ guid: String) async throws(EngineError) {
        try await wait(for: try await client.deploy(guid, bundle), nil)
    }

    private func wait(
        for task: String, _ progress: ProgressHandler?
    ) async throws(EngineError) {
        var last = 0
        for poll in 0..<Self.pollCount {
            let state = try await client.task(task, after: last)
            if state.finished {
                guard state.code ?? 0 == 0 else {
                    let said = Names.printable(state.error ?? "").shortened(to: 300)
                    throw EngineError(.ioError, "the server says: \(said)")
                }
                return
            }
            last = state.last ?? last
            progress?(Progress(phase: .committing, done: UInt64(clamping: last), total: nil))
            if Task.isCancelled { throw EngineError(.cancelled, "the write was interrupted") }
            // A server that does not wait is not asked without end.
            await pause.pause(milliseconds: min(50 * (poll + 1), 1_000))
        }
        throw EngineError(.unavailable, "the deployment does not end; look at the server's page")
    }

    // MARK: - Afterwards

    /// Keeps title, description and access in step, and removes what was replaced.
    private func settle(
        _ content: ConnectModels.Content, isNew: Bool, _ target: Target,
        _ metadata: PlainMetadata, _ bundle: ConnectModels.Number
    ) async throws(EngineError) {
        var fields: [String: String] = [:]
        if !isNew {
            let title = metadata.title ?? ""
            let description = metadata.description ?? ""
            if title != content.title ?? "" { fields["title"] = title }
            if description != content.description ?? "" { fields["description"] = description }
            if let wanted = settings.access, let now = content.access_type,
                wanted.rank > ConnectAccess(rawValue: now)?.rank ?? 0
            {
                fields["access_type"] = wanted.rawValue
            }
        }
        do throws(EngineError) {
            if !fields.isEmpty { try await client.change(content.guid, fields) }
            if let old = target.replaced, old != bundle {
                try await client.deleteBundle(content.guid, old)
            }
        } catch {
            BoardWarnings.warn(
                "version '\(bundle.text)' of pin '\(target.pin)' was written, but not all that "
                    + "goes with it: \(error.message)")
            if fields["access_type"] != nil || target.replaced != nil { throw error }
        }
    }
}

extension ConnectRefusal {
    init(_ error: EngineError, isUncertain: Bool) {
        self.init(status: 0, code: nil, engineError: error, isUncertain: isUncertain)
    }
}

/// What an asynchronous call came to.
private func outcome<Success: Sendable, Failure: Error>(
    _ body: @Sendable () async throws(Failure) -> Success
) async -> Result<Success, Failure> {
    do throws(Failure) {
        return .success(try await body())
    } catch {
        return .failure(error)
    }
}

/// Tidies up also where the task itself was cancelled, as by an interrupt.
private func uncancelled<Value: Sendable>(
    _ body: @escaping @Sendable () async -> Value
) async -> Value {
    await Task { await body() }.value
}

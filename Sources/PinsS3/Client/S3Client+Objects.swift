internal import PinsHTTP

// Objects: reading, writing, removing.
extension S3Client {
    /// What a HEAD says.
    struct Head: Sendable {
        let byteCount: Int
        let modifiedSeconds: Int64?
        let tag: String?
    }

    /// Reads a whole object of at most `limit` bytes.
    func get(_ key: String, limit: Int) async throws(S3Error) -> [UInt8] {
        var call = S3Call(.get, key)
        call.limit = limit
        let answer = try await send(call)
        guard answer.response.status == 200 else { throw unexpected(answer, call) }
        return answer.body
    }

    /// Reads a range that is not empty.
    ///
    /// - Parameter tag: The tag that the object must still have, for objects that may change.
    func get(
        _ key: String, range: Range<Int>, ifTag tag: String? = nil
    ) async throws(S3Error) -> [UInt8] {
        var call = S3Call(.get, key)
        call.headers["Range"] = "bytes=\(range.lowerBound)-\(range.upperBound - 1)"
        if let tag { call.headers["If-Match"] = tag }
        call.limit = range.count
        let answer: S3Answer
        do throws(S3Error) {
            answer = try await send(call)
        } catch  where error.code == .refused && error.status == 400 {
            // Some services call a range that goes past the end a bad request.
            let head = try await head(key)
            throw head.byteCount < range.upperBound ? outside(key, range) : error
        }
        // Some services answer a part with 200; one that sends all of it is found by the length.
        guard answer.body.count == range.count else { throw outside(key, range) }
        if let said = answer.headers["Content-Range"] {
            guard said.hasPrefix("bytes \(range.lowerBound)-") else {
                throw unexpected(answer, call)
            }
        } else {
            guard answer.response.status == 200, range.lowerBound == 0 else {
                throw unexpected(answer, call)
            }
        }
        return answer.body
    }

    /// Asks for an object's size.
    ///
    /// - Throws: ``S3Error/Code/notFound``.
    func head(_ key: String) async throws(S3Error) -> Head {
        let answer = try await send(S3Call(.head, key))
        guard let byteCount = answer.response.head.contentLength, byteCount >= 0 else {
            throw unexpected(answer, S3Call(.head, key))
        }
        let modified = answer.headers["Last-Modified"].flatMap { HTTPDate($0) }
        return Head(
            byteCount: byteCount, modifiedSeconds: modified?.secondsSince1970,
            tag: answer.headers["ETag"])
    }

    /// Writes an object in one request; the service compares its SHA-256.
    ///
    /// - Parameter ifAbsent: Only if there is none: ``S3Error/Code/precondition`` otherwise.
    /// - Returns: Whether an earlier try may have written it.
    @discardableResult
    func put(_ key: String, _ bytes: [UInt8], ifAbsent: Bool) async throws(S3Error) -> Bool {
        var call = S3Call(.put, key)
        call.setBody(bytes)
        call.headers["Content-Type"] = "application/octet-stream"
        if ifAbsent { call.headers["If-None-Match"] = "*" }
        return try await send(call).followsLostTry
    }

    /// Removes an object. One that is absent is a success.
    func delete(_ key: String) async throws(S3Error) {
        do throws(S3Error) {
            _ = try await send(S3Call(.delete, key))
        } catch  where error.code == .notFound {
            return
        }
    }

    // MARK: - Errors

    func outside(_ key: String, _ range: Range<Int>) -> S3Error {
        S3Error(
            .range,
            "bytes \(range.lowerBound)..<\(range.upperBound) of \(key) were asked for, which "
                + "\(description) does not have")
    }

    func unexpected(_ answer: S3Answer, _ call: S3Call) -> S3Error {
        S3Error(
            .foreign, status: answer.response.status,
            "\(description) answers \(call.name) as no S3 service does (status "
                + "\(answer.response.status)); check the endpoint")
    }
}

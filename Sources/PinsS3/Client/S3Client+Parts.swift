internal import PinsHTTP

// Objects in parts (multipart uploads), and copies inside the service.
extension S3Client {
    /// An object whose parts go up one by one. Nobody sees it before the end.
    struct PartUpload: Sendable {
        let key: String
        let id: String
        fileprivate(set) var tags: [String] = []
    }

    /// The most parts of an object.
    static let partCountMax = 10_000

    func beginParts(_ key: String) async throws(S3Error) -> PartUpload {
        var call = S3Call(.post, key)
        call.query = [("uploads", "")]
        call.headers["Content-Type"] = "application/octet-stream"
        let answer = try await send(call)
        guard let document = try? XMLReader.read(answer.body), let id = document["UploadId"],
            !id.isEmpty, id.utf8.count <= 2_048
        else { throw unexpected(answer, call) }
        return PartUpload(key: key, id: id)
    }

    func add(_ bytes: [UInt8], to upload: inout PartUpload) async throws(S3Error) {
        precondition(upload.tags.count < Self.partCountMax, "an object has at most 10,000 parts")
        var call = S3Call(.put, upload.key)
        call.query = [("partNumber", "\(upload.tags.count + 1)"), ("uploadId", upload.id)]
        call.setBody(bytes)
        let answer = try await send(call)
        guard let tag = answer.headers["ETag"] else { throw unexpected(answer, call) }
        upload.tags.append(tag)
    }

    /// Puts the parts together.
    ///
    /// - Returns: Whether an earlier try may have done it.
    func finish(_ upload: PartUpload, ifAbsent: Bool) async throws(S3Error) -> Bool {
        var text = #"<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">"#
        for (index, tag) in upload.tags.enumerated() {
            let tag = Self.escaped(tag) ?? ""
            text += "<Part><PartNumber>\(index + 1)</PartNumber><ETag>\(tag)</ETag></Part>"
        }
        var call = S3Call(.post, upload.key)
        call.query = [("uploadId", upload.id)]
        call.setBody(Array((text + "</CompleteMultipartUpload>").utf8))
        // This checksum would be taken for that of the object.
        call.headers["x-amz-checksum-sha256"] = nil
        call.headers["Content-Type"] = "application/xml"
        if ifAbsent { call.headers["If-None-Match"] = "*" }
        let answer = try await send(call)
        guard let document = try? XMLReader.read(answer.body),
            document.name == "CompleteMultipartUploadResult"
        else { throw unexpected(answer, call) }
        return answer.followsLostTry
    }

    /// Frees the parts of an upload that is given up, as far as that works.
    func abandon(_ upload: PartUpload) async {
        var call = S3Call(.delete, upload.key)
        call.query = [("uploadId", upload.id)]
        _ = try? await send(call)
    }
}

internal import PinsHTTP

// Copies inside the service.
extension S3Client {
    /// The largest object that one request copies.
    static let copyByteCountMax = 5 << 30

    /// Copies an object inside the bucket.
    ///
    /// - Throws: ``S3Error/Code/notFound``, ``S3Error/Code/notSupported``.
    func copy(_ source: String, to key: String) async throws(S3Error) {
        var call = S3Call(.put, key)
        call.headers["x-amz-copy-source"] = "/\(bucket)/" + SignatureV4.path(source)
        let answer = try await send(call)
        guard let document = try? XMLReader.read(answer.body),
            document.name == "CopyObjectResult"
        else { throw unexpected(answer, call) }
    }
}

internal import PinsHTTP

// Listings, and removing many objects at once.
extension S3Client {
    /// An object of a listing.
    struct Listed: Sendable, Hashable {
        let key: String
        let byteCount: Int
        let modifiedSeconds: Int64?
        let tag: String?
    }

    /// One answer of a listing.
    struct Listing: Sendable {
        var objects: [Listed] = []
        /// What stands before a delimiter, each once.
        var folders: [String] = []
        /// Asks for the next page; `nil` on the last.
        var next: String?
    }

    /// How many keys one request may name.
    static let pageCountMax = 1_000

    /// Lists objects by the bytes of their keys.
    ///
    /// - Parameters:
    ///   - after: Only keys greater than this one.
    ///   - delimiter: Keys that have it behind the prefix come as folders.
    ///   - token: What the page before gave.
    func list(
        prefix: String, after: String? = nil, delimiter: String? = nil, token: String? = nil
    ) async throws(S3Error) -> Listing {
        var call = S3Call(.get, nil)
        call.query = [("list-type", "2"), ("prefix", prefix), ("encoding-type", "url")]
        if let after { call.query.append(("start-after", after)) }
        if let delimiter { call.query.append(("delimiter", delimiter)) }
        if let token { call.query.append(("continuation-token", token)) }
        let answer = try await send(call)
        let document: XMLElement
        do throws(XMLFailure) {
            document = try XMLReader.read(answer.body)
        } catch {
            throw S3Error(
                .foreign, "\(description) answers a listing that cannot be read: \(error.what)")
        }
        guard let listing = Self.listing(document) else {
            throw S3Error(
                .foreign,
                "\(description) answers a listing with a document '\(document.name)' that is none")
        }
        return listing
    }

    /// Reads a listing; `nil` if it is none.
    static func listing(_ document: XMLElement) -> Listing? {
        guard document.name == "ListBucketResult" else { return nil }
        let isEncoded = document["EncodingType"] == "url"
        func plain(_ text: String) -> String? { isEncoded ? decoded(text) : text }
        var listing = Listing()
        for entry in document.all("Contents") {
            guard let key = entry["Key"].flatMap(plain), let size = entry["Size"],
                let byteCount = Int(size), byteCount >= 0
            else { return nil }
            listing.objects.append(
                Listed(
                    key: key, byteCount: byteCount,
                    modifiedSeconds: entry["LastModified"]
                        .flatMap { CalendarTime(rfc3339: $0) }?.secondsSince1970,
                    tag: entry["ETag"]))
        }
        for entry in document.all("CommonPrefixes") {
            guard let folder = entry["Prefix"].flatMap(plain) else { return nil }
            listing.folders.append(folder)
        }
        guard document["IsTruncated"] == "true" else { return listing }
        guard let next = document["NextContinuationToken"], !next.isEmpty else { return nil }
        listing.next = next
        return listing
    }

    /// A key as it is, of one that was encoded for a URL; `nil` if it is not UTF-8.
    static func decoded(_ text: String) -> String? {
        var out: [UInt8] = []
        let bytes = Array(text.utf8)
        var index = 0
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "%"):
                guard index + 2 < bytes.count, let high = hex(bytes[index + 1]),
                    let low = hex(bytes[index + 2])
                else { return nil }
                out.append(high << 4 | low)
                index += 3
                continue
            case UInt8(ascii: "+"): out.append(UInt8(ascii: " "))
            default: out.append(bytes[index])
            }
            index += 1
        }
        return String(validating: out, as: UTF8.self)
    }

    private static func hex(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    // MARK: - Removing many

    /// Removes objects, a thousand with each request; one by one where the service cannot do that.
    func delete(_ keys: [String]) async throws(S3Error) {
        for start in stride(from: 0, to: keys.count, by: Self.pageCountMax) {
            let page = keys[start..<min(start + Self.pageCountMax, keys.count)]
            do throws(S3Error) {
                try await delete(page: page)
            } catch  where error.code == .notSupported {
                for key in page { try await delete(key) }
            }
        }
    }

    private func delete(page: ArraySlice<String>) async throws(S3Error) {
        var text = #"<?xml version="1.0" encoding="UTF-8"?>"#
        text += #"<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Quiet>true</Quiet>"#
        var isEmpty = true
        for key in page {
            // What XML cannot say at all goes one by one.
            guard let escaped = Self.escaped(key) else {
                try await delete(key)
                continue
            }
            text += "<Object><Key>\(escaped)</Key></Object>"
            isEmpty = false
        }
        if isEmpty { return }
        var call = S3Call(.post, nil)
        call.query = [("delete", "")]
        call.setBody(Array((text + "</Delete>").utf8))
        call.headers["Content-Type"] = "application/xml"
        let answer = try await send(call)
        let document = try? XMLReader.read(answer.body)
        guard let document, document.name == "DeleteResult" else { throw unexpected(answer, call) }
        guard let failed = document.all("Error").first else { return }
        throw S3Error(
            failed["Code"] == "AccessDenied" ? .denied : .refused,
            "\(description) does not remove \(failed["Key"] ?? "an object"): "
                + "\(failed["Code"] ?? "") \(failed["Message"] ?? "")")
    }

    /// Text between tags; `nil` if it has characters that no document may have.
    static func escaped(_ text: String) -> String? {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            case "\t", "\n", "\r": out += "&#\(scalar.value);"
            default:
                guard scalar.value >= 0x20, scalar.value & 0xFFFE != 0xFFFE else { return nil }
                out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}

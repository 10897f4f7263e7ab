package import PinEngine
package import PinFormat

/// Metadata of plain boards in the words of every kind of board, and back.
extension PlainMetadata {
    /// Keys of the JSON that remembers a `data.txt`.
    private enum OriginKey {
        static let layout = "layout"
        static let version = "version"
        static let pinHash = "pin_hash"
        static let text = "data_txt"
    }

    /// What a version says about itself; what has no place in it is in `originJSON`.
    package func versionMetadata(version: String) -> VersionMetadata {
        var remarks = YAMLNode.Remarks()
        var userJSON: [UInt8]?
        if let user {
            let json = user.json(&remarks)
            if case .object(let members) = json {
                userJSON = members.isEmpty ? nil : json.encoded
            } else {
                // Metadata are an object everywhere else.
                userJSON = JSONValue.object([JSONValue.Member("user", json)]).encoded
            }
        }
        let created =
            createdSeconds ?? VersionName.seconds(of: version)
            ?? PlainTime.seconds(String(version.prefix(16))) ?? 0
        return VersionMetadata(
            createdSeconds: created, type: types.first ?? "file", title: title,
            description: description, tags: tags, urls: urls, userJSON: userJSON,
            originJSON: origin(version).encoded)
    }

    /// The file as it stood, for boards that keep other things than files.
    private func origin(_ version: String) -> JSONValue {
        .object([
            JSONValue.Member(OriginKey.layout, .string("plain")),
            JSONValue.Member(OriginKey.version, .string(version)),
            JSONValue.Member(OriginKey.pinHash, pinHash.map { .string($0) } ?? .null),
            JSONValue.Member(OriginKey.text, .string(text)),
        ])
    }

    /// The metadata of a version to be written; `data.txt` is the one it once had, if it has come
    /// from a plain board and nothing has changed, and else keeps what we do not know from there.
    package static func make(
        files: [String], sizes: [UInt64], hashes: [String], _ metadata: VersionMetadata
    ) throws(EngineError) -> PlainMetadata {
        let origin = origin(of: metadata)
        var (files, sizes, hashes) = (files, sizes, hashes)
        if let origin, Set(origin.files) == Set(files), origin.files.count == files.count {
            // The order of the files is a part of the hash.
            let places = origin.files.compactMap { files.firstIndex(of: $0) }
            (files, sizes, hashes) = (
                places.map { files[$0] }, places.map { sizes[$0] }, places.map { hashes[$0] }
            )
        }
        var made = PlainMetadata(
            files: files, sizes: sizes, pinHash: PlainHash.pinHash(hashes), metadata,
            user: try userValue(metadata.userJSON))
        guard let origin else { return made }
        if origin.files == files, let recorded = origin.pinHash,
            PlainHash.matches(recorded, hashes)
        {
            // The rule of R for several files is as good as ours.
            made.pinHash = recorded
        }
        let isSame = origin.says(metadata) && origin.files == files
        if isSame, origin.pinHash == made.pinHash, origin.apiVersion == apiVersion { return origin }
        let types = origin.types.first == metadata.type ? origin.types : made.types
        made.keep(origin.unknown, types: types)
        return made
    }

    /// Whether it says the same as the metadata of a version, but for what that came from.
    private func says(_ metadata: VersionMetadata) -> Bool {
        var (mine, other) = (versionMetadata(version: ""), metadata)
        (mine.originJSON, other.originJSON) = (nil, nil)
        let isSameUser = Self.isSameJSON(mine.userJSON, other.userJSON)
        (mine.userJSON, other.userJSON) = (nil, nil)
        return isSameUser && mine.canonical == other.canonical && createdSeconds != nil
    }

    /// Whether two objects are equal, whatever their white space.
    package static func isSameJSON(_ left: [UInt8]?, _ right: [UInt8]?) -> Bool {
        func value(_ bytes: [UInt8]?) -> JSONValue? {
            guard let bytes, let json = try? JSONReader.parse(bytes) else { return nil }
            return json == .object([]) ? nil : json
        }
        return left == right || value(left) == value(right)
    }

    /// The `data.txt` that a version once had.
    private static func origin(of metadata: VersionMetadata) -> PlainMetadata? {
        guard let bytes = metadata.originJSON, let json = try? JSONReader.parse(bytes),
            json[OriginKey.layout]?.string == "plain",
            let text = json[OriginKey.text]?.string
        else { return nil }
        return try? PlainMetadata(reading: Array(text.utf8))
    }

    /// The name that a version had on the plain board it came from, if it can have it again.
    static func originalName(
        _ metadata: VersionMetadata, pinHash: String, after names: [String]
    ) -> String? {
        guard let bytes = metadata.originJSON, let json = try? JSONReader.parse(bytes),
            json[OriginKey.layout]?.string == "plain", let name = json[OriginKey.version]?.string,
            PlainNames.isVersion(name), json[OriginKey.pinHash]?.string == pinHash
        else { return nil }
        // It must not come before what is there, nor within the same second.
        let last = names.last ?? ""
        guard last.utf8.lexicographicallyPrecedes(name.utf8),
            last.isEmpty || last.prefix(16) != name.prefix(16)
        else { return nil }
        return name
    }

    private static func userValue(_ bytes: [UInt8]?) throws(EngineError) -> JSONValue? {
        guard let bytes, !bytes.isEmpty else { return nil }
        guard let json = try? JSONReader.parse(bytes) else {
            throw EngineError(
                .usage,
                "the metadata cannot be written to a plain board: it is no JSON, or more than "
                    + "\(JSONValue.depthMax) objects lie in each other")
        }
        return json
    }
}

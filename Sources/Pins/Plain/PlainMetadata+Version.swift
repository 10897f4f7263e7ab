package import PinEngine
package import PinFormat

/// Metadata of plain boards in the words of every kind of board, and back.
extension PlainMetadata {
    /// The key under which stands where a version was copied from, if not from a plain board.
    private static let originKey = "origin"

    /// What a version says about itself.
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
        let origin = unknown.first { $0.key.text == Self.originKey && $0.value.pairs != nil }
        let created =
            createdSeconds ?? VersionName.seconds(of: version)
            ?? PlainTime.seconds(String(version.prefix(16))) ?? 0
        return VersionMetadata(
            createdSeconds: created, type: types.first ?? "file", title: title,
            description: description, tags: tags, urls: urls, userJSON: userJSON,
            originJSON: origin?.value.json(&remarks).encoded)
    }

    /// What a copy on another board needs to come back the same.
    package func origin(version: String) -> VersionOrigin {
        VersionOrigin(layout: "plain", version: version, pinHash: pinHash ?? "", dataText: text)
    }

    /// The `data.txt` that a version once had on a plain board, and its name there.
    package static func restored(
        _ metadata: VersionMetadata
    ) -> (metadata: PlainMetadata, version: String)? {
        guard let origin = VersionOrigin(json: metadata.originJSON), origin.layout == "plain",
            let text = origin.dataText,
            let restored = try? PlainMetadata(reading: Array(text.utf8))
        else { return nil }
        return (restored, origin.version)
    }

    /// The metadata of a version to be written.
    ///
    /// - Parameters:
    ///   - pin: For the title, where there is none: pins for Python cannot search a board that has
    ///     a pin without.
    ///   - base: What the version once had, or the version before it: it is written as it stood if
    ///     nothing has changed, and else what we do not know is taken over.
    package static func make(
        pin: String, files: [String], sizes: [UInt64], hashes: [String],
        _ metadata: VersionMetadata, base: PlainMetadata?
    ) throws(EngineError) -> PlainMetadata {
        var (files, sizes, hashes) = (files, sizes, hashes)
        if let base, Set(base.files) == Set(files), base.files.count == files.count {
            // The order of the files is a part of the hash.
            let places = base.files.compactMap { files.firstIndex(of: $0) }
            (files, sizes, hashes) = (
                places.map { files[$0] }, places.map { sizes[$0] }, places.map { hashes[$0] }
            )
        }
        var made = PlainMetadata(
            files: files, sizes: sizes, pinHash: PlainHash.pinHash(hashes),
            metadata.titled(pin: pin, files: files), user: try userValue(metadata.userJSON))
        if let base {
            if base.files == files, let recorded = base.pinHash,
                PlainHash.matches(recorded, hashes)
            {
                // The rule of R for several files is as good as ours.
                made.pinHash = recorded
                if base.apiVersion == apiVersion, base.says(metadata) { return base }
            }
            made.take(base, metadata)
        }
        try made.setOrigin(metadata)
        made.text = YAMLEmitter.text(made.pairs)
        return made
    }

    /// The metadata of a version whose hash is another board's.
    static func recorded(
        files: [String], sizes: [UInt64], pinHash: String, _ metadata: VersionMetadata,
        base: PlainMetadata?
    ) throws(EngineError) -> PlainMetadata {
        var made = PlainMetadata(
            files: files, sizes: sizes, pinHash: pinHash, metadata,
            user: try userValue(metadata.userJSON))
        if let base { made.take(base, metadata) }
        try made.setOrigin(metadata)
        made.text = YAMLEmitter.text(made.pairs)
        return made
    }

    /// Takes over what the words of every kind of board cannot say.
    private mutating func take(_ base: PlainMetadata, _ metadata: VersionMetadata) {
        unknown = base.unknown
        if base.types.first == metadata.type { types = base.types }
        let old = base.versionMetadata(version: "")
        if Self.isSameJSON(old.userJSON, metadata.userJSON) { user = base.user }
    }

    private mutating func setOrigin(_ metadata: VersionMetadata) throws(EngineError) {
        unknown.removeAll { $0.key.text == Self.originKey && $0.value.pairs != nil }
        guard let json = metadata.originJSON,
            VersionOrigin(json: json)?.layout != "plain",
            let value = try Self.userValue(json)
        else { return }
        unknown.append(YAMLPair(Self.originKey, YAMLNode(value)))
    }

    /// Whether it says the same as the metadata of a version, but for what that came from.
    func says(_ metadata: VersionMetadata) -> Bool {
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

extension VersionMetadata {
    /// With the title that pins for R would make for files, where there is none.
    package func titled(pin: String, files: [String]) -> VersionMetadata {
        guard title?.isEmpty ?? true else { return self }
        var titled = self
        titled.title = "\(pin): \(files.count) pinned files"
        if files.count == 1, let file = files.first {
            let name = Names.components(of: file).last.map(String.init) ?? file
            let dot = name.dropFirst().lastIndex(of: ".")
            titled.title = "\(pin): a pinned \(dot.map { "\(name[$0...]) " } ?? "")file"
        }
        return titled
    }
}

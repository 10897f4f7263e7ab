package import PinEngine
internal import PinFormat

/// What R's `_pins.yaml` says: pins, and where each of their versions is.
package struct PlainManifest: Sendable, Hashable {
    /// The name of the file.
    package static let fileName = PlainNames.manifest
    /// The most bytes that are read of one: enough for 10,000 pins with hundred versions each.
    package static let byteCountMax = 64 << 20

    /// A version, and its folder relative to the manifest, with a slash at the end.
    package struct Version: Sendable, Hashable {
        package let name: String
        package let path: String
    }

    /// The versions of each pin, as they stand: oldest first.
    package private(set) var versions: [String: [Version]] = [:]
    /// What was left out, for a person.
    package private(set) var remarks: [String] = []

    /// Reads a manifest: a mapping of names to folders, or lists of them.
    ///
    /// Folders that leave the board, and names that are none of pins or versions, are left out.
    ///
    /// - Parameter place: For messages.
    /// - Throws: ``EngineError/Code/corrupt`` if it is no YAML mapping.
    /// - Complexity: O(*n*); at most ``byteCountMax`` bytes are read.
    package init(reading bytes: [UInt8], place: String) throws(EngineError) {
        var limits = YAMLLimits()
        limits.byteCount = Self.byteCountMax
        limits.textByteCount = Self.byteCountMax
        limits.nodeCount = 4_000_000
        let root: YAMLNode?
        do throws(YAMLError) { root = try YAMLParser.parse(bytes, limits) } catch {
            throw EngineError(
                .corrupt, "'\(Self.fileName)' of \(place) is no YAML: \(error)", object: place)
        }
        // A board without pins has an empty manifest.
        guard let root, !root.isNull else { return }
        guard let pairs = root.pairs else {
            throw EngineError(
                .corrupt, "'\(Self.fileName)' of \(place) is not a mapping of pins to versions",
                object: place)
        }
        for pair in pairs {
            guard let pin = pair.key.text, PlainNames.isPin(pin) else {
                remarks.append("a name in '\(Self.fileName)' is no pin's and is left out")
                continue
            }
            versions[pin] = paths(of: pair.value).compactMap { version($0, of: pin) }
        }
    }

    private func paths(of node: YAMLNode) -> [String] {
        if case .sequence(let items, _) = node { return items.compactMap(\.text) }
        return node.text.map { [$0] } ?? []
    }

    private mutating func version(_ path: String, of pin: String) -> Version? {
        let folder = path.hasSuffix("/") ? String(path.dropLast()) : path
        let name = folder.split(separator: "/").last.map(String.init) ?? ""
        guard (try? Names.checkPath(folder)) != nil, PlainNames.isVersion(name) else {
            remarks.append(
                "'\(Names.printable(path))' of pin '\(pin)' in '\(Self.fileName)' is no folder of "
                    + "a version and is left out")
            return nil
        }
        return Version(name: name, path: folder + "/")
    }
}

internal import PinEngine
internal import PinFormat

/// Names on plain boards: the rules of pins for Python and R beside our own.
enum PlainNames {
    /// What R writes beside the pins.
    static let manifest = "_pins.yaml"

    /// Whether a name of a folder can be a pin's.
    static func isPin(_ name: String) -> Bool { (try? checkPin(name)) != nil }

    /// Whether a name of a folder can be a version's.
    static func isVersion(_ name: String) -> Bool {
        (1...Limits.nameByteCount).contains(name.utf8.count) && !name.utf8.contains(0x2F)
            && !name.hasPrefix(".") && name != "latest"
            && name.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0 != "\\" && $0 != "\u{7F}" }
    }

    /// Checks the name of a pin.
    static func checkPin(_ name: String) throws(EngineError) {
        do throws(FormatError) { try Names.checkPin(name) } catch {
            throw EngineError.usage(error, object: name)
        }
        func fail(_ message: String) -> EngineError {
            EngineError(.usage, message, object: name)
        }
        guard !name.utf8.contains(UInt8(ascii: "/")) else {
            throw fail("the pin name '\(name)' has a '/', which pins for Python and R do not allow")
        }
        guard name != manifest else {
            throw fail("the pin name '\(manifest)' is reserved for internal use")
        }
        guard !name.hasPrefix(".") else {
            throw fail("the pin name '\(name)' begins with a dot, and pins for R would not see it")
        }
    }

    /// Checks the paths of a version that is to be written.
    static func checkFiles(_ paths: [String], of pin: String) throws(EngineError) {
        guard !paths.isEmpty else {
            throw EngineError(.usage, "pin '\(pin)' needs at least one file")
        }
        do throws(FormatError) {
            for path in paths { try Names.checkPath(path) }
            // One of our own or of the metadata is in the way like another file.
            try Names.checkDistinct(paths)
        } catch {
            throw EngineError.usage(error, object: pin)
        }
        for path in paths {
            let first = Names.components(of: path).first.map(String.init) ?? ""
            guard first.lowercased() != PlainMetadata.fileName else {
                throw EngineError(
                    .usage,
                    "a file called '\(PlainMetadata.fileName)' cannot be pinned: it is the name "
                        + "of the metadata on a plain board; give it another name",
                    object: path)
            }
            guard !PlainLabel.isReserved(first), first != PlainStaging.insideName else {
                throw EngineError(
                    .usage, "the file name '\(Names.printable(path))' is reserved for labels",
                    object: path)
            }
        }
    }

    /// Whether a version may have a name: it is sorted after all that are there, and not within the
    /// same second, where the hash would decide.
    static func follows(_ name: String, _ names: [String]) -> Bool {
        guard isVersion(name) else { return false }
        guard let last = names.last else { return true }
        return last.utf8.lexicographicallyPrecedes(name.utf8) && last.prefix(16) != name.prefix(16)
    }

    /// The name of a version that follows all others.
    ///
    /// - Parameters:
    ///   - seconds: When it was made; raised where an older version has this second or a later one.
    ///   - names: Of all that is there, ascending.
    /// - Throws: ``EngineError/Code/cannotCreate`` if no time comes after the last name.
    static func version(
        seconds: Int64, pinHash: String, after names: [String]
    ) throws(EngineError) -> String {
        var seconds = max(0, seconds)
        for name in names {
            // The hash behind the time decides nothing: two names of one second would be in the
            // order of their hashes.
            if let other = PlainTime.seconds(String(name.prefix(16))) {
                seconds = max(seconds, other + 1)
            }
        }
        let time = VersionName.timestamp(seconds)
        let last = names.last ?? ""
        guard time.utf8.count == 16, last.utf8.lexicographicallyPrecedes(time.utf8) else {
            throw EngineError(
                .cannotCreate,
                "a new version would not be the latest: '\(Names.printable(last))' is sorted "
                    + "after every time; rename or delete that version first")
        }
        return "\(time)-\(pinHash.prefix(5))"
    }
}

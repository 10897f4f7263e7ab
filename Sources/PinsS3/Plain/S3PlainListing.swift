internal import Pins

/// All pins, versions and files of a plain board in a bucket, as one listing told them.
///
/// Memory: some hundred bytes an object.
struct S3PlainListing: Sendable {
    /// A file of a version.
    struct File: Sendable {
        let status: PlainFileStatus
        let tag: String?

        /// - Parameter start: What the keys of the version's files begin with.
        /// - Returns: `nil` for what consoles make for a folder.
        init?(_ object: S3Client.Listed, below start: String) {
            let path = object.key.utf8.dropFirst(start.utf8.count)
            guard let last = path.last, last != S3PlainListing.slash else { return nil }
            status = PlainFileStatus(
                path: String(Substring(path)), byteCount: UInt64(object.byteCount),
                file: object.key, stamp: object.tag ?? "\(object.modifiedSeconds ?? 0)")
            tag = object.tag
        }
    }

    /// Names that differ in one byte are two names: texts in Swift may be equal all the same.
    private typealias Name = [UInt8]

    private static let slash = UInt8(ascii: "/")
    private var places: [Name: [Name: [File]]] = [:]

    /// Whether a name can be one of a pin or a version; hidden ones are nobody's.
    static func isName(_ name: Substring.UTF8View) -> Bool {
        !name.isEmpty && name.first != UInt8(ascii: ".")
    }

    /// Takes an object of the listing.
    ///
    /// - Parameter prefix: What the keys of the board begin with.
    mutating func add(_ object: S3Client.Listed, below prefix: String) {
        let rest = object.key.utf8.dropFirst(prefix.utf8.count)
        let names = rest.split(
            separator: Self.slash, maxSplits: 2, omittingEmptySubsequences: false)
        // What stands beside the pins, as a manifest does, is none.
        guard names.count > 1, Self.isName(names[0]) else { return }
        let (pin, version) = (Name(names[0]), Name(names[1]))
        guard names.count == 3, Self.isName(names[1]) else {
            // A file beside the versions, or a name of none.
            if places[pin] == nil { places[pin] = [:] }
            return
        }
        let start = "\(prefix)\(Substring(names[0]))/\(Substring(names[1]))/"
        let file = File(object, below: start)
        places[pin, default: [:]][version, default: []] += file.map { [$0] } ?? []
    }

    var pins: [String] { places.keys.map { String(decoding: $0, as: UTF8.self) } }

    func versions(of pin: String) -> [String] {
        let versions = places[Name(pin.utf8)] ?? [:]
        return versions.keys.map { String(decoding: $0, as: UTF8.self) }
    }

    func files(of place: PlainPlace) -> [File] {
        places[Name(place.pin.utf8)]?[Name(place.version.utf8)] ?? []
    }

    func file(_ path: String, of place: PlainPlace) -> File? {
        files(of: place).first { $0.status.path.utf8.elementsEqual(path.utf8) }
    }
}

/// The keys of the state tables (FORMAT.md §7.5).
public enum RowKey {
    /// The first byte of the keys of packs.
    public static let packPrefix: UInt8 = 0x10
    /// The first byte of the keys of pins.
    public static let pinPrefix: UInt8 = 0x20
    /// The first byte of the keys of versions.
    public static let versionPrefix: UInt8 = 0x30
    /// The first byte of the keys of labels.
    public static let labelPrefix: UInt8 = 0x40

    /// The key of a pack's row.
    public static func pack(_ name: ObjectName) -> [UInt8] { [packPrefix] + name.bytes }

    /// The key of a pin's row.
    public static func pin(_ name: String) -> [UInt8] { [pinPrefix] + Array(name.utf8) }

    /// The rows of all versions of a pin begin with this.
    public static func versions(of pin: String) -> [UInt8] {
        [versionPrefix] + Array(pin.utf8) + [0]
    }

    /// The key of a version's row.
    public static func version(_ version: String, of pin: String) -> [UInt8] {
        versions(of: pin) + Array(version.utf8)
    }

    /// The rows of all labels of a pin begin with this.
    public static func labels(of pin: String) -> [UInt8] { [labelPrefix] + Array(pin.utf8) + [0] }

    /// The key of a label's row.
    public static func label(_ label: String, of pin: String) -> [UInt8] {
        labels(of: pin) + Array(label.utf8)
    }

    /// The pack that a key of a pack row names.
    public static func packName(_ key: [UInt8]) throws(FormatError) -> ObjectName {
        var reader = ByteReader(key, section: "7.5")
        guard try reader.u8() == packPrefix else {
            throw reader.error(.invalidValue, "not a pack's key")
        }
        let name = try ObjectName(&reader)
        try reader.finish()
        return name
    }

    /// The text after `prefixCount` bytes of a key.
    public static func text(_ key: [UInt8], after prefixCount: Int) throws(FormatError) -> String {
        try text(key[...], after: prefixCount)
    }

    /// The same of a key where it lies.
    public static func text(
        _ key: ArraySlice<UInt8>, after prefixCount: Int
    ) throws(FormatError) -> String {
        guard key.count > prefixCount, let text = String(utf8: key.dropFirst(prefixCount)) else {
            throw FormatError(.invalidValue, section: "7.5", "a key is not text")
        }
        return text
    }
}

/// What the state knows about a pack (FORMAT.md §7.5).
public struct PackRow: Sendable, Hashable {
    /// Where a pack stands between use and removal (FORMAT.md §9).
    public enum Status: UInt8, Sendable, Hashable, CaseIterable {
        case live = 0
        case condemned = 1
        case staged = 2
    }

    static let section = "7.5"
    static let known: [UInt16] = [0x8001, 0x8002, 0x8003, 0x8004, 0x8005, 6, 7, 8, 9, 12]

    /// Where it stands.
    public var status: Status
    /// The pack's size.
    public var byteCount: Int
    /// The size of its footer.
    public var footerByteCount: Int
    /// SHA-256 of the footer, as the pack's trailer has it.
    public var footerDigest: Digest
    /// How many frames it has.
    public var frameCount: Int
    /// Sum of the frames' raw lengths.
    public var rawByteCount: UInt64
    /// The commit that condemned or staged it, and when (seconds since 1970, informational).
    public var since: UInt64?
    /// When, in seconds since 1970; informational.
    public var timeSeconds: Int64?
    /// Whose staged pack this is: 16 bytes.
    public var session: [UInt8]?
    /// Whether frames of it are lost: then nothing is looked for in it through the index.
    public var isLost = false
    /// Fields that this version does not know, kept as they were read (FORMAT.md §2.6).
    public var unknown: [Record.Field] = []

    public init(
        status: Status, byteCount: Int, footerByteCount: Int, footerDigest: Digest,
        frameCount: Int, rawByteCount: UInt64
    ) {
        self.status = status
        self.byteCount = byteCount
        self.footerByteCount = footerByteCount
        self.footerDigest = footerDigest
        self.frameCount = frameCount
        self.rawByteCount = rawByteCount
    }

    /// The row's value.
    public var encoded: [UInt8] {
        var record = Record()
        record.set(0x8001, [status.rawValue])
        record.set(0x8002, u64: UInt64(byteCount))
        record.set(0x8003, Record.encode { $0.u32(UInt32(footerByteCount)) })
        record.set(0x8004, footerDigest.bytes)
        record.set(0x8005, Record.encode { $0.u32(UInt32(frameCount)) })
        record.set(6, number: rawByteCount)
        record.set(7, u64: since)
        record.set(8, i64: timeSeconds)
        record.set(9, session)
        if isLost { record.set(12, [1]) }
        record.keep(unknown)
        return record.bytes
    }

    /// Decodes and checks a row's value.
    public init(_ bytes: [UInt8]) throws(FormatError) {
        let record = try Record(bytes, section: Self.section)
        try record.check(known: Self.known, section: Self.section)
        func number(_ tag: UInt16) throws(FormatError) -> UInt64? {
            try record.optional(tag, section: Self.section) { (reader) throws(FormatError) in
                try reader.u64()
            }
        }
        func small(_ tag: UInt16) throws(FormatError) -> Int {
            Int(
                try record.required(tag, section: Self.section) { (reader) throws(FormatError) in
                    try reader.u32()
                })
        }
        let status = try record.required(0x8001, section: Self.section) {
            (reader) throws(FormatError) in try reader.u8()
        }
        let count = try number(0x8002) ?? 0
        guard let status = Status(rawValue: status), count <= UInt64(Limits.packByteCount) else {
            throw FormatError(
                .invalidValue, section: Self.section, "a pack's status or size cannot be")
        }
        self.init(
            status: status, byteCount: Int(count), footerByteCount: try small(0x8003),
            footerDigest: try record.required(0x8004, section: Self.section) {
                (reader) throws(FormatError) in try reader.digest()
            },
            frameCount: try small(0x8005),
            rawByteCount: try record.number(6, section: Self.section))
        let fixed = PackHeader.byteCount + PackTrailer.byteCount
        guard footerByteCount >= 20, footerByteCount + fixed <= byteCount,
            frameCount <= Limits.packFrameCount
        else {
            throw FormatError(.invalidValue, section: Self.section, "a pack's sizes do not fit")
        }
        since = try number(7)
        timeSeconds = try number(8).map { Int64(bitPattern: $0) }
        session = record.value(9)
        guard session.map({ $0.count == 16 }) ?? true else {
            throw FormatError(.invalidValue, section: Self.section, "a session has 16 bytes")
        }
        let lost = record.value(12)
        guard lost == nil || lost == [1] else {
            throw FormatError(.invalidValue, section: Self.section, "a pack is lost, 1, or not")
        }
        isLost = lost != nil
        unknown = record.unknown(Self.known)
    }
}

/// A version's row: its record, and the packs that reading it needs (FORMAT.md §7.5).
public struct VersionRow: Sendable, Hashable {
    static let known: [UInt16] = [0x8001, 0x8002]

    /// The encoded ``VersionRecord``; its digest is the version's identity.
    public var recordBytes: [UInt8]
    /// Ascending.
    public var packs: [ObjectName]
    /// Fields that this version does not know, kept as they were read (FORMAT.md §2.6).
    public var unknown: [Record.Field] = []

    public init(recordBytes: [UInt8], packs: [ObjectName]) {
        self.recordBytes = recordBytes
        self.packs = packs
    }

    /// The row's value.
    public var encoded: [UInt8] {
        var record = Record()
        record.set(0x8001, recordBytes)
        record.set(0x8002, packs.flatMap(\.bytes))
        record.keep(unknown)
        return record.bytes
    }

    /// Decodes and checks a row's value; the record inside is left to ``VersionRecord``.
    public init(_ bytes: [UInt8]) throws(FormatError) {
        let record = try Record(bytes, section: "7.5")
        try record.check(known: Self.known, section: "7.5")
        recordBytes = try record.required(0x8001, section: "7.5") { (reader) throws(FormatError) in
            try reader.take(reader.remaining)
        }
        packs = try record.required(0x8002, section: "7.5") { (reader) throws(FormatError) in
            var names: [ObjectName] = []
            names.reserveCapacity(reader.remaining / ObjectName.byteCount)
            while reader.remaining > 0 {
                let name = try ObjectName(&reader)
                if let last = names.last, last >= name {
                    throw reader.error(.notCanonical, "a version's packs are not ascending")
                }
                names.append(name)
            }
            return names
        }
        unknown = record.unknown(Self.known)
    }
}

/// A pin's row: a summary of its latest version, for lists and search (FORMAT.md §7.5).
public struct PinRow: Sendable, Hashable {
    static let known: [UInt16] = [0x8001, 0x8002, 0x8007] + VersionMetadata.known

    /// The name of the latest version.
    public var latest: String
    /// How many versions the pin has.
    public var versionCount: UInt64
    /// The bytes of all files of the latest version.
    public var byteCount: UInt64
    /// Of the latest version.
    public var metadata: VersionMetadata
    /// Fields that this version does not know, kept as they were read (FORMAT.md §2.6).
    public var unknown: [Record.Field] = []

    public init(
        latest: String, versionCount: UInt64, byteCount: UInt64, metadata: VersionMetadata
    ) {
        self.latest = latest
        self.versionCount = versionCount
        self.byteCount = byteCount
        self.metadata = metadata
    }

    /// The row's value.
    public var encoded: [UInt8] {
        var record = Record()
        record.set(0x8001, text: latest)
        record.set(0x8002, u64: versionCount)
        record.set(0x8007, u64: byteCount)
        metadata.write(to: &record)
        record.keep(unknown)
        return record.bytes
    }

    /// Decodes and checks a row's value, a range of `bytes` or all of them.
    public init(_ bytes: [UInt8], _ range: Range<Int>? = nil) throws(FormatError) {
        let record = try Record(bytes, range, section: "7.5")
        try record.check(known: Self.known, section: "7.5")
        func number(_ tag: UInt16) throws(FormatError) -> UInt64 {
            try record.required(tag, section: "7.5") { (reader) throws(FormatError) in
                try reader.u64()
            }
        }
        guard let latest = try record.text(0x8001, limit: Limits.nameByteCount, section: "7.5"),
            Names.isVersion(latest)
        else { throw FormatError(.invalidValue, section: "7.5", "a pin has no latest version") }
        self.init(
            latest: latest, versionCount: try number(0x8002), byteCount: try number(0x8007),
            metadata: try VersionMetadata(record, section: "7.5"))
        unknown = record.unknown(Self.known)
    }
}

/// A label's row: the version it points at (FORMAT.md §7.5).
public struct LabelRow: Sendable, Hashable {
    /// The version that the label points at.
    public var version: String
    /// Fields that this version does not know, kept as they were read (FORMAT.md §2.6).
    public var unknown: [Record.Field] = []

    public init(version: String) { self.version = version }

    /// The row's value.
    public var encoded: [UInt8] {
        var record = Record()
        record.set(0x8001, text: version)
        record.keep(unknown)
        return record.bytes
    }

    /// Decodes and checks a row's value.
    public init(_ bytes: [UInt8]) throws(FormatError) {
        let record = try Record(bytes, section: "7.5")
        try record.check(known: [0x8001], section: "7.5")
        guard let text = try record.text(0x8001, limit: Limits.nameByteCount, section: "7.5"),
            Names.isVersion(text)
        else { throw FormatError(.invalidValue, section: "7.5", "a label points at no version") }
        version = text
        unknown = record.unknown([0x8001])
    }
}

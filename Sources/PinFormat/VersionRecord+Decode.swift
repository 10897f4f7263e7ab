/// Decoding and checking a version record (FORMAT.md §7.6).
extension VersionRecord {
    /// Decodes and checks an encoded record.
    public init(_ bytes: [UInt8]) throws(FormatError) {
        let section = Self.section
        let record = try Record(bytes, section: section)
        try record.check(known: Self.known, section: section)
        func text(_ tag: UInt16) throws(FormatError) -> String {
            guard
                let text = try record.text(tag, limit: Limits.nameByteCount, section: section)
            else { throw FormatError(.invalidValue, section: section, "a name is missing") }
            return text
        }
        func number(_ tag: UInt16) throws(FormatError) -> UInt64? {
            try record.optional(tag, section: section) { (reader) throws(FormatError) in
                try reader.u64()
            }
        }
        let pinName = try text(0x8001)
        try Names.checkPin(pinName)
        let versionName = try text(0x8002)
        guard Names.isVersion(versionName) else {
            throw FormatError(.invalidValue, section: section, "a version's name is malformed")
        }
        let pinHash = try record.required(0x8003, section: section) {
            (reader) throws(FormatError) in try reader.digest()
        }
        let chunker = try record.required(0x8004, section: section) {
            (reader) throws(FormatError) in try ChunkerParameters(&reader)
        }
        let files = try Self.files(record)
        guard let byteCount = try number(0x8007) else {
            throw FormatError(.invalidValue, section: section, "the size is missing")
        }
        let fileCount = Int(
            try record.required(0x8008, section: section) { (reader) throws(FormatError) in
                try reader.u32()
            })
        self.init(
            pinName: pinName, versionName: versionName, pinHash: pinHash, chunker: chunker,
            files: files, byteCount: byteCount, fileCount: fileCount,
            metadata: try VersionMetadata(record, section: section),
            parent: try record.text(16, limit: Limits.nameByteCount, section: section),
            parentDigest: try record.optional(17, section: section) {
                (reader) throws(FormatError) in try reader.digest()
            },
            producer: try record.text(18, limit: Limits.producerByteCount, section: section) ?? "")
        newChunkCount = try record.number(20, section: section)
        newByteCount = try record.number(21, section: section)
        chunkCount = try record.number(22, section: section)
        unknown = record.unknown(Self.known)
        try checkTotals()
    }

    private static func files(_ record: Record) throws(FormatError) -> Files {
        if let inline = record.value(0x8005) {
            guard inline.count <= Limits.inlineFileListByteCount, record.value(0x8006) == nil else {
                throw FormatError(
                    .notCanonical, section: section, "a long file list stands in the record")
            }
            return .inline(try FileList(inline))
        }
        return try record.required(0x8006, section: section) { (reader) throws(FormatError) in
            let byteCount = try reader.u64()
            let fileCount = Int(try reader.u32())
            let shape = try reader.u8()
            try reader.reserved(3)
            guard byteCount > UInt64(Limits.inlineFileListByteCount),
                byteCount <= UInt64(Limits.fileListByteCount), fileCount <= Limits.versionFileCount
            else { throw reader.error(.invalidValue, "a stored file list of \(byteCount) bytes") }
            let content = try FileEntry.content(shape: shape, byteCount: byteCount, &reader)
            return .stored(
                list: FileEntry(
                    path: "files", byteCount: byteCount, content: content, flatDigest: nil),
                fileCount: fileCount)
        }
    }

    private func checkTotals() throws(FormatError) {
        switch files {
        case .inline(let list):
            guard list.byteCount == byteCount, list.files.count == fileCount else {
                throw FormatError(
                    .invalidValue, section: Self.section, "the totals are not those of the files")
            }
        case .stored(_, let count):
            guard count == fileCount else {
                throw FormatError(
                    .invalidValue, section: Self.section, "the count of files is not right")
            }
        }
    }
}

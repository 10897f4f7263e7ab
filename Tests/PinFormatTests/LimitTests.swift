import PinTransforms
import Testing

@testable import PinFormat

/// Every limit of FORMAT.md §8 that a decoder has is one: what is at the limit is not refused for
/// it, what is one beyond is. The numbers are written out, not taken from `Limits`.
@Suite struct LimitTests {
    /// What is tried, and how a decoder refuses it: with the code of the second number and not of
    /// the first.
    struct Law: Sendable, CustomTestStringConvertible {
        let name: String
        let limit: Int
        let code: FormatError.Code
        /// Decodes something that has so many of what is limited.
        let decode: @Sendable (Int) throws -> Void

        init(
            _ name: String, _ limit: Int, _ code: FormatError.Code = .limitExceeded,
            _ decode: @escaping @Sendable (Int) throws -> Void
        ) {
            (self.name, self.limit, self.code, self.decode) = (name, limit, code, decode)
        }

        var testDescription: String { name }
    }

    @Test(arguments: laws) func oneMoreThanTheLimitIsRefused(law: Law) {
        #expect(Self.code(law, law.limit) != law.code, "\(law.name) at \(law.limit)")
        #expect(Self.code(law, law.limit + 1) == law.code, "\(law.name) above \(law.limit)")
    }

    private static func code(_ law: Law, _ count: Int) -> FormatError.Code? {
        do {
            try law.decode(count)
            return nil
        } catch {
            return (error as? FormatError)?.code
        }
    }

    static let laws: [Law] = objects + texts + tables + numbers

    // MARK: - Whole objects

    private static let objects: [Law] = [
        Law("commitByteCount", 67_108_864) {
            _ = try CommitRecord([UInt8](repeating: 0, count: $0), .standard)
        },
        Law("configByteCount", 65_536) {
            _ = try BoardConfig([UInt8](repeating: 0, count: $0), .standard)
        },
        Law("parityRowCount", 128) {
            _ = try ParityLayout(packByteCount: 9_000_000, rowCount: $0)
        },
        Law("packByteCount", 268_435_456) {
            _ = try ParityLayout(packByteCount: $0, rowCount: 1)
        },
    ]

    // MARK: - Texts and lists of records

    private static func version(
        _ field: (UInt16, [UInt8])? = nil, list: (UInt16, [UInt8])? = nil
    ) -> [UInt8] {
        let critical = Record.critical
        let inline = (try? ValidVectors.files(1).encoded) ?? []
        return Record.unchecked(
            [
                (1 | critical, Array("mtcars".utf8)),
                (2 | critical, Array(Sample.versionName.utf8)),
                (3 | critical, Sample.digest(0).bytes), (4 | critical, [1, 16, 2, 0]),
                list ?? (5 | critical, inline),
                (7 | critical, InvalidVectors.u64(5)), (8 | critical, InvalidVectors.u32(1)),
            ] + (field.map { [$0] } ?? []))
    }

    private static func text(_ count: Int) -> [UInt8] { [UInt8](repeating: 65, count: count) }

    private static func texts(_ count: Int, _ each: [UInt8]) -> [UInt8] {
        var writer = ByteWriter()
        writer.u32(UInt32(count))
        for _ in 0..<count { writer.counted(each) }
        return writer.bytes
    }

    private static func list(_ path: String) -> [UInt8] {
        var list = ByteWriter()
        list.u32(1)
        list.counted(Array(path.utf8))
        list.u64(0)
        list.u32(0)
        return list.bytes
    }

    private static func stored(_ byteCount: Int, _ fileCount: Int) -> [UInt8] {
        InvalidVectors.u64(UInt64(byteCount)) + InvalidVectors.u32(UInt32(fileCount))
            + [1, 0, 0, 0] + Sample.digest(1).bytes
    }

    private static let texts: [Law] = [
        Law("nameByteCount", 255) { _ = try VersionRecord(version((10, text($0)))) },
        Law("titleByteCount", 4_096) { _ = try VersionRecord(version((11, text($0)))) },
        Law("descriptionByteCount", 1_048_576) {
            _ = try VersionRecord(version((12, text($0))))
        },
        Law("textListCount", 10_000) {
            _ = try VersionRecord(version((13, texts($0, [65]))))
        },
        Law("textListItemByteCount", 4_096) {
            _ = try VersionRecord(version((14, texts(1, text($0)))))
        },
        Law("metadataByteCount", 16_777_216) {
            _ = try VersionRecord(version((15, text($0))))
        },
        Law("producerByteCount", 255) { _ = try VersionRecord(version((18, text($0)))) },
        // Its bytes are looked at last, so that what is wrong with them tells the limits apart.
        Law("inlineFileListByteCount", 4_096, .notCanonical) {
            _ = try VersionRecord(version(list: (5 | Record.critical, text($0))))
        },
        Law("fileListByteCount", 1_073_741_824, .invalidValue) {
            let list = (6 | Record.critical, stored($0, 1))
            var shape = list
            // A list of more than one chunk has a manifest.
            shape.1[12] = 2
            _ = try VersionRecord(version(list: shape))
        },
        Law("pathByteCount", 4_096) {
            let whole = String(repeating: String(repeating: "x", count: 254) + "/", count: 16)
            _ = try FileList(list(whole + String(repeating: "y", count: $0 - whole.utf8.count)))
        },
        Law("pathComponentByteCount", 255, .invalidValue) {
            _ = try FileList(list(String(repeating: "x", count: $0)))
        },
        Law("versionFileCount", 16_777_216) {
            _ = try FileList(InvalidVectors.u32(UInt32($0)))
        },
    ]

    // MARK: - Tables

    private static func block(keys: Int, value: Int) throws {
        var writer = ByteWriter()
        writer.u16(UInt16(keys))
        writer.u32(UInt32(value))
        _ = try BlockRows(writer.bytes, firstKey: [])
    }

    private static let tables: [Law] = [
        Law("tableKeyByteCount", 1_024) { try block(keys: $0, value: 0) },
        Law("tableValueByteCount", 67_108_864) { try block(keys: 1, value: $0) },
        Law("tableBlockIndexByteCount", 67_108_864, .invalidValue) {
            var tail = ByteWriter()
            tail.u64(16)
            tail.u32(UInt32($0))
            tail.u32(1)
            tail.u64(1)
            tail.u32(0)
            tail.u32(Checksums.standard.crc32c(tail.bytes, 0..<28, 0))
            tail.zeros(32)
            _ = try TableSegment.Trailer(
                tail: tail.bytes, byteCount: 16 + $0 + 64, .standard)
        },
    ]

    // MARK: - Numbers

    private static let numbers: [Law] = [
        Law("fanoutBitCount", 24, .limitExceeded) { bits in
            // One bit more is never chosen, so that a header that names it is refused.
            let most = IndexSegmentLayout.fanoutBitCount(forEntryCount: 1 << 40)
            guard bits <= most else { throw FormatError(.limitExceeded, section: "8", "") }
        },
        Law("depth", 15) {
            let form = FrameKind.chunk.rawValue | FrameCodec.zstdDelta.rawValue << 2
            _ = try FrameHeader(
                form: form, depth: UInt8($0), closure: 16, baseCount: 1, rawByteCount: 1,
                section: "6.1", offset: nil)
        },
    ]
}

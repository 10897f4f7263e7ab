import PinFormat
import PinStorage
import PinTesting
import PinTransforms
import Testing

@testable import PinEngine

/// Goal: each comparison that a verification makes is needed: without it something that is wrong
/// goes unsaid. Method: boards on which one thing is wrong, most of them with every seal and
/// checksum right, as a faulty program would leave them.
@Suite struct VerifyCheckTests {
    @Test(arguments: laws) func whatIsWrongIsSaid(law: VerifyLaw) async throws {
        let board = try await VerifyLaw.board(law.check)
        let sound = try await board.verify()
        #expect(sound.isSound && sound.damagedOrphans.isEmpty, "\(sound.summary)")
        let spoiled = try await law.spoil(board)
        let report = try await spoiled.verify(data: law.readsData)
        #expect(report.isSound == law.isHarmless, "\(report.summary)")
        let found = law.isHarmless ? report.damagedOrphans : report.problems
        #expect(found.contains { $0.what.contains(law.words) }, "\(law.words): \(report.summary)")
        if law.isHarmless { #expect(found.allSatisfy { $0.versions.isEmpty }) }
    }

    static func law(of check: Check) -> VerifyLaw? { laws.first { $0.check == check } }

    static let laws = log + segments + packs + index + versions + parity

    // MARK: - Configuration, log, segments

    private static let log = [
        VerifyLaw(check: .verifyBoard, words: "it is the commit of another board") { board in
            var config = try await board.open().config
            config.boardID = [UInt8](repeating: 9, count: 16)
            let bytes = config.encoded(.standard)
            return board.damaged(BoardKeys.config) { $0 = bytes }
        },
        VerifyLaw(check: .verifyGap, words: "it is missing") { board in
            board.without(BoardKeys.commit(3))
        },
        VerifyLaw(check: .verifyChain, words: "names as the one before") { board in
            let key = BoardKeys.commit(3)
            var record = try CommitRecord(try #require(board.backend.snapshot[key]), .standard)
            record.timeSeconds = 77
            let bytes = record.encoded(.standard)
            return board.damaged(key) { $0 = bytes }
        },
        VerifyLaw(check: .verifyLatest, words: "it names another commit") { board in
            let newest = try await board.open().snapshot().sequence
            let latest = LatestRecord(sequence: newest, digest: Digest(1, 2, 3, 4))
            return board.damaged(BoardKeys.latest) { $0 = latest.encoded(.standard) }
        },
        VerifyLaw(check: .verifyLatestAhead, words: "though 'latest' points at it") { board in
            let newest = try await board.open().snapshot().sequence
            return board.without(BoardKeys.commit(newest))
        },
    ]

    private static let segments = [
        VerifyLaw(check: .segmentSize, words: "bytes, not") { board in
            let commit = try await board.open().snapshot().commit
            let name = try #require(commit.sketchSegments.first ?? commit.tableSegments.first).name
            let key =
                commit.sketchSegments.isEmpty ? BoardKeys.table(name) : BoardKeys.sketches(name)
            return board.damaged(key) { $0.append(0) }
        },
        VerifyLaw(check: .verifySegmentDigest, words: "not those that the commit names") { board in
            let commit = try await board.open().snapshot().commit
            let name = try #require(commit.tableSegments.first).name
            return board.damaged(BoardKeys.table(name)) { $0[$0.count - 1] ^= 1 }
        },
        VerifyLaw(check: .verifySegmentCount, words: "as many entries as it must") { board in
            try VerifyLaw.resealed(board) { record in
                let old = record.tableSegments[0]
                record.tableSegments[0] = SegmentReference(
                    name: old.name, byteCount: old.byteCount, entryCount: old.entryCount + 1,
                    digest: old.digest)
            }
        },
        VerifyLaw(
            check: .verifyOrphans, words: "its trailer is damaged", isHarmless: true
        ) { board in
            let bytes = sampleBytes(900, board.random)
            let copy = try await VerifyLaw.added(board, isNamed: false) { pack, store in
                try VerifyLaw.append(
                    bytes, .chunk, as: Checksums.standard.sha256(bytes, 0..<900), to: pack, store)
            }
            let key = try #require(
                copy.backend.keys("packs/").first { board.backend.snapshot[$0] == nil })
            return copy.damaged(key) { $0.removeLast() }
        },
    ]

    // MARK: - Packs and the index

    private static let packs = [
        VerifyLaw(check: .verifyPackSize, words: "bytes, not") { board in
            let name = try #require(try await VerifyLaw.packs(board).first).name
            return board.damaged(BoardKeys.pack(name)) { $0.append(0) }
        },
        VerifyLaw(check: .verifyPackName, words: "the name of another pack") { board in
            let all = try await VerifyLaw.packs(board)
            let header = PackHeader(
                content: try PackHeader(
                    try #require(board.backend.snapshot[BoardKeys.pack(all[0].name)])
                ).content, name: all[1].name)
            return board.damaged(BoardKeys.pack(all[0].name)) {
                $0.replaceSubrange(0..<PackHeader.byteCount, with: header.encoded)
            }
        },
        VerifyLaw(check: .verifyPackContent, words: "other kinds of frames") { board in
            let name = try #require(try await VerifyLaw.packs(board).first).name
            let bytes = try #require(board.backend.snapshot[BoardKeys.pack(name)])
            let content = try PackHeader(bytes).content
            let other = PackHeader(content: content == .nodes ? .chunks : .nodes, name: name)
            return board.damaged(BoardKeys.pack(name)) {
                $0.replaceSubrange(0..<PackHeader.byteCount, with: other.encoded)
            }
        },
        VerifyLaw(check: .verifyPackRow, words: "what its row says") { board in
            try await VerifyLaw.changed(board) { (snapshot, planned) throws(EngineError) in
                guard let (name, row) = try snapshot.index.packs.all().first else { return }
                var other = row
                other.rawByteCount += 1
                planned.set(RowKey.pack(name), other.encoded)
            }
        },
        VerifyLaw(check: .verifyFrames, words: "frames are damaged") { board in
            let bytes = sampleBytes(900, board.random)
            return try await VerifyLaw.added(board) { pack, store in
                try VerifyLaw.append(bytes, .chunk, as: Digest(5, 6, 7, 8), to: pack, store)
            }
        },
        VerifyLaw(check: .verifyDeltas, words: "delta frames are damaged") { board in
            let snapshot = try await board.open().snapshot()
            let place = try #require(
                try VerifyLaw.places(snapshot).first { $0.header.baseCount > 0 })
            let whole = try #require(board.backend.snapshot[BoardKeys.pack(place.pack)])
            let other = FramePlace(
                digest: Digest(5, 6, 7, 8), pack: place.pack, offset: place.offset,
                storedByteCount: place.storedByteCount, header: place.header, bases: place.bases)
            return try await VerifyLaw.added(board) { pack, _ in
                let end = place.offset + place.storedByteCount
                pack.append(copyOf: other, stored: Array(whole[place.offset..<end]))
            }
        },
        VerifyLaw(check: .verifyWholeAgain, words: "it is whole again") { board in
            try await VerifyLaw.changed(board) { (snapshot, planned) throws(EngineError) in
                guard let (name, row) = try snapshot.index.packs.all().first else { return }
                var other = row
                other.isLost = true
                planned.set(RowKey.pack(name), other.encoded)
            }
        },
    ]

    private static let index = [
        VerifyLaw(check: .verifyIndexLacks, words: "the index lacks frames") { board in
            try await VerifyLaw.changed(board) { (snapshot, planned) throws(EngineError) in
                planned.replacesIndex = true
                // One that is there twice, or that no version needs, is no loss to any version.
                planned.places = Array(try VerifyLaw.places(snapshot).dropFirst())
            }
        },
        VerifyLaw(check: .verifyIndexExcess, words: "the index names frames") { board in
            try await VerifyLaw.changed(board) { (snapshot, planned) throws(EngineError) in
                guard
                    let place = try VerifyLaw.places(snapshot).first(where: {
                        $0.header.baseCount == 0
                    })
                else { return }
                planned.places = [
                    FramePlace(
                        digest: Digest(5, 6, 7, 8), pack: place.pack, offset: place.offset,
                        storedByteCount: place.storedByteCount, header: place.header, bases: [])
                ]
            }
        },
    ]

    // MARK: - Versions

    private static let versions = [
        VerifyLaw(check: .verifyVersionKey, words: "a record of another version") { board in
            try await VerifyLaw.changed(board) { (snapshot, planned) throws(EngineError) in
                guard let version = try snapshot.latestVersion(of: "gamma") else { return }
                planned.set(
                    RowKey.version("20200101T000000Z-abcde", of: "gamma"), version.row.encoded)
            }
        },
        VerifyLaw(check: .verifyNodes, words: "frames that are in no pack") { board in
            let snapshot = try await board.open().snapshot()
            let version = try #require(try snapshot.latestVersion(of: "large"))
            guard case .inline(let list) = version.record.files,
                case .tree(let root) = list.files[0].content
            else { throw EngineError(.corrupt, "the sample has a tree") }
            let reader = FrameReader(try await board.open(), snapshot, version)
            let child = try ManifestNode(try await reader.frames([root], .node)[0])
            // The child has one byte less than its entry says.
            let entries = (0..<2 as Range<UInt64>).map { extra in
                ManifestNode.Entry(
                    digest: root, byteCount: child.byteCount + extra, chunkCount: child.chunkCount)
            }
            let node = ManifestNode(level: child.level + 1, entries: entries)
            let digest = SHA256.digest(domain: .node, node.encoded)
            let copy = try await VerifyLaw.added(board) { pack, store in
                try VerifyLaw.append(node.encoded, .node, as: digest, to: pack, store)
            }
            let packs = try await VerifyLaw.packs(copy).map(\.name)
            return try await VerifyLaw.rewritten(copy, "large") { record, row in
                let file = FileEntry(
                    path: "data", byteCount: node.byteCount, content: .tree(digest),
                    flatDigest: nil)
                guard let list = try? FileList([file]) else { return }
                record.files = .inline(list)
                record.byteCount = list.byteCount
                record.pinHash = Store.pinHash(list)
                row.packs = packs
            }
        },
        VerifyLaw(check: .verifyFileSize, words: "frames that are in no pack") { board in
            try await VerifyLaw.rewritten(board, "large") { record, _ in
                guard case .inline(let old) = record.files else { return }
                let file = FileEntry(
                    path: "data", byteCount: old.byteCount + 1, content: old.files[0].content,
                    flatDigest: nil)
                guard let list = try? FileList([file]) else { return }
                record.files = .inline(list)
                record.byteCount = list.byteCount
                record.pinHash = Store.pinHash(list)
            }
        },
        VerifyLaw(check: .verifyFileList, words: "the file list is not of its version") { board in
            try await VerifyLaw.rewritten(board, "tree") { record, _ in
                guard case .stored(let list, let count) = record.files else { return }
                record.files = .stored(list: list, fileCount: count + 1)
                record.fileCount += 1
            }
        },
        VerifyLaw(check: .verifyPinHash, words: "the 'pin_hash' of a version") { board in
            try await VerifyLaw.rewritten(board, "gamma") { record, _ in
                record.pinHash = Digest(5, 6, 7, 8)
            }
        },
        VerifyLaw(check: .verifyPackRows, words: "which has no row") { board in
            try await VerifyLaw.rewritten(board, "gamma") { _, row in
                row.packs.append(ObjectName(base: 99, random: [UInt8](repeating: 5, count: 16)))
            }
        },
        VerifyLaw(check: .verifyRowPacks, words: "does not name all packs") { board in
            try await VerifyLaw.rewritten(board, "gamma") { _, row in row.packs.removeLast() }
        },
        VerifyLaw(check: .verifyPinRow, words: "is not that of its versions") { board in
            try await VerifyLaw.changed(board) { (snapshot, planned) throws(EngineError) in
                guard var row = try snapshot.pin("alpha") else { return }
                row.versionCount += 1
                planned.set(RowKey.pin("alpha"), row.encoded)
            }
        },
        VerifyLaw(check: .verifyPinMissing, words: "a pin has versions and no row") { board in
            try await VerifyLaw.changed(board) { (_, planned) throws(EngineError) in
                planned.set(RowKey.pin("alpha"), nil)
            }
        },
        VerifyLaw(check: .verifyLabel, words: "a label points at version") { board in
            try await VerifyLaw.changed(board) { (_, planned) throws(EngineError) in
                let row = LabelRow(version: "20200101T000000Z-abcde")
                planned.set(RowKey.label("prod", of: "alpha"), row.encoded)
            }
        },
    ]

    // MARK: - Parity

    private static let parity = [
        VerifyLaw(check: .verifyParityMissing, words: "nothing protects its pack") { board in
            let name = try #require(try await VerifyLaw.packs(board).first).name
            return board.without(BoardKeys.parity(name))
        },
        VerifyLaw(check: .verifyParityName, words: "it is that of another pack") { board in
            let (name, bytes) = try await parity(
                board,
                of: ObjectName(
                    base: 9, random: [UInt8](repeating: 5, count: 16)))
            return board.damaged(BoardKeys.parity(name)) { $0 = bytes }
        },
        VerifyLaw(check: .verifyParitySize, words: "it is not of the size") { board in
            // Whole in itself, of a pack that is one byte longer.
            let (name, bytes) = try await parity(board, of: nil)
            return board.damaged(BoardKeys.parity(name)) { $0 = bytes }
        },
        VerifyLaw(
            check: .verifyParityCopies, words: "its two descriptions differ", readsData: false
        ) { board in
            let name = try #require(
                try await VerifyLaw.packs(board).max { $0.row.byteCount < $1.row.byteCount }
            ).name
            let bytes = try #require(board.backend.snapshot[BoardKeys.parity(name)])
            let layout = try PackParity(bytes, .standard).description.layout
            return board.damaged(BoardKeys.parity(name)) { $0[layout.copyOffset + 40] ^= 1 }
        },
    ]

    /// The first pack, and parity of its bytes that names another pack; or if that is `nil`, of one
    /// byte more.
    private static func parity(
        _ board: VerifyBoard, of other: ObjectName?
    ) async throws -> (ObjectName, [UInt8]) {
        let name = try #require(try await VerifyLaw.packs(board).first).name
        var bytes = try #require(board.backend.snapshot[BoardKeys.pack(name)])
        if other == nil { bytes.append(0) }
        var encoder = ParityEncoder(ParityLayout(packByteCount: bytes.count, percent: 20))
        encoder.update(bytes.span.bytes)
        return (name, encoder.finish(name: other ?? name))
    }
}

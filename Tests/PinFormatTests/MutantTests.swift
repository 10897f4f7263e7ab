import MutantTesting
import PinFormat
import Testing

/// Each checksum and limit of the format is switched off, and a law notices.
@Suite(.enabled(if: Mutant.exist), .serialized) struct MutantTests {
    private static let vectors = "VectorGeneration.invalidVectorsAreRefusedForTheReasonTheyGive"

    private static func vectors(_ check: Check) -> Mutant {
        Mutant(check, vectors) {
            try VectorGeneration().invalidVectorsAreRefusedForTheReasonTheyGive()
        }
    }

    private static func limit(_ check: Check) -> Mutant {
        Mutant(check, "LimitTests.oneMoreThanTheLimitIsRefused") {
            for law in LimitTests.laws where "limit.\(law.name)" == check.rawValue {
                LimitTests().oneMoreThanTheLimitIsRefused(law: law)
            }
        }
    }

    static let mutants: [Mutant] =
        [
            .seal, .footerDigest, .frameChecksum, .indexHeaderChecksum, .indexTablesChecksum,
            .bucketChecksum, .tableTrailerChecksum, .tableIndexChecksum, .blockChecksum,
            .parityDescription, .parityBlock, .parityCopies, .limitFrameRaw, .limitParityRows,
            .limitPack, .limitPackFrames,
            .limitNodeEntries, .limitNodeLevel,
            .limitClosureFrames, .limitCommitReferences, .limitRecordFields,
        ].map(vectors)
        + [
            .limitCommit, .limitConfig, .limitName, .limitTitle, .limitDescription,
            .limitTextList, .limitTextListItem, .limitMetadata, .limitProducer,
            .limitInlineFileList, .limitFileList, .limitPath, .limitPathComponent,
            .limitVersionFiles, .limitTableKey, .limitTableValue, .limitTableBlockIndex,
            .limitFanout, .limitDepth,
        ].map(limit)
        + [
            Mutant(.limitTableBlock, "VectorGeneration.validVectorsAreWhatTheEncodersMake") {
                try VectorGeneration().validVectorsAreWhatTheEncodersMake()
            },
            Mutant(.limitIndexBucket, "IndexBucketTests.aBucketHasAtMost65536Entries") {
                try IndexBucketTests().aBucketHasAtMost65536Entries()
            },
        ]

    @Test(arguments: mutants) func aSwitchedOffCheckIsNoticed(mutant: Mutant) async {
        await mutant.expectNoticed()
    }

    @Test func everyCheckHasALaw() {
        // What a decode closure may need is the engine's to keep.
        let all = Check.allCases.filter {
            ($0.rawValue.hasPrefix("format.") || $0.rawValue.hasPrefix("limit."))
                && $0 != .limitClosureBytes
        }
        #expect(Set(Self.mutants.map(\.check)) == Set(all))
    }
}

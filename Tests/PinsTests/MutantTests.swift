import MutantTesting
import PinFormat
import PinStorage
import Testing

/// Each thing that a plain board brings to the medium is not brought there, and a law notices.
@Suite(.enabled(if: Mutant.exist), .serialized) struct MutantTests {
    private static func step(_ check: Check, _ step: PlainCrashTests.Step) -> Mutant {
        Mutant(check, "PlainCrashTests.aPowerCutAnywhereLeavesEveryVersionWholeOrAbsent") {
            try await PlainCrashTests().aPowerCutAnywhereLeavesEveryVersionWholeOrAbsent(
                step: step, hasSibling: true)
        }
    }

    private static func other(_ check: Check) -> Mutant {
        Mutant(check, "PlainCrashTests.boardsListsAndLabelsSurvive") {
            try await PlainCrashTests().boardsListsAndLabelsSurvive()
        }
    }

    static let mutants: [Mutant] =
        [
            step(.plainSyncFile, .firstWrite), step(.plainSyncInside, .firstWrite),
            step(.plainSyncVersion, .firstWrite), step(.plainSyncStaged, .firstWrite),
            step(.plainSyncPin, .firstWrite), step(.plainSyncName, .secondWrite),
            step(.plainSyncRemoval, .deleteVersion),
        ]
        + [
            .plainSyncBoard, .plainSyncManifest, .plainSyncManifestName, .plainSyncMarker,
            .plainSyncMarkerGone,
        ].map(other)
        + [
            Mutant(
                .plainSyncPinFolder,
                "PlainCrashTests.aVersionOfAPinThatAnotherHasMadeSurvives"
            ) {
                try await PlainCrashTests().aVersionOfAPinThatAnotherHasMadeSurvives()
            },
            Mutant(.plainHash, "PlainForeignTests.damagedBytesAreNeverHandedOut") {
                try await PlainForeignTests().damagedBytesAreNeverHandedOut(kind: .memory)
            },
            Mutant(.cacheSeal, "CacheFolderTests.aDamagedFileIsNoFile") {
                try await CacheFolderTests().aDamagedFileIsNoFile()
            },
            Mutant(.plainSyncTaken, "PlainCrashTests.anEditBringsWhatItTakesToTheMedium") {
                try await PlainCrashTests().anEditBringsWhatItTakesToTheMedium()
            },
        ]

    @Test(arguments: mutants) func aSwitchedOffCheckIsNoticed(mutant: Mutant) async {
        await mutant.expectNoticed()
    }

    @Test func everyCheckHasALaw() {
        let all = Check.allCases.filter { $0.rawValue.hasPrefix("plain.") }
        #expect(Set(Self.mutants.map(\.check)) == Set(all))
    }
}

import MutantTesting
import PinFormat
import PinStorage
import PinTesting
import Testing

/// Each thing that a folder board brings to the medium, or refuses, is switched off, and a law
/// notices.
@Suite(.enabled(if: Mutant.exist), .serialized) struct MutantTests {
    private static let put = "CrashTests.aPowerCutAnywhereLeavesTheObjectWholeOrAbsent"
    private static let writer = "CrashTests.aPowerCutAnywhereInAWriterLeavesTheObjectWholeOrAbsent"

    private static let syncs: [Mutant] =
        [.syncObject, .syncName, .syncFolder].map { check in
            Mutant(check, put) {
                try await CrashTests().aPowerCutAnywhereLeavesTheObjectWholeOrAbsent(
                    mode: .ifAbsent, hasExclusiveRename: true)
            }
        }
        + [.syncWriter, .syncWriterName].map { check in
            Mutant(check, writer) {
                try await CrashTests().aPowerCutAnywhereInAWriterLeavesTheObjectWholeOrAbsent()
            }
        }
        + [
            Mutant(.syncDelete, "CrashTests.aDeleteThatReturnedStays") {
                try await CrashTests().aDeleteThatReturnedStays()
            },
            Mutant(.syncRemoval, "CrashTests.aRemovalThatReturnedStays") {
                try await CrashTests().aRemovalThatReturnedStays()
            },
            Mutant(.syncBoard, "CrashTests.aBoardThatWasMadeIsThere") {
                try await CrashTests().aBoardThatWasMadeIsThere()
            },
        ]

    private static let folder: [Mutant] =
        [.exclusiveName, .readLimit, .readRange].map { check in
            Mutant(check, "ConformanceTests.aSimulatedFolderConforms") {
                await ConformanceTests().aSimulatedFolderConforms(hasExclusiveRename: true)
            }
        }
        + [
            Mutant(.readWhole, "FolderBackendTests.aFileThatIsCutShortWhileOpenIsAnError") {
                try await FolderBackendTests().aFileThatIsCutShortWhileOpenIsAnError()
            },
            Mutant(.writerSize, "CrashTests.aWriterTakesAsManyBytesAsItWasPromised") {
                try await CrashTests().aWriterTakesAsManyBytesAsItWasPromised()
            },
            Mutant(.objectSize, "ConformanceTests.memoryConforms") {
                await ConformanceTests().memoryConforms(
                    backend: MemoryBackend(
                        capabilities: BackendCapabilities(maximumObjectByteCount: 400_000)))
            },
            Mutant(.regularFile, "FolderBackendTests.aPipeIsNoObjectAndDoesNotHang") {
                try await FolderBackendTests().aPipeIsNoObjectAndDoesNotHang()
            },
            Mutant(.folderLinks, "FolderBackendTests.linksInsideTheBoardAreNotFollowed") {
                try await FolderBackendTests().linksInsideTheBoardAreNotFollowed()
            },
            Mutant(.boardFolder, "FolderBackendTests.aMissingBoardIsNotAnEmptyOne") {
                try await FolderBackendTests().aMissingBoardIsNotAnEmptyOne()
            },
            Mutant(.readOnly, "ConformanceTests.aFolderForReadingConforms") {
                try await ConformanceTests().aFolderForReadingConforms()
            },
            Mutant(.looksFirst, "SingleWriterTests.aSingleWriterLooksBeforeItWrites") {
                try await SingleWriterTests().aSingleWriterLooksBeforeItWrites()
            },
            Mutant(.exclusionProof, "SingleWriterTests.aFolderWhereSeveralWinSaysSo") {
                try await SingleWriterTests().aFolderWhereSeveralWinSaysSo()
            },
            Mutant(.ownLink, "ConformanceTests.aSimulatedFolderConforms") {
                await ConformanceTests().aSimulatedFolderConforms(hasExclusiveRename: false)
            },
        ]
        + [.sharedName, .sharedLimit].map { check in
            Mutant(check, "SingleWriterTests.otherFilesAreSeenReadAndRemovedByTheirNames") {
                try await SingleWriterTests().otherFilesAreSeenReadAndRemovedByTheirNames()
            }
        }

    static let mutants = syncs + folder

    @Test(arguments: mutants) func aSwitchedOffCheckIsNoticed(mutant: Mutant) async {
        await mutant.expectNoticed()
    }

    @Test func everyCheckHasALaw() {
        let all = Check.allCases.filter { $0.rawValue.hasPrefix("storage.") }
        #expect(Set(Self.mutants.map(\.check)) == Set(all))
    }
}

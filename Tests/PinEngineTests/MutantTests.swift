import MutantTesting
import PinFormat
import PinTesting
import Testing

/// Each rule of the protocol, and each digest that the engine compares, is switched off, and a law
/// notices.
@Suite(.enabled(if: Mutant.exist), .serialized) struct MutantTests {
    private static let protocolRules: [Mutant] = [
        Mutant(
            .presence, "CollectionTests.aCollectionBesideAWriterThatLeftChunksOutDoesNotLoseThem"
        ) {
            try await CollectionTests()
                .aCollectionBesideAWriterThatLeftChunksOutDoesNotLoseThem()
        },
        Mutant(.resurrection, "CheckTests.whatAVersionNeedsIsLive") {
            try await CheckTests().whatAVersionNeedsIsLive()
        },
        Mutant(.floor, "CollectionTests.aWriterWhoseUploadsAreSweptUploadsThemAgain") {
            try await CollectionTests().aWriterWhoseUploadsAreSweptUploadsThemAgain()
        },
        Mutant(.replacement, "DeduplicationTests.aPinThatReplacesItsOnlyVersionHasOne") {
            try await DeduplicationTests().aPinThatReplacesItsOnlyVersionHasOne()
        },
        Mutant(.inLog, "LogTests.aVoidCommitIsNotAcknowledged") {
            try await LogTests().aVoidCommitIsNotAcknowledged()
        },
        Mutant(.confirmed, "LogTests.aVoidCommitIsNotTakenForTheNewest") {
            try await LogTests().aVoidCommitIsNotTakenForTheNewest()
        },
        Mutant(.noneLost, "LostCommitTests.aMissingNewestCommitIsDamageAndNoOlderState") {
            try await LostCommitTests().aMissingNewestCommitIsDamageAndNoOlderState()
        },
        Mutant(.newBoard, "LogTests.aBoardWhoseLogIsGoneIsNotAnEmptyBoard") {
            try await LogTests().aBoardWhoseLogIsGoneIsNotAnEmptyBoard()
        },
        Mutant(.neverFree, "CheckTests.aLostAnswerBeforeAPruningIsNotARaceThatWasLost") {
            try await CheckTests().aLostAnswerBeforeAPruningIsNotARaceThatWasLost()
        },
        Mutant(.settled, "DeduplicationTests.anUnchangedWriteSettlesTheCommitItRestsOn") {
            try await DeduplicationTests().anUnchangedWriteSettlesTheCommitItRestsOn()
        },
        Mutant(.uploaded, "LostResponseTests.oneLostAnswerIsOverCome") {
            try await LostResponseTests().oneLostAnswerIsOverCome(
                fault: .unknownBefore, prefix: "packs/")
        },
        Mutant(.segmentUploaded, "LostResponseTests.oneLostAnswerIsOverCome") {
            try await LostResponseTests().oneLostAnswerIsOverCome(
                fault: .unknownBefore, prefix: "index/")
        },
    ]

    private static let boards: [Mutant] = [
        Mutant(.orphanFloor, "CollectionTests.aPackThatComesWhileNothingIsToBeDoneStays") {
            for position in 1...4 {
                try await CollectionTests().aPackThatComesWhileNothingIsToBeDoneStays(
                    position: position)
            }
        },
        Mutant(.namedPacks, "CollectionTests.aSecondCollectionChangesNothing") {
            try await CollectionTests().aSecondCollectionChangesNothing(exclusive: true)
        },
        Mutant(.parityRow, "ParityBoardTests.aPackThatItsRowDoesNotNameReplacesNothing") {
            try await ParityBoardTests().aPackThatItsRowDoesNotNameReplacesNothing()
        },
        Mutant(.seals, "CheckTests.aCollectionReadsTheSealsOfAllSegments") {
            try await CheckTests().aCollectionReadsTheSealsOfAllSegments()
        },
        Mutant(.collectionWhole, "CollectionAuditLaw") {
            try await CollectionAuditLaw().hold()
        },
        Mutant(.wholeIndex, "CheckTests.nobodyWritesByAPartOfTheIndex") {
            try await CheckTests().nobodyWritesByAPartOfTheIndex()
        },
        Mutant(.boardID, "HostileBoardTests.anObjectOfAnotherBoardIsFoundOut") {
            try await HostileBoardTests().anObjectOfAnotherBoardIsFoundOut()
        },
        Mutant(.commitNumber, "CheckTests.aCommitStandsUnderItsOwnNumber") {
            try await CheckTests().aCommitStandsUnderItsOwnNumber()
        },
        Mutant(.features, "HostileBoardTests.featuresOfLaterProgramsAreRespected") {
            try await HostileBoardTests().featuresOfLaterProgramsAreRespected(set: 1)
        },
    ]

    private static let digests: [Mutant] =
        [.chunkDigest, .frameDigest].map { check in
            Mutant(check, "DecodedFrameCacheTests.forgedBytesNeverGetIn") {
                try await DecodedFrameCacheTests().forgedBytesNeverGetIn()
            }
        }
        + [
            Mutant(.segmentDigest, "CheckTests.aRemoteSegmentIsComparedWithItsReference") {
                try await CheckTests().aRemoteSegmentIsComparedWithItsReference()
            },
            Mutant(.mergedDigest, "IndexMergeTests.aSegmentWhoseBasesAreDamagedIsNotMerged") {
                try IndexMergeTests().aSegmentWhoseBasesAreDamagedIsNotMerged()
            },
            Mutant(.encodedFrame, "CheckTests.aFrameThatDoesNotDecodeToItsSourceIsNotStored") {
                try await CheckTests().aFrameThatDoesNotDecodeToItsSourceIsNotStored()
            },
            Mutant(.baseDigest, "CheckTests.aBaseThatIsKeptIsTheRightOne") {
                try await CheckTests().aBaseThatIsKeptIsTheRightOne()
            },
            Mutant(.limitClosureBytes, "CheckTests.noReaderTakesALargerClosure") {
                try CheckTests().noReaderTakesALargerClosure()
            },
        ]

    /// Damage, and folders that are shared.
    private static let sharing: [Mutant] = [
        Mutant(.lostPacks, "HealTests.anUnchangedWriteHeals") {
            try await HealTests().anUnchangedWriteHeals(.missing)
        },
        Mutant(.healedRows, "HealTests.writingTheSameDataAgainHeals") {
            try await HealTests().writingTheSameDataAgainHeals(.missing)
        },
        Mutant(.arrived, "SharedFolderTests.aMissingPackMakesAnOlderStateThatSaysSo") {
            try await SharedFolderTests().aMissingPackMakesAnOlderStateThatSaysSo()
        },
        Mutant(.arriving, "SharedFolderTests.noBoardIsMadeWhereOneIsArriving") {
            try await SharedFolderTests().noBoardIsMadeWhereOneIsArriving()
        },
        Mutant(.readBefore, "SharedFolderTests.whatWasReadBeforeIsDamageWhereItIsGone") {
            try await SharedFolderTests().whatWasReadBeforeIsDamageWhereItIsGone()
        },
        Mutant(.gapless, "SharedFolderTests.aGapInTheLogHidesNothing") {
            try await SharedFolderTests().aGapInTheLogHidesNothing()
        },
        Mutant(.unmerged, "ConflictTests.nothingIsCollectedWhileCommitsStandInConflict") {
            try await ConflictTests().nothingIsCollectedWhileCommitsStandInConflict()
        },
        Mutant(.mergedFloor, "ConflictTests.packsBelowTheFloorAreStoredAgain") {
            try await ConflictTests().packsBelowTheFloorAreStoredAgain()
        },
        Mutant(.mergedPacks, "ConflictTests.aBranchWithoutItsPacksWaits") {
            try await ConflictTests().aBranchWithoutItsPacksWaits()
        },
        Mutant(.partSize, "ConflictTests.aBranchWithoutItsPacksWaits") {
            try await ConflictTests().aBranchWithoutItsPacksWaits()
        },
        Mutant(.partBlank, "RepairStateTests.aPackWhoseEndIsBlankHasNotArrived") {
            try await RepairStateTests().aPackWhoseEndIsBlankHasNotArrived()
        },
        Mutant(.partShape, "SharedFolderTests.damageIsNotWaitedFor") {
            try await SharedFolderTests().damageIsNotWaitedFor()
        },
        Mutant(.mergedBoard, "RepairStateTests.theCommitOfAnotherBoardIsNotMerged") {
            try await RepairStateTests().theCommitOfAnotherBoardIsNotMerged()
        },
        Mutant(.mergedName, "ConflictTests.twoVersionsOfOneNameAreBothKept") {
            try await ConflictTests().twoVersionsOfOneNameAreBothKept()
        },
        Mutant(.mergedState, "RepairStateTests.aMergeCommitsUponWhatItHasSeen") {
            try await RepairStateTests().aMergeCommitsUponWhatItHasSeen()
        },
        Mutant(.mergedBase, "ConflictTests.labelsAndDeletionsAreMergedByTheRule") {
            try await ConflictTests().labelsAndDeletionsAreMergedByTheRule()
        },
        Mutant(.mergedLabels, "ConflictTests.labelsAndDeletionsAreMergedByTheRule") {
            try await ConflictTests().labelsAndDeletionsAreMergedByTheRule()
        },
    ]

    /// What a repair commits.
    private static let repairs: [Mutant] = [
        Mutant(.usedPacks, "UsedPackTests.writingAgainHealsWhatIsMissingWithoutARepair") {
            try await UsedPackTests().writingAgainHealsWhatIsMissingWithoutARepair(.missing)
        },
        Mutant(.healedWhole, "ParityHealTests.aHalfHealedPackIsMendedByItsParity") {
            try await ParityHealTests().aHalfHealedPackIsMendedByItsParity()
        },
        Mutant(.paritySound, "ParityBoardTests.parityIsMadeOfSoundPacksAlone") {
            try await ParityBoardTests().parityIsMadeOfSoundPacksAlone()
        },
        Mutant(.repairedState, "RepairStateTests.whatWasNotVerifiedIsLookedAtAgain") {
            try await RepairStateTests().whatWasNotVerifiedIsLookedAtAgain(.rehomed)
        },
        Mutant(.mendedState, "RepairStateTests.whatWasNotVerifiedIsLookedAtAgain") {
            try await RepairStateTests().whatWasNotVerifiedIsLookedAtAgain(.mended)
        },
        Mutant(.graftedState, "RepairStateTests.whatWasNotVerifiedIsLookedAtAgain") {
            try await RepairStateTests().whatWasNotVerifiedIsLookedAtAgain(.grafted)
        },
        Mutant(.repairedRows, "RepairStateTests.rowsThatCannotBeDecodedMayNeedAnything") {
            try await RepairStateTests().rowsThatCannotBeDecodedMayNeedAnything(hasParity: false)
        },
        Mutant(.mendedRows, "RepairStateTests.rowsThatCannotBeDecodedMayNeedAnything") {
            try await RepairStateTests().rowsThatCannotBeDecodedMayNeedAnything(hasParity: true)
        },
    ]

    /// What a verification compares.
    private static let comparisons = VerifyCheckTests.laws.map { law in
        Mutant(law.check, "VerifyCheckTests.whatIsWrongIsSaid") {
            try await VerifyCheckTests().whatIsWrongIsSaid(law: law)
        }
    }

    static let mutants = protocolRules + boards + digests + sharing + repairs + comparisons

    @Test(arguments: mutants) func aSwitchedOffCheckIsNoticed(mutant: Mutant) async {
        await mutant.expectNoticed()
    }

    @Test func everyCheckHasALaw() {
        let all = Check.allCases.filter {
            $0.rawValue.hasPrefix("engine.") || $0.rawValue.hasPrefix("verify.")
                || $0 == .limitClosureBytes
        }
        #expect(Set(Self.mutants.map(\.check)) == Set(all))
    }
}

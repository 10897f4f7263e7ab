import MutantTesting
import PinFormat
import Testing

/// Each check of a frame is switched off, and a law notices.
@Suite(.enabled(if: Mutant.exist), .serialized) struct MutantTests {
    static let mutants: [Mutant] = [
        Mutant(.frameRawSize, "FrameLimitTests.noFrameHoldsMoreThan16MiB") {
            try FrameLimitTests().noFrameHoldsMoreThan16MiB()
        },
        Mutant(.frameStoredSize, "FrameLimitTests.noFrameIsLargerThanRawBlocks") {
            try FrameLimitTests().noFrameIsLargerThanRawBlocks()
        },
        Mutant(
            .frameContentSize, "FrameLimitTests.aFrameOfAnotherSizeIsRefusedBeforeItIsDecoded"
        ) {
            try FrameLimitTests().aFrameOfAnotherSizeIsRefusedBeforeItIsDecoded()
        },
        Mutant(.framePrefix, "FrameLimitTests.noPrefixIsLargerThanTwoChunks") {
            try FrameLimitTests().noPrefixIsLargerThanTwoChunks()
        },
        Mutant(.frameEnd, "HostileFrameTests.whatStandsAfterAFrameIsAnError") {
            try HostileFrameTests().whatStandsAfterAFrameIsAnError()
        },
        Mutant(.frameRawEnd, "HostileFrameTests.whatStandsAfterAFrameIsAnError") {
            try HostileFrameTests().whatStandsAfterAFrameIsAnError()
        },
        Mutant(.frameDescriptor, "HostileFrameTests.headersThatTheFormatForbidsAreRefused") {
            try HostileFrameTests().headersThatTheFormatForbidsAreRefused()
        },
        Mutant(.parityDigest, "ParityTests.parityOfOtherBytesMakesNoPack") {
            try ParityTests().parityOfOtherBytesMakesNoPack()
        },
        Mutant(.parityPackBlock, "ParityTests.damageWithinThePercentageIsMendedByteForByte") {
            try ParityTests().damageWithinThePercentageIsMendedByteForByte()
        },
        Mutant(.parityOwnBlock, "ParityTests.moreDamageIsReportedAndNeverWrongBytes") {
            try ParityTests().moreDamageIsReportedAndNeverWrongBytes()
        },
    ]

    @Test(arguments: mutants) func aSwitchedOffCheckIsNoticed(mutant: Mutant) async {
        await mutant.expectNoticed()
    }

    @Test func everyCheckHasALaw() {
        let all = Check.allCases.filter {
            $0.rawValue.hasPrefix("frame.") || $0.rawValue.hasPrefix("parity.")
        }
        #expect(Set(Self.mutants.map(\.check)) == Set(all))
    }
}

/// The rules of ``PackModel`` that can be switched off, each a loss to be found.
enum BrokenRule: CaseIterable {
    /// The presence check looks at the packs of frames deduplicated against, not at their bases.
    case presenceOfDirectPacksOnly
    /// The presence check forgets the bases of the deltas that the writer encoded itself.
    case presenceWithoutOwnBases
    /// Marking stops at the frames that versions name.
    case markWithoutClosure
    /// A commit lists a condemned pack but leaves it condemned.
    case noResurrection
    /// A collector removes what is condemned without marking anew.
    case condemnedIsDead
    /// A lookup believes an index entry although the pack is not listed.
    case staleEntriesTrusted
    /// Condemning a pack drops its index entries at once.
    case condemningDropsEntries
    /// Repacking leaves the versions' pack lists as they were.
    case listsNotRewritten
    /// A collector publishes a pack of its own without comparing the floor with its base.
    case collectorIgnoresFloor
    /// A writer publishes a pack of its own without comparing the floor with its base.
    case writerIgnoresFloor
    /// A collection that has no use for a floor sets it back.
    case floorLowered
    /// A staged pack is checked against the floor, not for presence.
    case stagedUnderFloorRule
    /// A collector keeps one copy of each digest, whatever the depths.
    case depthIgnored
    /// A frame is encoded again against a base of which no copy of smaller depth is kept.
    case reencodingIgnoresDepths
    /// A frame gets a copy of greater depth although others are compressed against it.
    case reencodingDeepens
    /// A frame is encoded again, and what is compressed against the old copy is not marked anew.
    case reencodingForgetsDependents
    /// Only versions that name a pack that goes learn where frames were encoded again.
    case listsIgnoreReencoding
    /// A reader that misses a pack reports a loss instead of opening the newest commit.
    case readerDoesNotReopen
}

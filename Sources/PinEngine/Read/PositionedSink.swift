/// Where the verified bytes of a file go, each to its own place, in no order: a file, a memory map,
/// a device that can seek.
///
/// A reader that need not wait for its turn decodes on all cores and lets each of them write.
public protocol PositionedSink: Sendable {
    /// Takes bytes. Called from several tasks at once, on threads that may block; once for every
    /// byte that was asked for, except that after an error some are missing.
    ///
    /// - Parameters:
    ///   - bytes: Verified bytes, up to a few MiB; they are gone when the call returns.
    ///   - offset: Where they belong, in bytes from the first byte that was asked for.
    /// - Throws: What ends the read.
    func write(_ bytes: RawSpan, at offset: UInt64) throws(EngineError)
}

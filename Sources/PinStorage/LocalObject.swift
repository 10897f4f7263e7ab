internal import PinFormat

/// An object that lies on this machine and can be read in place, without an await.
///
/// It stays readable, with the bytes it had when it was opened, after a delete or an overwrite.
public protocol LocalObject: AnyObject, Sendable {
    /// The object's size.
    var byteCount: Int { get }

    /// Fills `buffer` with the bytes that begin at `offset`. Blocks the calling thread.
    ///
    /// - Parameters:
    ///   - offset: Where to begin, in bytes from the object's start.
    ///   - buffer: Memory of the caller's; all of it is filled, or an error is thrown.
    /// - Throws: ``BackendError/Code/rangeNotSatisfiable`` if the object ends before the buffer
    ///   does, ``BackendError/Code/ioError`` if the device fails.
    func read(
        at offset: Int, into buffer: UnsafeMutableRawBufferPointer
    ) throws(BackendError)
}

extension LocalObject {
    /// The bytes of `range`.
    ///
    /// - Throws: As ``read(at:into:)``.
    public func bytes(in range: Range<Int>) throws(BackendError) -> [UInt8] {
        try checkRange(range, byteCount: byteCount, key: nil)
        return try unsafe byteArray(count: range.count) { buffer throws(BackendError) in
            try unsafe read(at: range.lowerBound, into: buffer)
        }
    }
}

/// Throws unless `range` lies inside an object of `byteCount` bytes.
func checkRange(
    _ range: Range<Int>, byteCount: Int, key: ObjectKey?
) throws(BackendError) {
    guard Check.readRange.isOff || (range.lowerBound >= 0 && range.upperBound <= byteCount)
    else {
        let name = key?.text ?? "the object"
        throw BackendError(
            .rangeNotSatisfiable, key: key,
            "bytes \(range.lowerBound)..<\(range.upperBound) of \(name) were asked for, which has "
                + "\(byteCount): it is shorter than its references say, verify the board")
    }
}

/// An array of `count` bytes that `fill` has filled, without clearing them first.
func byteArray<E: Error>(
    count: Int, filledBy fill: (UnsafeMutableRawBufferPointer) throws(E) -> Void
) throws(E) -> [UInt8] {
    var failure: E?
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
        do throws(E) {
            let target = UnsafeMutableRawBufferPointer(buffer)
            try unsafe fill(target)
            initialized = count
        } catch {
            failure = error
        }
    }
    if let failure { throw failure }
    return bytes
}

/// One thing to measure: named `area/operation-size`.
struct Benchmark {
    /// Such as `chunk/csv-64KiB`.
    let name: String
    /// How many bytes one call of ``body`` works on.
    let byteCount: Int
    /// A number that does not depend on the machine, such as the chunks or the bytes that come
    /// out, or `nil`.
    let count: (name: String, value: Int)?
    /// Checks the result once, before anything is timed.
    let check: () throws -> Void
    /// What is timed; returns something of the result, so that it cannot be left out.
    let body: () throws -> Int

    init(
        _ name: String, byteCount: Int, count: (name: String, value: Int)? = nil,
        check: @escaping () throws -> Void, body: @escaping () throws -> Int
    ) {
        self.name = name
        self.byteCount = byteCount
        self.count = count
        self.check = check
        self.body = body
    }
}

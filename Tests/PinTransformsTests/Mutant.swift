import PinFormat
import Synchronization
import Testing

/// A check that is switched off, and the law that must notice.
struct Mutant: Sendable, CustomTestStringConvertible {
    let check: Check
    /// The test whose body the law is.
    let name: String
    let law: @Sendable () async throws -> Void

    init(_ check: Check, _ name: String, _ law: @escaping @Sendable () async throws -> Void) {
        (self.check, self.name, self.law) = (check, name, law)
    }

    var testDescription: String { check.rawValue }

    /// Whether this build can switch checks off.
    static var exist: Bool {
        #if DEBUG
            true
        #else
            false
        #endif
    }

    /// Runs the law without the check. That nothing fails is the failure.
    func expectNoticed() async {
        #if DEBUG
            let noticed = Mutex(false)
            try? await withKnownIssue("\(check.rawValue) is off", isIntermittent: true) {
                try await Check.$switchedOff.withValue(check) { try await law() }
            } matching: { _ in
                noticed.withLock { $0 = true }
                return true
            }
            let isNoticed = noticed.withLock { $0 }
            print("mutant \(check.rawValue) \(isNoticed ? "caught by" : "SURVIVES") \(name)")
            #expect(isNoticed, "\(name) holds without \(check.rawValue)")
        #endif
    }
}

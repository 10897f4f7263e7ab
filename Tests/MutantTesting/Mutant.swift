package import PinFormat
internal import Synchronization
internal import Testing

/// A check that is switched off, and the law that must notice.
package struct Mutant: Sendable, CustomTestStringConvertible {
    package let check: Check
    /// The test whose body the law is.
    package let name: String
    private let law: @Sendable () async throws -> Void

    package init(_ check: Check, _ name: String, _ law: @escaping @Sendable () async throws -> Void)
    {
        (self.check, self.name, self.law) = (check, name, law)
    }

    package var testDescription: String { check.rawValue }

    /// Whether this build can switch checks off.
    package static var exist: Bool {
        #if DEBUG
            true
        #else
            false
        #endif
    }

    /// Runs the law without the check. That nothing fails is the failure.
    package func expectNoticed() async {
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
            if !isNoticed { Issue.record("\(name) holds without \(check.rawValue)") }
        #endif
    }
}

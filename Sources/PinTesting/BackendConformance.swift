internal import PinFormat
public import PinStorage

/// The contract of ``BoardBackend`` as a program: every backend must pass it.
///
/// It works on objects below a prefix of its own and removes them, so a place that holds other
/// objects will do. It gives the violations as a list and knows no test framework:
///
/// ```swift
/// @Test func myBackendKeepsTheContract() async {
///     #expect(await BackendConformance().violations(of: MyBackend()).isEmpty)
/// }
/// ```
public struct BackendConformance: Sendable {
    /// A law that a backend broke.
    public struct Violation: Error, Sendable, CustomStringConvertible {
        /// The name of the law.
        public var law: String
        /// What was expected and what was found.
        public let message: String

        public var description: String { "\(law): \(message)" }
    }

    /// How many bytes the big object has, at most what the backend takes.
    public var bigByteCount: Int
    /// How many objects a listing must cope with; more than a page of the common stores.
    public var manyCount: Int
    /// How many rounds the race has.
    public var raceCount: Int
    /// The seed of names and contents.
    public var seed: UInt64

    /// A suite.
    ///
    /// - Parameters:
    ///   - bigByteCount: 40 MiB by default.
    ///   - manyCount: 1,100 by default.
    ///   - raceCount: 20 by default, each with 16 tasks.
    ///   - seed: Of names and contents.
    public init(
        bigByteCount: Int = 40 << 20, manyCount: Int = 1_100, raceCount: Int = 20, seed: UInt64 = 1
    ) {
        self.bigByteCount = bigByteCount
        self.manyCount = manyCount
        self.raceCount = raceCount
        self.seed = seed
    }

    /// Runs all laws that the backend's capabilities call for.
    ///
    /// - Parameter backend: The backend; several laws use it from many tasks at once.
    /// - Returns: The violations, at most one for each law; none if it conforms.
    public func violations(of backend: any BoardBackend) async -> [Violation] {
        await violations(of: backend, laws(backend.capabilities), maker: backend)
    }

    /// Runs the laws about reading on a backend that is for reading only.
    ///
    /// - Parameters:
    ///   - backend: The backend; it must be read-only.
    ///   - maker: Writes to the same place, and passes the whole suite.
    /// - Returns: The violations, at most one for each law; none if it conforms.
    public func violations(
        ofReading backend: any BoardBackend, madeBy maker: any BoardBackend
    ) async -> [Violation] {
        precondition(backend.capabilities.readOnly, "this is for backends that cannot write")
        let reading = [
            Law(name: "readAfterWrite") { try await $0.readAfterWrite() },
            Law(name: "ranges") { try await $0.ranges() },
            Law(name: "emptyObjects") { try await $0.emptyObjects() },
            Law(name: "limits") { try await $0.limits() },
            Law(name: "bigObject") { try await $0.bigObject() },
        ]
        return await violations(
            of: backend, laws(backend.capabilities) + reading, maker: maker)
    }

    private func violations(
        of backend: any BoardBackend, _ laws: [Law], maker: any BoardBackend
    ) async -> [Violation] {
        let random = SeededRandom(seed: seed)
        var violations: [Violation] = []
        for (index, law) in laws.enumerated() {
            let name = Hex.encode(random.fork(UInt64(index)).bytes(count: 6))
            let ground = ConformanceGround(
                backend: backend, maker: maker, prefix: "conformance-\(name)/", suite: self,
                random: random.fork(UInt64(index + 1000)))
            do {
                try await law.check(ground)
            } catch var violation as Violation {
                violation.law = law.name
                violations.append(violation)
            } catch {
                violations.append(
                    Violation(law: law.name, message: "an error nobody expects: \(error)"))
            }
            await ground.clear()
        }
        return violations
    }

    /// Runs all laws and throws the first violation.
    public func check(_ backend: any BoardBackend) async throws(Violation) {
        if let first = await violations(of: backend).first { throw first }
    }

    /// A law: its name and its check.
    struct Law: Sendable {
        let name: String
        let check: @Sendable (ConformanceGround) async throws -> Void
    }

    /// The laws that a backend of these capabilities is under.
    private func laws(_ capabilities: BackendCapabilities) -> [Law] {
        var laws = [Law(name: "missingObjects") { try await $0.missingObjects() }]
        if capabilities.readOnly {
            laws.append(Law(name: "readOnlyRefuses") { try await $0.readOnlyRefuses() })
            if !capabilities.list {
                laws.append(Law(name: "listIsRefused") { try await $0.listIsRefused() })
            }
            return laws
        }
        laws += [
            Law(name: "readAfterWrite") { try await $0.readAfterWrite() },
            Law(name: "ranges") { try await $0.ranges() },
            Law(name: "emptyObjects") { try await $0.emptyObjects() },
            Law(name: "overwrite") { try await $0.overwrite() },
            Law(name: "overwriteIsSeenWhole") { try await $0.overwriteIsSeenWhole() },
            Law(name: "ifAbsentKeeps") { try await $0.ifAbsentKeeps() },
            Law(name: "deleteTwice") { try await $0.deleteTwice() },
            Law(name: "limits") { try await $0.limits() },
            Law(name: "bigObject") { try await $0.bigObject() },
            Law(name: "pieces") { try await $0.pieces() },
            Law(name: "localObjects") { try await $0.localObjects() },
        ]
        if capabilities.atomicCreate {
            laws.append(Law(name: "raceHasOneWinner") { try await $0.raceHasOneWinner() })
        }
        if capabilities.list {
            laws.append(Law(name: "listOrder") { try await $0.listOrder() })
            laws.append(Law(name: "listMany") { try await $0.listMany() })
        } else {
            laws.append(Law(name: "listIsRefused") { try await $0.listIsRefused() })
        }
        return laws
    }
}

/// What a law works with.
struct ConformanceGround: Sendable {
    let backend: any BoardBackend
    /// What makes the objects: the backend itself, unless that is for reading only.
    let maker: any BoardBackend
    /// What the keys of this law begin with, with a slash at the end.
    let prefix: String
    let suite: BackendConformance
    let random: SeededRandom
    let created = KeyLog()

    /// A key below the prefix.
    func key(_ name: String) throws(BackendError) -> ObjectKey {
        let key = try ObjectKey(validating: prefix + name)
        created.add(key)
        return key
    }

    /// Throws a violation unless the condition holds.
    func require(
        _ condition: Bool, _ message: @autoclosure () -> String
    ) throws(BackendConformance.Violation) {
        guard condition else { throw violation(message()) }
    }

    /// A violation; the suite adds the law's name.
    func violation(_ message: String) -> BackendConformance.Violation {
        BackendConformance.Violation(law: "", message: message)
    }

    /// Throws a violation unless `body` throws an error of this code.
    func requireError(
        _ code: BackendError.Code, _ what: String, _ body: () async throws -> Void
    ) async throws {
        do {
            try await body()
        } catch let error as BackendError {
            try require(error.code == code, "\(what) throws \(code), not \(error.code): \(error)")
            try require(!error.message.isEmpty, "\(what): the error says nothing")
            return
        }
        throw violation("\(what) throws \(code), but it succeeded")
    }

    /// Removes the objects of this law, as far as that works.
    func clear() async {
        for key in created.keys where !maker.capabilities.readOnly {
            try? await maker.delete(key)
        }
    }
}

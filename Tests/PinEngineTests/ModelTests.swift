import PinEngine
import PinFormat
import PinStorage
import PinTesting
import Testing

/// A store against the plainest model there is: a dictionary.
///
/// Seeded random sequences of everything a store does; after each step every version of the model
/// reads back and everything else is gone.
@Suite struct ModelTests {
    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func theStoreDoesWhatADictionaryDoes(seed: UInt64) async throws {
        let all = Array(0..<45)
        guard try await Self.problem(seed, all) != nil else { return }
        let steps = try await shrunk(all) { try await Self.problem(seed, $0) != nil }
        let what = try await Self.problem(seed, steps) ?? "not every time"
        Issue.record("seed \(seed), steps \(steps): \(what)")
    }

    /// What goes wrong in these steps of a seed's run, and what was done; `nil` if nothing does.
    private static func problem(_ seed: UInt64, _ steps: [Int]) async throws -> String? {
        let run = try await ModelRun(seed: seed)
        for step in steps {
            if let problem = await run.step(step) {
                return "\(problem)\n\(run.history.joined(separator: "\n"))"
            }
        }
        let complaints = try SecondDecoder.complaints(about: run.backend)
        return complaints.isEmpty ? nil : complaints
    }

    @Test func whatIsShrunkHasNoStepTooMuch() async {
        let needed: Set = [7, 21, 40]
        let steps = await shrunk(Array(0..<45)) { needed.isSubset(of: $0) }
        #expect(steps == [7, 21, 40])
    }
}

/// A part of the steps that still fails, and of which no single step can be left out.
private func shrunk(
    _ steps: [Int], _ fails: ([Int]) async throws -> Bool
) async rethrows -> [Int] {
    var steps = steps
    var isShorter = true
    while isShorter {
        isShorter = false
        for step in steps.reversed() {
            let fewer = steps.filter { $0 != step }
            if try await fails(fewer) { (steps, isShorter) = (fewer, true) }
        }
    }
    return steps
}

/// One run: the store, the model and what has been done.
private final class ModelRun {
    struct Version {
        let name: String
        let bytes: [UInt8]
        let title: String?
    }

    /// What a check found wrong.
    struct Mismatch: Error, CustomStringConvertible {
        let description: String
    }

    static let names = ["alpha", "beta", "owner/gamma"]

    let ground: Ground
    /// Each step has its own numbers, so that one that is left out does not change the others.
    private var random: SeededRandom
    let backend: MemoryBackend
    var store: Store
    var pins: [String: [Version]] = [:]
    var labels: [String: [String: String]] = [:]
    var gone: [(pin: String, version: String)] = []
    var history: [String] = []
    private var openCount: UInt64 = 10

    init(seed: UInt64) async throws {
        ground = Ground(seed: seed)
        random = SeededRandom(seed: seed).fork(77)
        backend = MemoryBackend(pageCount: 7, hasLocalObjects: seed % 2 == 0)
        store = try await ground.create(on: backend)
    }

    /// Does one thing and checks everything; what is wrong, or `nil`.
    func step(_ number: Int) async -> String? {
        random = SeededRandom(seed: ground.seed).fork(UInt64(100_000 + number))
        do {
            try await change()
            try await check(store)
            return nil
        } catch {
            return "\(error)"
        }
    }

    private func note(_ text: String) { history.append(text) }

    private func change() async throws {
        ground.clock.advance(seconds: Int64([0, 0, 1, 100, 100_000][random.below(5)]))
        let pin = Self.names[random.below(Self.names.count)]
        switch random.below(20) {
        case 0..<7: try await write(pin)
        case 7: try await writeAgain(pin)
        case 8: try await edit(pin)
        case 9, 10: try await deleteVersion(pin)
        case 11:
            if random.oneIn(3) { try await deletePin(pin) } else { try await prune(pin) }
        case 12: try await label(pin)
        case 13, 14, 15: try await collect()
        case 16: try await reopen()
        default: try await ranges(pin)
        }
    }

    private func content(_ pin: String) -> [UInt8] {
        var bytes = pins.values.joined().map(\.bytes).randomElement(using: random) ?? []
        switch random.below(6) {
        case 0: return random.bytes(count: random.below(3))
        case 1: return random.bytes(count: random.below(90_000))
        case 2: return [UInt8](repeating: UInt8(random.below(2)), count: random.below(70_000))
        case 3:
            let place = random.below(bytes.count + 1)
            bytes.insert(contentsOf: random.bytes(count: random.below(9_000)), at: place)
        case 4:
            if bytes.isEmpty { return [1] }
            let place = random.below(bytes.count)
            let end = min(bytes.count, place + random.below(20_000))
            bytes.replaceSubrange(place..<end, with: random.bytes(count: end - place))
        default:
            bytes.removeFirst(random.below(bytes.count + 1))
        }
        return bytes
    }

    private func write(_ pin: String) async throws {
        let bytes = content(pin)
        let title = random.oneIn(2) ? nil : "t\(random.below(3))"
        let latest = pins[pin]?.last
        let result = try await store.write(bytes, to: pin, title: title)
        note(
            "write \(pin) \(bytes.count) bytes, title \(title ?? "-"): "
                + "\(result.version.versionName)"
        )
        let same = latest.map { $0.bytes == bytes && $0.title == title } ?? false
        try require(result.isUnchanged == same, "isUnchanged is \(result.isUnchanged)")
        if same { return }
        pins[pin, default: []].append(
            Version(name: result.version.versionName, bytes: bytes, title: title))
        gone.removeAll { $0 == (pin, result.version.versionName) }
    }

    private func writeAgain(_ pin: String) async throws {
        guard let latest = pins[pin]?.last else { return }
        note("write the same to \(pin)")
        let result = try await store.write(latest.bytes, to: pin, title: latest.title)
        try require(result.isUnchanged, "the same bytes made a version")
        try require(result.version.versionName == latest.name, "it names another version")
    }

    private func edit(_ pin: String) async throws {
        let title = "e\(random.below(3))"
        guard let latest = pins[pin]?.last else { return }
        note("edit \(pin) \(title)")
        let result = try await store.edit(pin) { $0.title = title }
        try require(result.isUnchanged == (latest.title == title), "isUnchanged")
        if result.isUnchanged { return }
        pins[pin]?.append(
            Version(name: result.version.versionName, bytes: latest.bytes, title: title))
        gone.removeAll { $0 == (pin, result.version.versionName) }
    }

    private func deleteVersion(_ pin: String) async throws {
        guard let versions = pins[pin], !versions.isEmpty else { return }
        let index = random.below(versions.count)
        let name = versions[index].name
        note("delete \(pin) \(name)")
        let removed = try await store.delete(pin, .named(name))
        try require(removed == [name], "removed \(removed)")
        forget([name], of: pin)
    }

    private func deletePin(_ pin: String) async throws {
        note("delete \(pin)")
        let names = pins[pin, default: []].map(\.name)
        switch await outcome({ () throws(EngineError) in try await store.delete(pin, nil) }) {
        case .success(let removed): try require(removed == names, "removed \(removed)")
        case .failure(let error):
            try require(names.isEmpty && error.code == .notFound, "delete: \(error)")
        }
        forget(names, of: pin)
    }

    private func prune(_ pin: String) async throws {
        guard let versions = pins[pin], !versions.isEmpty else { return }
        let keep = 1 + random.below(3)
        note("prune \(pin) to \(keep)")
        let names = versions.dropLast(keep).map(\.name)
        let isDryRun = random.oneIn(4)
        let removed = try await store.prune(pin, isDryRun: isDryRun) { Array($0.dropLast(keep)) }
        try require(removed == names, "removed \(removed)")
        if !isDryRun { forget(names, of: pin) }
    }

    private func forget(_ names: [String], of pin: String) {
        gone += names.map { (pin, $0) }
        pins[pin]?.removeAll { names.contains($0.name) }
        labels[pin] = labels[pin]?.filter { !names.contains($0.value) }
        if pins[pin]?.isEmpty == true { pins[pin] = nil }
    }

    private func label(_ pin: String) async throws {
        guard let versions = pins[pin], !versions.isEmpty else { return }
        let label = ["gold", "ö", "v1"][random.below(3)]
        if random.oneIn(3), labels[pin]?[label] != nil {
            note("unlabel \(pin) \(label)")
            _ = try await store.setLabel(label, of: pin, to: nil)
            labels[pin]?[label] = nil
        } else {
            let name = versions[random.below(versions.count)].name
            note("label \(pin) \(label) \(name)")
            _ = try await store.setLabel(label, of: pin, to: .named(name))
            labels[pin, default: [:]][label] = name
        }
    }

    private func collect() async throws {
        let kind = random.below(4)
        note("collect \(["grace 0", "exclusive", "default", "dry run"][kind])")
        try await store.collect(
            grace: kind == 0 ? 0 : 86_400, exclusive: kind == 1, dryRun: kind == 3)
    }

    private func reopen() async throws {
        note("reopen")
        openCount += 1
        store = try await ground.open(on: backend, label: openCount)
    }

    private func ranges(_ pin: String) async throws {
        guard let version = pins[pin]?.randomElement(using: random) else { return }
        let reader = try await store.reader(of: pin, .named(version.name)).reader
        for _ in 0..<4 {
            let low = random.below(version.bytes.count + 2)
            let high = low + random.below(version.bytes.count + 2)
            let found = try await reader.bytes(
                reader.files[0], range: UInt64(low)..<UInt64(high))
            let count = version.bytes.count
            let wanted = Array(version.bytes[min(low, count)..<min(high, count)])
            try require(found == wanted, "range \(low)..<\(high) of \(pin) \(version.name)")
        }
    }

    // MARK: - Checks

    private func require(_ condition: Bool, _ what: @autoclosure () -> String) throws {
        if !condition { throw Mismatch(description: what()) }
    }

    private func check(_ store: Store) async throws {
        let summaries = try await store.pins()
        try require(summaries.map(\.name) == pins.keys.sorted(), "pins \(summaries.map(\.name))")
        for (pin, versions) in pins {
            let found = try await store.versions(of: pin)
            try require(found.map(\.version) == versions.map(\.name), "versions of \(pin)")
            let summary = summaries.first { $0.name == pin }
            try require(summary?.latest == versions.last?.name, "latest of \(pin)")
            try require(summary?.versionCount == versions.count, "count of \(pin)")
            try require(summary?.metadata.title == versions.last?.title, "title of \(pin)")
            for (version, found) in zip(versions, found) {
                let names = (labels[pin] ?? [:]).filter { $0.value == version.name }.keys.sorted()
                try require(found.labels == names, "labels of \(pin) \(version.name)")
                try require(found.record.metadata.title == version.title, "title")
                let bytes = try await store.read(pin, version.name)
                try require(bytes == version.bytes, "bytes of \(pin) \(version.name)")
            }
        }
        for (pin, version) in gone.suffix(5) {
            let code = await failure { () throws(EngineError) in
                try await store.reader(of: pin, .named(version))
            }
            try require(code == .notFound, "\(pin) \(version) is \(String(describing: code))")
        }
    }
}

extension Collection {
    /// As `randomElement`, with a generator that is shared.
    fileprivate func randomElement(using random: SeededRandom) -> Element? {
        var random = random
        return randomElement(using: &random)
    }
}

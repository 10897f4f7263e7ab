package import PinEngine
internal import PinFormat
internal import PinStorage

/// Which labels of a pin point where.
struct PlainLabels: Sendable {
    /// Every file of a label that there is.
    struct Marker: Sendable, Hashable {
        let label: PlainLabel
        let version: String
    }

    private(set) var markers: [Marker] = []

    init(_ versions: [PlainVersion]) {
        for version in versions {
            for label in version.labels {
                markers.append(Marker(label: label, version: version.place.version))
            }
        }
    }

    init(_ markers: [Marker]) { self.markers = markers }

    /// The version that a label points at.
    func version(of label: String) -> String? {
        markers.filter { $0.label.label == label }.max(by: Self.isBefore)?.version
    }

    /// The labels that point at a version, ascending.
    func labels(of version: String) -> [String] {
        Set(markers.map(\.label.label)).filter { self.version(of: $0) == version }.sorted()
    }

    /// By number; two writers without a lock may take one number, and then the later version has
    /// it.
    private static func isBefore(_ left: Marker, _ right: Marker) -> Bool {
        (left.label.sequence, left.version) < (right.label.sequence, right.version)
    }
}

extension PlainBoard {
    /// The labels of a pin, by one listing of each of its versions.
    func labels(of pin: String) async throws(EngineError) -> PlainLabels {
        var markers: [PlainLabels.Marker] = []
        for version in try await names(of: pin) {
            for file in try await tree.files(of: PlainPlace(pin, version)) {
                guard let label = PlainLabel(fileName: file.path) else { continue }
                markers.append(PlainLabels.Marker(label: label, version: version))
            }
        }
        return PlainLabels(markers)
    }

    package func setLabel(
        _ label: String, of pin: String, to selector: VersionSelector?
    ) async throws(EngineError) -> String {
        do throws(FormatError) {
            try Names.checkLabel(label)
        } catch {
            throw EngineError.usage(error, object: label)
        }
        guard label.utf8.count <= 200 else {
            throw EngineError(.usage, "a label on a plain board has at most 200 bytes")
        }
        try checkWritable()
        return try await runBlocking { () async throws(EngineError) in
            let lock = try await tree.lock()
            defer { lock.release() }
            let all = try await labels(of: pin)
            let old = all.markers.filter { $0.label.label == label }
                .sorted { $0.label.sequence < $1.label.sequence }
            guard let selector else {
                guard let target = all.version(of: label) else {
                    let names = try await names(of: pin)
                    if names.isEmpty { throw Self.noPin(pin) }
                    throw EngineError(
                        .notFound, "pin '\(pin)' has no label '\(label)'", object: label)
                }
                try await remove(old, of: pin)
                return target
            }
            let target = try await resolve(selector, of: pin).place.version
            if all.version(of: label) == target { return target }
            let marker = PlainLabel(label, sequence: (old.last?.label.sequence ?? 0) + 1)
            _ = try await tree.addMarker(marker.fileName, to: PlainPlace(pin, target))
            try await remove(old, of: pin)
            return target
        }
    }

    /// The lowest first: what is left after an interruption points where it did.
    private func remove(
        _ markers: [PlainLabels.Marker], of pin: String
    ) async throws(EngineError) {
        for marker in markers {
            try await tree.removeMarker(
                marker.label.fileName, from: PlainPlace(pin, marker.version))
        }
    }
}

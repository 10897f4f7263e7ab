import PinTransforms
import Testing

@testable import PinFormat

/// Goal: the committed vectors are what this code says. Method: every vector is made again and
/// compared byte for byte; with PINS_WRITE_VECTORS=1 it is written instead. Vectors whose bytes
/// depend on the version of libzstd are written only where they are missing, and otherwise decoded.
@Suite(.serialized) struct VectorGeneration {
    @Test func validVectorsAreWhatTheEncodersMake() throws {
        for vector in try ValidVectors.all() {
            let path = "valid/\(vector.name)"
            if vector.isReproducible
                || (VectorFiles.isWriting && !VectorFiles.exists(path + ".bin"))
            {
                try VectorFiles.settle(path + ".bin", vector.bytes)
            }
            let bytes = try VectorFiles.read(path + ".bin")
            try VectorFiles.settle(
                path + ".json",
                .object([
                    ("kind", .text(vector.kind.rawValue)),
                    ("fields", try vector.kind.fields(bytes)),
                ]))
            #expect(try vector.kind.reencoded(bytes) == bytes, "\(vector.name)")
        }
    }

    @Test func noVectorStandsThereThatNobodyMakes() throws {
        let valid = Set(try ValidVectors.all().map(\.name))
        #expect(Set(try VectorFiles.names(in: "valid", suffix: ".bin")) == valid)
        #expect(Set(try VectorFiles.names(in: "valid", suffix: ".json")) == valid)
        let invalid = Set(try InvalidVectors.all().map(\.name))
        #expect(Set(try VectorFiles.names(in: "invalid", suffix: ".bin")) == invalid)
        #expect(Set(try VectorFiles.names(in: "invalid", suffix: ".json")) == invalid)
    }

    @Test func invalidVectorsAreRefusedForTheReasonTheyGive() throws {
        for vector in try InvalidVectors.all() {
            let path = "invalid/\(vector.name)"
            try VectorFiles.settle(path + ".bin", vector.bytes)
            do {
                _ = try vector.kind.reencoded(try VectorFiles.read(path + ".bin"))
                Issue.record("\(vector.name) is accepted: \(vector.why)")
            } catch let error as FormatError {
                var members: [(String, JSON)] = [
                    ("kind", .text(vector.kind.rawValue)), ("why", .text(vector.why)),
                    ("code", .text(error.code.description)), ("section", .text(error.section)),
                ]
                if let offset = error.offset { members.append(("offset", .number(offset))) }
                try VectorFiles.settle(path + ".json", .object(members))
            }
        }
    }

    @Test func chunkingVectorsAreWhatTheChunkerCuts() throws {
        var cases: [JSON] = []
        for exponent in [12, 16] {
            let parameters = try ChunkerParameters(averageExponent: exponent)
            let (least, most) = (parameters.minimumByteCount, parameters.maximumByteCount)
            let counts = [0, 1, least - 1, least, least + 1, most - 1, most, most + 1]
            for count in counts {
                cases.append(chunking(parameters, "stream-\(count)", "pins", nil, count))
                cases.append(chunking(parameters, "zeros-\(count)", nil, 0, count))
                cases.append(chunking(parameters, "ones-\(count)", nil, 0xFF, count))
            }
            cases.append(chunking(parameters, "stream-1MiB", "pins", nil, 1 << 20))
        }
        // The example of FORMAT.md §4.3.
        cases.append(
            chunking(
                try ChunkerParameters(averageExponent: 12), "stream-20000", "pins", nil, 20_000))
        for normalization in [0, 1, 3] {
            let parameters = try ChunkerParameters(
                averageExponent: 12, normalization: normalization)
            cases.append(chunking(parameters, "stream-200000", "pins", nil, 200_000))
        }
        try VectorFiles.settle("chunking.json", .object([("cases", .list(cases))]))
    }

    private func chunking(
        _ parameters: ChunkerParameters, _ name: String, _ seed: String?, _ fill: UInt8?,
        _ count: Int
    ) -> JSON {
        let bytes = seed.map { stream($0, count) } ?? [UInt8](repeating: fill ?? 0, count: count)
        let (exponent, normalization) = (parameters.averageExponent, parameters.normalization)
        let rule = seed.map { ("stream", JSON.text($0)) } ?? ("fill", .number(Int(fill ?? 0)))
        return .object([
            ("name", .text("e\(exponent)-n\(normalization)-\(name)")),
            ("input", .object([rule, ("count", .number(count))])),
            ("exponent", .number(exponent)), ("normalization", .number(normalization)),
            ("ends", .list(cuts(bytes, parameters).map { .number($0) })),
        ])
    }

    @Test func digestVectorsAreWhatTheDomainsGive() throws {
        var cases: [JSON] = []
        let inputs: [(String, [UInt8])] = [
            ("empty", []), ("abc", Array("abc".utf8)), ("stream", stream("pins", 100)),
        ]
        let domains: [(String, DigestDomain?)] = [
            ("chunk", nil), ("node", .node), ("content", .content), ("version", .version),
            ("commit", .commit),
        ]
        for (name, domain) in domains {
            for (input, bytes) in inputs {
                cases.append(
                    .object([
                        ("name", .text("\(name)-\(input)")), ("tag", .text(domain?.rawValue ?? "")),
                        ("bytes", .hex(bytes)), ("digest", .hex(digest(bytes, domain).bytes)),
                    ]))
            }
        }
        try VectorFiles.settle("digests.json", .object([("cases", .list(cases))]))
    }
}

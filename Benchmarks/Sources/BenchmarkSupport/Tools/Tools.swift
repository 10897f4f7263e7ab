/// The tools that are compared, each as its manual says.
public enum Tools {
    public static let all = [pins, zstd, restic, borg, casync, hfXet]

    /// This package.
    public static let pins = Tool(
        name: "pins", program: "pins",
        initialize: { place in
            Child(
                "pins", ["init", place.store] + (place.level.map { ["--level", "\($0)"] } ?? []))
        },
        write: { place, _ in
            var child = Child("pins", ["write", place.store, "payload", place.payload, "--json"])
            child.environment = ["PINS_CACHE_DIR": place.home]
            return child
        },
        restore: { place, version in
            guard let name = field("version", in: place.printed[version] ?? "") else {
                throw Failure("pins write --json gave no version")
            }
            return Child(
                "pins",
                [
                    "read", place.store, "payload", "--version", name, "-o",
                    place.restored,
                ])
        })

    /// Each version as a compressed file of its own, on all cores: what no store at all costs.
    public static let zstd = Tool(
        name: "zstd", program: "zstd", isFlat: true,
        write: { place, version in
            Child(
                "zstd",
                [
                    "-q", "-T0", "-\(place.level ?? 3)", place.payload, "-o",
                    "\(place.store)/\(version).zst",
                ])
        },
        restore: { place, version in
            Child(
                "zstd",
                ["-q", "-d", "\(place.store)/\(version).zst", "-o", place.restored])
        })

    /// Encrypts always; compresses at its own default level.
    public static let restic = Tool(
        name: "restic", program: "restic", versionArguments: ["version"],
        initialize: { resticChild($0, ["init"]) },
        write: { place, version in
            var child = resticChild(place, ["backup", "--tag", "v\(version)", "payload"])
            child.folder = place.source
            return child
        },
        restore: { place, version in
            resticChild(
                place, ["restore", "latest", "--tag", "v\(version)", "--target", place.target])
        })

    private static func resticChild(_ place: Tool.Place, _ words: [String]) -> Child {
        var child = Child("restic", ["-q", "--no-cache", "-r", place.store] + words)
        child.environment = ["RESTIC_PASSWORD": "benchmark", "HOME": place.home]
        return child
    }

    /// Without encryption, with zstd in the place of its default lz4.
    public static let borg = Tool(
        name: "borg", program: "borg",
        initialize: { borgChild($0, ["init", "--encryption", "none", $0.store]) },
        write: { place, version in
            var child = borgChild(
                place,
                [
                    "create", "-C", "zstd,\(place.level ?? 3)", "\(place.store)::v\(version)",
                    "payload",
                ])
            child.folder = place.source
            return child
        },
        restore: { place, version in
            var child = borgChild(place, ["extract", "\(place.store)::v\(version)"])
            child.folder = place.target
            return child
        })

    private static func borgChild(_ place: Tool.Place, _ words: [String]) -> Child {
        var child = Child("borg", words)
        child.environment = [
            "BORG_BASE_DIR": place.home,
            "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK": "yes",
            "BORG_RELOCATED_REPO_ACCESS_IS_OK": "yes",
        ]
        return child
    }

    /// An index a version and a folder of chunks, zstd at its own default level.
    public static let casync = Tool(
        name: "casync", program: "casync",
        write: { place, version in
            Child(
                "casync",
                [
                    "make", "--store=\(place.store)/chunks.castr",
                    casyncIndex(place, version), place.payload,
                ])
        },
        restore: { place, version in
            Child(
                "casync",
                [
                    "extract", "--store=\(place.store)/chunks.castr",
                    casyncIndex(place, version), place.restored,
                ])
        })

    /// The suffix tells trees and files apart.
    private static func casyncIndex(_ place: Tool.Place, _ version: Int) -> String {
        "\(place.store)/\(version).\(place.isTree ? "caidx" : "caibx")"
    }

    /// Hugging Face's chunk store on a local folder, driven through its Python interface
    /// (hf-xet/store.py); compresses with lz4 as it sees fit.
    public static let hfXet = Tool(
        name: "hf-xet", word: "hf-xet", program: "\(folder)/.build/hf-xet/bin/python",
        versionArguments: [script, "version"], isFlat: true,
        write: { place, _ in xetChild(place, ["write", place.store, place.payload]) },
        restore: { place, version in
            let document = try JSON.parse(place.printed[version] ?? "")
            return xetChild(
                place,
                [
                    "read", place.store, try document.required("hash").asText(),
                    "\(try document.required("file_size").asInteger())",
                    place.restored,
                ])
        })

    private static func xetChild(_ place: Tool.Place, _ words: [String]) -> Child {
        var child = Child("hf-xet", [script] + words)
        child.environment = ["HOME": place.home, "HF_HOME": place.home]
        return child
    }

    private static var script: String { "\(folder)/hf-xet/store.py" }

    /// The folder of this package, absolute: a program is …/Benchmarks/.build/release/NAME.
    public static var folder: String {
        let own = CommandLine.arguments.first ?? ""
        let path = own.firstRange(of: "/.build/").map { String(own[..<$0.lowerBound]) } ?? "."
        return (try? Files.absolute(path)) ?? path
    }

    /// The command of the package around this one.
    public static var pinsPath: String { "\(folder)/../.build/release/pins" }

    /// The string of a field of a JSON document: enough for names without escapes.
    private static func field(_ name: String, in document: String) -> String? {
        guard let key = document.firstRange(of: "\"\(name)\"") else { return nil }
        let rest = document[key.upperBound...].drop { $0 == ":" || $0 == " " }
        guard rest.first == "\"" else { return nil }
        return String(rest.dropFirst().prefix { $0 != "\"" })
    }
}

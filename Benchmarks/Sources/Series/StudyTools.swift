import BenchmarkSupport

/// The tools of the study, each as its manual says.
enum StudyTools {
    /// The stores that deduplicate, which goals speak of.
    static let rivals = ["restic", "borg", "casync"]

    /// All of them, in the order of columns.
    static let order = ["pins"] + rivals + ["hf-xet", "zstd", "patch-from"]

    /// A board of this package.
    ///
    /// - Parameters:
    ///   - program: The command.
    ///   - name: What this variant is called.
    ///   - settings: Words for `pins init`; the level is among them.
    static func pins(_ program: String, name: String = "pins", settings: [String]) -> StudyTool {
        StudyTool(
            name: name, program: program,
            initialize: { Child(program, ["init", $0.store] + settings) },
            write: { place, _ in
                var child = Child(
                    program, ["write", place.store, "payload", place.payload, "--json"])
                child.environment = ["PINS_CACHE_DIR": place.home]
                return child
            },
            restore: { place, version in
                guard let name = field("version", in: place.printed[version] ?? "") else {
                    throw Failure("pins write --json gave no version")
                }
                let words = ["--version", name, "-o", place.restored]
                return Child(program, ["read", place.store, "payload"] + words)
            })
    }

    /// Encrypts always; compresses at its own default level.
    static let restic = StudyTool(
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

    private static func resticChild(_ place: StudyTool.Place, _ words: [String]) -> Child {
        var child = Child("restic", ["-q", "--no-cache", "-r", place.store] + words)
        child.environment = ["RESTIC_PASSWORD": "benchmark", "HOME": place.home]
        return child
    }

    /// Without encryption, with zstd in the place of its default lz4.
    static let borg = StudyTool(
        name: "borg", program: "borg",
        initialize: { borgChild($0, ["init", "--encryption", "none", $0.store]) },
        write: { place, version in
            let words = ["-C", "zstd,\(place.level)", "\(place.store)::v\(version)", "payload"]
            var child = borgChild(place, ["create"] + words)
            child.folder = place.source
            return child
        },
        restore: { place, version in
            var child = borgChild(place, ["extract", "\(place.store)::v\(version)"])
            child.folder = place.target
            return child
        })

    private static func borgChild(_ place: StudyTool.Place, _ words: [String]) -> Child {
        var child = Child("borg", words)
        child.environment = [
            "BORG_BASE_DIR": place.home,
            "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK": "yes",
            "BORG_RELOCATED_REPO_ACCESS_IS_OK": "yes",
        ]
        return child
    }

    /// An index a version and a folder of chunks, zstd at its own default level.
    static let casync = StudyTool(
        name: "casync", program: "casync",
        initialize: { Child("mkdir", [$0.store]) },
        write: { place, version in
            let words = [
                "make", "--store=\(place.store)/chunks.castr", casyncIndex(place, version),
                place.payload,
            ]
            return Child("casync", words)
        },
        restore: { place, version in
            let words = [
                "extract", "--store=\(place.store)/chunks.castr", casyncIndex(place, version),
                place.restored,
            ]
            return Child("casync", words)
        })

    /// The suffix tells trees and files apart.
    private static func casyncIndex(_ place: StudyTool.Place, _ version: Int) -> String {
        "\(place.store)/\(version).\(place.isTree ? "caidx" : "caibx")"
    }

    /// Hugging Face's store, in a folder, by its Python module; the chunks and the shards are
    /// counted, not its look-up tables.
    ///
    /// - Parameters:
    ///   - python: An interpreter that has the module.
    ///   - helper: The script `xet-store.py`.
    static func xet(python: String, helper: String) -> StudyTool {
        @Sendable func child(_ place: StudyTool.Place, _ words: [String]) -> Child {
            var child = Child(python, [helper] + words)
            child.environment = ["HF_HOME": place.home]
            return child
        }
        return StudyTool(
            name: "hf-xet", program: python, versionArguments: [helper, "version"], isFlat: true,
            counted: ["xet/xorbs/xorbs", "xet/xorbs/shards"],
            initialize: { Child("mkdir", [$0.store]) },
            write: { place, _ in child(place, ["write", place.store, place.payload]) },
            restore: { place, version in
                let name = (place.printed[version] ?? "").split { $0 == " " || $0 == "\n" }
                guard name.count == 2 else { throw Failure("xet-store.py gave no name") }
                return child(
                    place, ["read", place.store] + name.map(String.init) + [place.restored])
            })
    }

    /// Each version as a compressed file of its own: what no store at all costs.
    static let zstd = StudyTool(
        name: "zstd", program: "zstd", isFlat: true,
        initialize: { Child("mkdir", [$0.store]) },
        write: { place, version in
            Child("zstd", zstdWords(place, version) + [place.payload])
        },
        restore: { place, version in
            let compressed = "\(place.store)/\(version).zst"
            return Child("zstd", ["-q", "-d", compressed, "-o", place.restored])
        })

    /// Each version as a patch of the one before it: small, but a chain that grows with every
    /// version. Restoring takes the version before from the source, which by then has been
    /// compared with what was restored.
    static let patchFrom = StudyTool(
        name: "patch-from", program: "zstd", isFlat: true,
        initialize: { Child("mkdir", [$0.store]) },
        write: { place, version in
            Child("zstd", zstdWords(place, version) + patch(place, version) + [place.payload])
        },
        restore: { place, version in
            let compressed = "\(place.store)/\(version).zst"
            let words = patch(place, version) + ["--memory=2048MB"]
            return Child("zstd", ["-q", "-d", compressed, "-o", place.restored] + words)
        })

    private static func zstdWords(_ place: StudyTool.Place, _ version: Int) -> [String] {
        ["-q", "-\(place.level)", "-o", "\(place.store)/\(version).zst"]
    }

    private static func patch(_ place: StudyTool.Place, _ version: Int) -> [String] {
        version == 1 ? [] : ["--patch-from=\(place.files[version - 2])"]
    }

    /// The string of a field of a JSON document: enough for names without escapes.
    private static func field(_ name: String, in document: String) -> String? {
        guard let key = document.firstRange(of: "\"\(name)\"") else { return nil }
        let rest = document[key.upperBound...].drop { $0 == ":" || $0 == " " }
        guard rest.first == "\"" else { return nil }
        return String(rest.dropFirst().prefix { $0 != "\"" })
    }
}

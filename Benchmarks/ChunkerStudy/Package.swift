// swift-tools-version: 6.2
import PackageDescription

// The measurement behind ADR-0001: `swift run -c release --package-path Benchmarks/ChunkerStudy`.
// C alone: it compiles the kernels of the package itself beside the candidate that was rejected.
let package = Package(
    name: "ChunkerStudy",
    targets: [
        .executableTarget(
            name: "ChunkerStudy",
            linkerSettings: [.linkedLibrary("m")])
    ]
)

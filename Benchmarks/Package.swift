// swift-tools-version: 6.2
// Programs that measure. A package of its own, so that nobody who depends on swift-pins builds it.
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

// The products bring the layers below them; `PinTransforms` and `PinFormat` come with `PinEngine`.
let engine: Target.Dependency = .product(name: "PinEngine", package: "swift-pins")
let pins: Target.Dependency = .product(name: "Pins", package: "swift-pins")
let testing: Target.Dependency = .product(name: "PinTesting", package: "swift-pins")

let package = Package(
    name: "swift-pins-benchmarks",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "pins-corpus", targets: ["pins-corpus"]),
        .executable(name: "pins-micro", targets: ["pins-micro"]),
        .executable(name: "pins-compare", targets: ["pins-compare"]),
        .executable(name: "pins-instructions", targets: ["pins-instructions"]),
        .executable(name: "pins-scale", targets: ["pins-scale"]),
        .executable(name: "pins-charts", targets: ["pins-charts"]),
        .executable(name: "pins-reach", targets: ["pins-reach"]),
        .executable(name: "pins-memory", targets: ["pins-memory"]),
        .executable(name: "pins-series", targets: ["pins-series"]),
    ],
    dependencies: [.package(name: "swift-pins", path: "../")],
    targets: [
        .target(
            name: "BenchmarkSupport", dependencies: [engine, testing], swiftSettings: settings),
        .executableTarget(
            name: "pins-corpus", dependencies: ["BenchmarkSupport", testing],
            path: "Sources/Corpus", swiftSettings: settings),
        .executableTarget(
            name: "pins-micro", dependencies: ["BenchmarkSupport", engine, testing],
            path: "Sources/Micro", swiftSettings: settings),
        .executableTarget(
            name: "pins-compare", dependencies: ["BenchmarkSupport", testing],
            path: "Sources/Compare", swiftSettings: settings),
        .executableTarget(
            name: "pins-instructions", dependencies: ["BenchmarkSupport", engine, testing],
            path: "Sources/Instructions", swiftSettings: settings),
        .executableTarget(
            name: "pins-scale", dependencies: ["BenchmarkSupport", engine, pins, testing],
            path: "Sources/Scale", swiftSettings: settings),
        .executableTarget(
            name: "pins-charts", dependencies: ["BenchmarkSupport"],
            path: "Sources/Charts", swiftSettings: settings),
        .executableTarget(
            name: "pins-reach", dependencies: ["BenchmarkSupport", engine, pins, testing],
            path: "Sources/Reach", swiftSettings: settings),
        .executableTarget(
            name: "pins-memory", dependencies: ["BenchmarkSupport", testing],
            path: "Sources/Memory", swiftSettings: settings),
        .executableTarget(
            name: "pins-series", dependencies: ["BenchmarkSupport", testing],
            path: "Sources/Series", swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6]
)

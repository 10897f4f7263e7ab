// swift-tools-version: 6.2
// Fuzzers of the decoders, for libFuzzer. A package of its own, because the sanitizer's coverage
// needs flags that a package others depend on must not have; `run` gives them on the command line.
import PackageDescription

let package = Package(
    name: "swift-pins-fuzz",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "swift-pins", path: "../..")],
    targets: [
        .executableTarget(
            name: "FuzzFormat",
            // PinFormat and PinTransforms come with PinEngine. FuzzTarget and ForeignBytes are
            // links to those of the unit tests.
            dependencies: [
                .product(name: "PinEngine", package: "swift-pins"),
                .product(name: "Pins", package: "swift-pins"),
                .product(name: "PinsCoding", package: "swift-pins"),
                .product(name: "PinsS3", package: "swift-pins"),
            ],
            swiftSettings: [
                .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("InternalImportsByDefault"),
                .enableUpcomingFeature("MemberImportVisibility"),
                .treatAllWarnings(as: .error),
            ])
    ],
    swiftLanguageModes: [.v6]
)

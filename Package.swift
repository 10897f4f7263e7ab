// swift-tools-version: 6.2
import PackageDescription

/// Settings of tests and of the command: as the libraries, without the memory-safety audit.
let testSettings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableExperimentalFeature("Lifetimes"),
    .treatAllWarnings(as: .error),
]

/// Settings of every library target: the same, and strict memory safety.
let librarySettings: [SwiftSetting] = testSettings + [.strictMemorySafety()]

/// A library target of the house.
func library(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: librarySettings)
}

/// A test target of the house.
func tests(
    _ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []
) -> Target {
    .testTarget(
        name: name, dependencies: dependencies, exclude: exclude, swiftSettings: testSettings)
}

let package = Package(
    name: "swift-pins",
    platforms: [.macOS(.v15)],
    products: [
        .library(
            name: "PinEngine", targets: ["PinEngine", "PinStorage", "PinTransforms", "PinFormat"]),
        .library(name: "Pins", targets: ["Pins", "PinEngine", "PinStorage", "PinFormat"]),
        .library(name: "PinsWeb", targets: ["PinsWeb", "PinsHTTP"]),
        .library(name: "PinsS3", targets: ["PinsS3", "PinsHTTP"]),
        .library(name: "PinsCoding", targets: ["PinsCoding"]),
        .library(name: "PinsConnect", targets: ["PinsConnect", "PinsHTTP"]),
        .library(name: "PinTesting", targets: ["PinTesting"]),
        // The C library, as the linker makes it; 'make install' makes libpins.so and libpins.a,
        // which export what pins.h declares and nothing else.
        .library(name: "PinsC", type: .dynamic, targets: ["PinsC"]),
        .library(name: "PinsCStatic", type: .static, targets: ["PinsC"]),
        .executable(name: "pins", targets: ["PinsCommand"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
    ],
    targets: [
        .systemLibrary(
            name: "CZstd", pkgConfig: "libzstd",
            providers: [.apt(["libzstd-dev"]), .brew(["zstd"])]),
        .systemLibrary(
            name: "CCrypto", pkgConfig: "libcrypto",
            providers: [.apt(["libssl-dev"]), .brew(["openssl@3"])]),
        .systemLibrary(
            name: "CCurl", pkgConfig: "libcurl",
            providers: [.apt(["libcurl4-openssl-dev"]), .brew(["curl"])]),
        .systemLibrary(
            name: "CExpat", pkgConfig: "expat",
            providers: [.apt(["libexpat1-dev"]), .brew(["expat"])]),
        .systemLibrary(
            name: "CZlib", pkgConfig: "zlib",
            providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        .systemLibrary(
            name: "CYAML", pkgConfig: "yaml-0.1",
            providers: [.apt(["libyaml-dev"]), .brew(["libyaml"])]),
        .systemLibrary(
            name: "CXXHash", pkgConfig: "libxxhash",
            providers: [.apt(["libxxhash-dev"]), .brew(["xxhash"])]),
        .systemLibrary(
            name: "CCSV", providers: [.apt(["libcsv-dev"]), .brew(["libcsv"])]),
        .target(name: "CPinKernels"),

        library("PinFormat", []),
        library("PinTransforms", ["PinFormat", "CZstd", "CCrypto", "CPinKernels"]),
        library("PinStorage", ["PinFormat"]),
        library("PinEngine", ["PinFormat", "PinTransforms", "PinStorage"]),
        library(
            "Pins",
            ["PinEngine", "PinFormat", "PinStorage", "PinTransforms", "CYAML", "CXXHash"]),
        library("PinsHTTP", ["CCurl", "PinStorage"]),
        library(
            "PinsWeb",
            ["PinsHTTP", "Pins", "PinEngine", "PinTransforms", "PinStorage", "PinFormat"]),
        library(
            "PinsS3",
            [
                "CExpat", "PinsHTTP", "Pins", "PinEngine", "PinTransforms", "PinStorage",
                "PinFormat",
            ]),
        library("PinsCoding", ["Pins", "PinEngine", "CCSV"]),
        library(
            "PinsConnect",
            [
                "PinsWeb", "PinsHTTP", "Pins", "PinEngine", "PinTransforms", "PinStorage",
                "PinFormat", "CZlib",
            ]),
        // The JSON of the command and of the C library.
        library("PinsDocuments", ["Pins", "PinEngine", "PinStorage", "PinFormat"]),
        library("PinTesting", ["PinFormat", "PinTransforms", "PinStorage", "PinEngine"]),
        .target(name: "CPins"),
        // Everything that comes from C is unsafe here: the audit would mark every line.
        .target(
            name: "PinsC",
            dependencies: [
                "CPins", "PinsDocuments", "Pins", "PinsWeb", "PinsS3", "PinsConnect", "PinEngine",
                "PinStorage", "PinFormat",
            ],
            swiftSettings: testSettings),
        .executableTarget(
            name: "PinsCommand",
            dependencies: [
                "PinsDocuments", "Pins", "PinsWeb", "PinsS3", "PinsConnect", "PinEngine",
                "PinFormat", "PinStorage", "PinTransforms",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: testSettings),

        // Checks that are switched off, for the tests of whoever has some.
        .target(
            name: "MutantTesting", dependencies: ["PinFormat"], path: "Tests/MutantTesting",
            swiftSettings: testSettings),
        // What the tests of boards and stores say again and again.
        .target(
            name: "TestSupport", dependencies: ["Pins", "PinEngine", "PinFormat"],
            path: "Tests/TestSupport",
            swiftSettings: testSettings),
        tests("PinFormatTests", ["PinFormat", "PinTransforms", "PinTesting", "MutantTesting"]),
        tests(
            "PinTransformsTests",
            [
                "PinFormat", "PinTransforms", "PinTesting", "MutantTesting", "CPinKernels",
            ]),
        tests("PinStorageTests", ["PinFormat", "PinStorage", "PinTesting", "MutantTesting"]),
        tests(
            "PinEngineTests",
            [
                "PinFormat", "PinTransforms", "PinStorage", "PinEngine", "PinTesting",
                "MutantTesting", "TestSupport",
            ]),
        tests("PinTestingTests", ["PinTesting"]),
        tests("ProtocolTests", ["PinTesting"]),
        tests(
            "PinsTests",
            // The command is run by the tests of pins for Python.
            [
                "Pins", "PinEngine", "PinFormat", "PinStorage", "PinTesting", "MutantTesting",
                "PinsCommand", "TestSupport",
            ],
            exclude: ["Python"]),
        // Races, and processes that are killed; for the tests and for `make torture`.
        .target(
            name: "Torture", dependencies: ["PinFormat", "PinStorage", "PinEngine", "PinTesting"],
            path: "Tests/Torture", swiftSettings: testSettings),
        .executableTarget(
            name: "pins-torture", dependencies: ["Torture", "PinTesting", "PinStorage"],
            path: "Tests/TortureProgram", swiftSettings: testSettings),
        tests(
            "FuzzTests",
            [
                "CPinKernels", "PinFormat", "PinTransforms", "PinStorage", "PinEngine", "Pins",
                "PinsCoding", "PinsS3", "PinTesting",
            ]),
        tests("TortureTests", ["Torture", "pins-torture", "PinTesting"]),
        // Servers for the tests of whatever speaks HTTP.
        .target(name: "HTTPTesting", path: "Tests/HTTPTesting", swiftSettings: testSettings),
        tests("PinsHTTPTests", ["PinsHTTP", "PinStorage", "PinTesting", "HTTPTesting"]),
        tests(
            "PinsWebTests",
            [
                "PinsWeb", "PinsHTTP", "Pins", "PinEngine", "PinStorage", "PinFormat", "PinTesting",
                "HTTPTesting",
            ]),
        tests(
            "PinsS3Tests",
            [
                "PinsS3", "PinsHTTP", "Pins", "PinEngine", "PinTransforms", "PinStorage",
                "PinFormat", "PinTesting", "HTTPTesting",
            ],
            exclude: ["Vectors"]),
        tests("PinsCodingTests", ["PinsCoding", "Pins", "PinEngine", "PinFormat", "PinTesting"]),
        tests(
            "PinsConnectTests",
            [
                "PinsConnect", "PinsWeb", "PinsHTTP", "Pins", "PinEngine", "PinStorage",
                "PinFormat", "PinTesting", "HTTPTesting", "TestSupport",
            ]),
        // One suite over every kind of board.
        tests(
            "FormTests",
            [
                "PinsConnect", "PinsS3", "Pins", "PinEngine", "PinStorage", "PinFormat",
                "PinTesting", "HTTPTesting", "TestSupport",
            ]),
        tests(
            "CommandTests",
            [
                "PinsCommand", "PinsDocuments", "Pins", "PinEngine", "PinFormat", "PinTransforms",
                "HTTPTesting",
            ]),
        // A backend in C, for the tests in C and for the conformance suite.
        .target(
            name: "CMemoryBackend", dependencies: ["CPins"], path: "Tests/CLibrary",
            exclude: [
                "run.sh", "installed.sh", "abi.py", "abi.txt", "valgrind.supp", "check.h",
                "test_board.c",
                "test_hostile.c",
                "test_backend.c",
            ],
            sources: ["memory_backend.c"]),
        tests(
            "PinsCTests",
            ["PinsC", "CPins", "CMemoryBackend", "Pins", "PinEngine", "PinStorage", "PinTesting"]),
        // A program that needs the engine and nothing above it: see Tests/EngineOnly/run.sh.
        .executableTarget(
            name: "EngineOnly",
            dependencies: ["PinEngine", "PinFormat", "PinStorage"], path: "Tests/EngineOnly",
            exclude: ["run.sh"], swiftSettings: testSettings),
        tests("TidyTests", ["PinFormat"]),
    ],
    swiftLanguageModes: [.v6]
)

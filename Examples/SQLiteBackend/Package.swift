// swift-tools-version: 6.2
import PackageDescription

// What somebody outside of swift-pins writes: a backend of their own, and a coder of their own.
// Their package would say .package(url: "https://…/swift-pins", from: "1.0.0").
let package = Package(
    name: "SQLiteBackend",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "SQLiteBackend", targets: ["SQLiteBackend"]),
        .library(name: "ArrayCoder", targets: ["ArrayCoder"]),
    ],
    dependencies: [
        .package(name: "swift-pins", path: "../.."),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    ],
    targets: [
        .target(
            name: "SQLiteBackend",
            dependencies: [
                .product(name: "Pins", package: "swift-pins"),
                .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        .target(
            name: "ArrayCoder", dependencies: [.product(name: "Pins", package: "swift-pins")]),
        .testTarget(
            name: "ExampleTests",
            dependencies: [
                "SQLiteBackend", "ArrayCoder",
                .product(name: "PinTesting", package: "swift-pins"),
            ]),
    ])

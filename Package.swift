// swift-tools-version: 6.2
// Targets are sorted from the bottom of the import order to the top; docs/architecture.md has a paragraph for each.
// Tests/ArchitectureTests holds the order and the rule that one module owns each outside library.

import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

/// A library target of ours, with the settings that every one has.
func module(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
    .target(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: settings)
}

/// The tests of one module; `resources` are read through their path below the checkout, so none is bundled.
func tests(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: dependencies + ["TestSupport"], exclude: exclude, swiftSettings: settings)
}

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let asyncHTTPClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let grdbSQLite: Target.Dependency = .product(name: "GRDBSQLite", package: "GRDB.swift")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let metrics: Target.Dependency = .product(name: "Metrics", package: "swift-metrics")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioHTTPTypes: Target.Dependency = .product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioHTTPTypesHTTP1: Target.Dependency = .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let serviceLifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let subprocess: Target.Dependency = .product(name: "Subprocess", package: "swift-subprocess")
let systemPackage: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")

let package = Package(
    name: "quorate",
    products: [
        .executable(name: "quorate", targets: ["quorate"]),
        .library(name: "Quorum", targets: ["Quorum"]),
        .library(name: "StoreFormats", targets: ["StoreFormats"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    ],
    targets: [
        // The system's compression libraries, each wrapped by Compression alone.
        .systemLibrary(name: "CBrotli", pkgConfig: "libbrotlidec libbrotlienc", providers: [.apt(["libbrotli-dev"])]),
        .systemLibrary(name: "CBzip2", providers: [.apt(["libbz2-dev"])]),
        .systemLibrary(name: "CFileSystem"),
        .systemLibrary(name: "CGcrypt", pkgConfig: "libgcrypt", providers: [.apt(["libgcrypt20-dev"])]),
        .systemLibrary(name: "CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),
        .systemLibrary(name: "CLZMA", pkgConfig: "liblzma", providers: [.apt(["liblzma-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),

        // Files, formats and what is pure.
        module("DurableFiles"),
        module("SQLiteFiles", ["DurableFiles", grdb]),
        module("Edwards25519", [crypto]),
        module("Quorum"),
        module("StoreFormats", ["Edwards25519", crypto]),
        module("GuixFormats", ["CGcrypt", "Edwards25519", "StoreFormats"]),
        module("ClientSetup", ["GuixFormats", "Quorum", "StoreFormats"]),
        module("Compression", ["CBrotli", "CBzip2", "CLZ4", "CLZMA", "CZlib", "CZstd"]),

        // Signed statements and the logs that hold them.
        module("TransparencyLog", ["DurableFiles", "Edwards25519", crypto]),
        module("Attestations", ["Edwards25519", "Quorum", "StoreFormats", crypto]),
        module("Proofs", ["Attestations", "GuixFormats", "Quorum", "StoreFormats", "TransparencyLog"]),

        // Evidence in, verdicts out.
        module("Ledger", ["Quorum", crypto]),
        module("LedgerSQLite", ["Compression", "Ledger", "Quorum", "SQLiteFiles", grdb, grdbSQLite]),
        module(
            "ClaimSources",
            [
                "Attestations", "GuixFormats", "Quorum", "StoreFormats", "TransparencyLog", asyncHTTPClient, crypto,
                nioCore, nioHTTP1, nioPosix, nioSSL,
            ]),
        module(
            "Verification",
            [
                "ClaimSources", "DurableFiles", "GuixFormats", "Ledger", "Quorum", "StoreFormats", "TransparencyLog",
                nioCore,
            ]),

        // Building.
        .target(
            name: "CSandbox",
            cSettings: [
                .define("_GNU_SOURCE"), .enableWarning("all"), .enableWarning("extra"), .treatAllWarnings(as: .error),
            ]),
        module("Sandbox", ["CSandbox"]),
        module("LocalStore", ["CFileSystem", "DurableFiles", "StoreFormats"]),
        module("LocalStoreSQLite", ["DurableFiles", "LocalStore", "SQLiteFiles", "StoreFormats", grdb]),
        module("Building", ["Compression", "DurableFiles", "LocalStore", "Sandbox", "StoreFormats"]),

        // Serving.
        module("Observability", [logging, metrics]),
        module(
            "Gateway",
            [
                "ClaimSources", "Compression", "DurableFiles", "GuixFormats", "Ledger", "Observability", "Quorum",
                "StoreFormats", "TransparencyLog", "Verification", crypto, httpTypes, hummingbird, hummingbirdCore,
                logging, metrics,
                nioCore, nioHTTP1,
                nioHTTPTypes, nioHTTPTypesHTTP1, nioPosix, serviceLifecycle,
            ]),

        // The program.
        module(
            "QuorateCommands",
            [
                "Attestations", "Building", "ClaimSources", "ClientSetup", "Compression", "DurableFiles", "Gateway",
                "GuixFormats", "Ledger", "LedgerSQLite", "LocalStore", "LocalStoreSQLite", "Observability", "Proofs",
                "Quorum",
                "Sandbox", "StoreFormats", "TransparencyLog", "Verification", argumentParser, crypto, logging, metrics,
                serviceLifecycle, subprocess, systemPackage,
            ]),
        .executableTarget(name: "quorate", dependencies: ["QuorateCommands"], swiftSettings: settings),

        // Tests mirror Sources.
        .target(
            name: "TestSupport",
            dependencies: ["Attestations", "Quorum", "StoreFormats", "TransparencyLog", nioCore, nioPosix],
            path: "Tests/TestSupport", swiftSettings: settings),
        .target(
            name: "FuzzChecks",
            dependencies: [
                "Attestations", "Building", "ClientSetup", "Compression", "GuixFormats", "Ledger", "Proofs", "Quorum",
                "StoreFormats", "TransparencyLog", crypto,
            ],
            path: "Fuzz/Checks", swiftSettings: settings),
        // Killed, and refused system calls, by the tests of TransparencyLog; served to other people's load generators.
        .executableTarget(
            name: "LogDriver", dependencies: ["Gateway", "Observability", "TransparencyLog", logging],
            path: "Tests/LogDriver", swiftSettings: settings),
        tests("Architecture"),
        tests("Corpus", ["FuzzChecks"]),
        tests("DurableFiles", ["DurableFiles"]),
        tests("SQLiteFiles", ["DurableFiles", "SQLiteFiles", grdb]),
        tests("Edwards25519", ["Edwards25519", crypto]),
        tests("Observability", ["Observability", logging, metrics]),
        tests("Quorum", ["Quorum"], exclude: ["Vectors"]),
        tests("StoreFormats", ["StoreFormats", crypto]),
        tests("GuixFormats", ["Edwards25519", "GuixFormats", "StoreFormats"]),
        tests("ClientSetup", ["ClientSetup", "Quorum", "StoreFormats"]),
        tests("Compression", ["Compression"]),
        tests("TransparencyLog", ["LogDriver", "TransparencyLog", crypto], exclude: ["Go", "Vectors"]),
        tests("Attestations", ["Attestations", "Quorum", "StoreFormats", crypto], exclude: ["Vectors"]),
        tests(
            "Proofs", ["Attestations", "GuixFormats", "Proofs", "Quorum", "StoreFormats", "TransparencyLog", crypto],
            exclude: ["Vectors"]),
        tests("Ledger", ["DurableFiles", "Ledger", "LedgerSQLite", "Quorum", "SQLiteFiles", grdb]),
        tests(
            "ClaimSources",
            ["ClaimSources", "GuixFormats", "Quorum", "StoreFormats", "TransparencyLog", nioCore, nioPosix]),
        tests(
            "Verification",
            [
                "Attestations", "ClaimSources", "GuixFormats", "Ledger", "LedgerSQLite", "Quorum", "StoreFormats",
                "TransparencyLog", "Verification", grdb, nioCore,
            ]),
        tests("Sandbox", ["Sandbox"]),
        tests("LocalStore", ["LocalStore", "LocalStoreSQLite", "StoreFormats", grdb]),
        tests(
            "Building",
            ["Building", "Compression", "DurableFiles", "LocalStore", "LocalStoreSQLite", "Sandbox", "StoreFormats"],
            exclude: ["Fixtures"]),
        tests(
            "Gateway",
            [
                "ClaimSources", "Compression", "DurableFiles", "Gateway", "Observability", "Quorum", "StoreFormats",
                "TransparencyLog", httpTypes, logging, nioCore,
            ]),
        tests(
            "QuorateCommands",
            [
                "Building", "ClaimSources", "ClientSetup", "GuixFormats", "Ledger", "LedgerSQLite", "LocalStore",
                "LocalStoreSQLite", "QuorateCommands", "Quorum", "Sandbox", "StoreFormats", "TransparencyLog",
                "Verification",
                argumentParser, crypto,
            ]),
        // Runs the built program, and so depends on it.
        tests(
            "Program",
            [
                "Attestations", "Compression", "GuixFormats", "Proofs", "Quorum", "Sandbox", "StoreFormats",
                "TransparencyLog",
                "quorate", grdb,
            ]),
    ]
)

// The benchmarks have a program of their own, which `make bench` alone compiles.
if Context.environment["QUORATE_BENCHMARKS"] != nil {
    package.targets.append(
        .executableTarget(
            name: "QuorateBench",
            dependencies: [
                "Attestations", "ClaimSources", "Compression", "Edwards25519", "GuixFormats", "Ledger", "LedgerSQLite",
                "Proofs",
                "Quorum", "StoreFormats", "TransparencyLog", "Verification", crypto, nioCore,
            ],
            path: "Benchmarks/QuorateBench", swiftSettings: settings))
}

// So have the fuzz targets, which `make fuzz` alone compiles: libFuzzer is linked in by its flags.
if Context.environment["QUORATE_FUZZ"] != nil {
    package.targets += [
        .systemLibrary(name: "CLibFuzzer", path: "Fuzz/CLibFuzzer"),
        .executableTarget(
            name: "quorate-fuzz", dependencies: ["CLibFuzzer", "FuzzChecks"], path: "Fuzz/Driver",
            swiftSettings: settings),
    ]
}

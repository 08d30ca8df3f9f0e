import Foundation

@testable import StoreFormats

/// Derivations that Nix and Guix wrote; see the README.md files in `Tests/Fixtures`.
struct DerivationFixture: CustomStringConvertible {
    let path: StorePath
    let bytes: [UInt8]

    var description: String { path.baseName }

    static let folder = Fixture.nix.deletingLastPathComponent()
    static let nix = load("nix/drvs", .nix)
    static let guix = load("guix/drvs", .gnu)
    static let special = load("derivations/store", .nix)
    static let all = nix + guix + special

    /// One of them by its name.
    static func named(_ name: String) throws -> DerivationFixture {
        guard let fixture = (special + nix + guix).first(where: { $0.path.name == name + ".drv" }) else {
            throw StoreFormatError(.fileSystem, "no fixture \(name)")
        }
        return fixture
    }

    static func derivations(_ fixtures: [DerivationFixture]) throws -> [StorePath: Derivation] {
        var derivations: [StorePath: Derivation] = [:]
        for fixture in fixtures { derivations[fixture.path] = try Derivation(parsing: fixture.bytes, at: fixture.path) }
        return derivations
    }

    static func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: folder.appendingPathComponent(name)))
    }

    private static func load(_ name: String, _ directory: StoreDirectory) -> [DerivationFixture] {
        load(folder.appendingPathComponent(name), directory)
    }

    /// The derivations in a folder.
    static func load(_ folder: URL, _ directory: StoreDirectory) -> [DerivationFixture] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(".drv") }.sorted().compactMap { name in
            guard let path = try? StorePath(baseName: name, in: directory),
                let data = try? Data(contentsOf: folder.appendingPathComponent(name))
            else { return nil }
            return DerivationFixture(path: path, bytes: [UInt8](data))
        }
    }
}

extension StorePath {
    /// A path that stands for nothing, by its name.
    static func sample(_ name: String, in directory: StoreDirectory = .nix) throws -> StorePath {
        try .text(name: name, contents: Array(name.utf8), in: directory)
    }
}

extension Derivation {
    /// A derivation whose output paths are the right ones, and its own path.
    static func sample(
        _ name: String, outputs: [String] = ["out"],
        inputs: [(path: StorePath, derivation: Derivation, hash: ContentHash)] = [],
        environment: [Variable] = []
    ) throws -> (path: StorePath, derivation: Derivation, hash: ContentHash) {
        let hashes = Dictionary(uniqueKeysWithValues: inputs.map { ($0.path, $0.hash) })
        func hash(_ path: StorePath) throws(StoreFormatError) -> ContentHash {
            guard let hash = hashes[path] else { throw StoreFormatError(.invalidDerivation, "no input \(path)") }
            return hash
        }
        func make(_ paths: [StorePath]?) throws -> Derivation {
            let placeholder = try StorePath.sample("placeholder")
            return try Derivation(
                name: name,
                outputs: outputs.sorted().enumerated().map { index, output in
                    Output(name: output, path: paths?[index] ?? placeholder)
                },
                inputDerivations: inputs.map { Input(path: $0.path, outputs: $0.derivation.outputs.map(\.name)) },
                system: "x86_64-linux", builder: "/bin/sh",
                environment: environment
                    + outputs.sorted().enumerated().map { index, output in
                        Variable(name: ByteString(output), value: ByteString(paths?[index].path ?? ""))
                    })
        }
        let derivation = try make(try make(nil).computedOutputPaths(inputs: hash))
        return (try derivation.storePath(), derivation, try derivation.hashModulo(inputs: hash, masksOutputs: false))
    }
}

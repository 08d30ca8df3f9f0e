internal import Building
import FoundationEssentials
internal import LocalStore
internal import LocalStoreSQLite
package import StoreFormats
internal import Synchronization

/// One independent builder: it has its own store, its own key and its own cache, and builds everything itself.
package struct ExampleBuilder: Sendable {
    package let name: String
    /// The folder that holds it all.
    package let folder: String
    /// Signs what it publishes.
    package let key: NixSecretKey
    /// How many cores its builds may use, which some builds let into their output.
    package let cores: Int
    /// How it compresses its NARs.
    package let compression: NarInfo.Compression

    private let store: LocalStore

    /// Makes a builder with an empty store and a new key.
    ///
    /// - Parameters:
    ///   - name: A word; also the first part of its key's name.
    ///   - folder: Where it works.
    ///   - cores: How many cores its builds may use.
    ///   - compression: How it compresses its NARs: `none`, `xz` or `zstd`.
    package static func make(
        name: String, folder: String, cores: Int, compression: NarInfo.Compression
    ) async throws -> ExampleBuilder {
        try TryLayout.makeFolder(folder)
        let key = try NixSecretKey.generate(name: "\(name).example-1")
        try TryLayout.write(key.fileContents().utf8, to: "\(folder)/secret-key", secret: true)
        return ExampleBuilder(
            name: name, folder: folder, key: key, cores: cores, compression: compression,
            store: try await LocalStore.open(folder: "\(folder)/store"))
    }

    /// The folder that it publishes: a binary cache, to be served over HTTP as it is.
    package var cache: String { "\(folder)/cache" }

    /// Takes the derivations and sources of the examples.
    func take(_ evaluation: ExampleEvaluation) async throws { try await evaluation.add(to: store) }

    /// Builds a derivation and all it needs, in sandboxes.
    ///
    /// - Parameter building: Told each derivation when its builder is started.
    /// - Returns: The path of its output `out`.
    /// - Throws: ``TryError``.
    func build(
        _ derivation: StorePath, building: @escaping @Sendable (StorePath) -> Void = { _ in }
    ) async throws -> StorePath {
        var options = BuildSettings.standardOptions()
        options.cores = cores
        let builder = Builder(store: store, options: options)
        let report = try await builder.realise([.derivation(derivation, .named(["out"]))]) { event in
            if case .started(let derivation) = event { building(derivation) }
        }
        guard report.isComplete, let output = report.plan.targets.first else {
            let reasons = report.failures.map { failure in
                ([failure.failure.message(for: failure.derivation)] + failure.failure.logTail).joined(separator: " | ")
            }
            throw TryError(
                .toolFailed, "\(name) could not build \(derivation.name): \(reasons.joined(separator: " | "))")
        }
        return output
    }

    /// Writes a path and all it refers to into its cache, signed with its key.
    ///
    /// - Throws: What a ``CachePublisher`` throws.
    package func publish(_ path: StorePath) async throws {
        let options = PublishOptions(compression: compression, writesListings: false)
        _ = try await CachePublisher(store: store, folder: cache, key: key, options: options).publish([path])
    }

    /// The archive of a path in its store.
    package func archive(of path: StorePath) async throws -> [UInt8] {
        let archive = Mutex<[UInt8]>([])
        try await store.nar(of: path) { bytes in archive.withLock { $0.append(contentsOf: bytes) } }
        return archive.withLock { $0 }
    }

    /// Takes a path out of its cache, as if it had never been published.
    ///
    /// - Throws: ``TryError/Code/fileSystem``.
    package func withhold(_ path: StorePath) throws(TryError) {
        do {
            try FileManager.default.removeItem(atPath: "\(cache)/\(path.hashPart).narinfo")
        } catch {
            throw TryError(.fileSystem, "cannot take \(path.name) out of \(cache): \(error)")
        }
    }
}

extension StorePath {
    /// The path on the first line of a command's output.
    static func first(in output: [UInt8], printedBy command: String) throws -> StorePath {
        let line = String(decoding: output.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        do {
            return try StorePath(line)
        } catch {
            throw TryError(.unexpectedOutput, "\(command) printed '\(line)' where a store path should be")
        }
    }
}

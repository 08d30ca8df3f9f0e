import FoundationEssentials
package import StoreFormats

/// One independent builder: it has its own store, its own key and its own cache, and builds everything itself.
package struct ExampleBuilder: Sendable {
    package let name: String
    package let home: NixHome
    /// How many cores its builds may use, which some builds let into their output.
    package let cores: Int
    /// How it compresses its NARs.
    package let compression: NarInfo.Compression

    private let tool: NixTool

    /// Creates a builder.
    ///
    /// - Parameters:
    ///   - name: A word; also the first part of its key's name.
    ///   - home: Where it works.
    ///   - cores: How many cores its builds may use.
    ///   - compression: How it compresses its NARs: `none`, `xz` or `zstd`.
    ///   - path: The value of `PATH` for nix.
    package init(name: String, home: NixHome, cores: Int, compression: NarInfo.Compression, path: String) {
        self.name = name
        self.home = home
        self.cores = cores
        self.compression = compression
        tool = home.tool(path: path)
    }

    /// The folder that it publishes: a binary cache, to be served over HTTP as it is.
    package var cache: String { "\(home.folder)/cache" }

    /// The file of its secret key.
    package var secretKeyFile: String { "\(home.folder)/secret-key" }

    /// Makes its folders, settings and key.
    ///
    /// - Returns: Its secret key.
    /// - Throws: ``TryError/Code/fileSystem``, and what making a key throws.
    package func prepare() throws -> NixSecretKey {
        try home.prepare(settings: ["cores = \(cores)", "substituters ="])
        let key = try NixSecretKey.generate(name: "\(name).example-1")
        try TryLayout.write(key.fileContents().utf8, to: secretKeyFile, secret: true)
        return key
    }

    /// Builds an attribute of the examples and all it needs, in the sandbox.
    ///
    /// - Parameter event: Called for each event of nix's log, in order.
    /// - Returns: The path of its first output.
    /// - Throws: ``TryError``.
    package func build(
        _ attribute: String = ExampleSet.top, of examples: ExampleSet,
        event: @Sendable (NixLogEvent) -> Void = { _ in }
    ) async throws -> StorePath {
        let output = try await tool.require(
            "\(name) builds \(attribute)", "nix-build", examples.buildArguments(attribute, in: home), event: event)
        return try StorePath.first(in: output, printedBy: "nix-build")
    }

    /// Writes a path and all it refers to into its cache, signed with its key.
    ///
    /// - Throws: ``TryError``.
    package func publish(_ path: StorePath, event: @Sendable (NixLogEvent) -> Void = { _ in }) async throws {
        let destination = "file://\(cache)?secret-key=\(secretKeyFile)&compression=\(compression.rawValue)"
        try await tool.require(
            "\(name) publishes \(path.name)", "nix",
            ["copy", "--from", home.store, "--to", destination, path.path], event: event)
        // Nix writes only the store's folder; with this a client asks about many paths at once.
        try TryLayout.write(
            NixCacheInfo(storeDirectory: .nix, wantMassQuery: true, priority: 40).serialized,
            to: "\(cache)/nix-cache-info")
    }

    /// The archive of a path in its store, as `nix-store --dump` writes it.
    ///
    /// - Throws: ``TryError``.
    package func archive(of path: StorePath) async throws -> [UInt8] {
        try await tool.require(
            "\(name) archives \(path.name)", "nix-store",
            ["--store", home.store, "--dump", home.realPath(of: path.path)])
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

package import ClientSetup
package import StoreFormats

/// A stock Nix client with an empty store and one substituter, which installs the examples.
package struct ClientInstall: Sendable {
    /// What the client did.
    package struct Outcome: Sendable {
        /// What was asked for.
        package var top: StorePath
        /// All that it refers to, directly or not, itself included.
        package var closure: [InstalledPath]
    }

    package let home: NixHome

    private let tool: NixTool

    /// Creates a client.
    ///
    /// - Parameters:
    ///   - home: Where it works.
    ///   - path: The value of `PATH` for nix.
    package init(home: NixHome, path: String) {
        self.home = home
        tool = home.tool(path: path)
    }

    /// Makes its folders and settings.
    ///
    /// - Parameters:
    ///   - substituter: The only cache it asks.
    ///   - trusting: The only key it believes.
    /// - Throws: ``TryError/Code/fileSystem``.
    package func prepare(substituter: String, trusting key: NixPublicKey) throws(TryError) {
        try home.prepare(settings: [
            "substituters = \(substituter)",
            "trusted-public-keys = \(key)",
            "require-sigs = true",
            // Without it a failing download ends everything instead of being built from source.
            "fallback = true",
            // What is not agreed on now may be in a minute.
            "narinfo-cache-negative-ttl = 0",
            "cores = 1",
        ])
    }

    /// Installs an attribute of the examples: substitutes what the cache offers and builds the rest.
    ///
    /// Nix 2.8 stops with `requires non-existent output` when a build needs an output that was substituted while another
    /// output of the same derivation was built in the same run; when it is started again, all is there and it goes on. So
    /// it is started again, once, for this error only.
    ///
    /// - Parameter event: Called for each event of nix's log, in order.
    /// - Throws: ``TryError``.
    package func install(
        _ attribute: String = ExampleSet.top, of examples: ExampleSet,
        event: @escaping @Sendable (NixLogEvent) -> Void = { _ in }
    ) async throws -> Outcome {
        let observe: @Sendable (NixLogEvent) -> Void = { happened in
            if case .message(_, let text) = happened, Self.isTransient(text) { return }
            event(happened)
        }
        let arguments = examples.buildArguments(attribute, in: home)
        var result = try await tool.run("nix-build", arguments, event: observe)
        let isUnlucky = !result.succeeded && result.trouble.contains(where: Self.isTransient)
        if isUnlucky { result = try await tool.run("nix-build", arguments, event: observe) }
        guard result.succeeded else {
            let trouble = result.trouble.joined(separator: " | ")
            throw TryError(.toolFailed, "the client could not install \(attribute): \(trouble)")
        }
        let top = try StorePath.first(in: result.output, printedBy: "nix-build")
        return Outcome(top: top, closure: try await closure(of: top))
    }

    /// Whether an error is the one that goes away when the client is started again.
    private static func isTransient(_ error: String) -> Bool { error.contains("requires non-existent output") }

    /// What the client's database says about a path and all it refers to.
    ///
    /// - Throws: ``TryError``.
    package func closure(of path: StorePath) async throws -> [InstalledPath] {
        let json = try await tool.require(
            "the client lists what it has", "nix",
            ["path-info", "--store", home.store, "--json", "--recursive", path.path])
        let installed: InstalledPaths
        do {
            installed = try InstalledPaths.parse(json)
        } catch {
            throw TryError(.unexpectedOutput, "nix path-info printed JSON of an unknown form: \(error)")
        }
        if let problem = installed.problems.first {
            throw TryError(.unexpectedOutput, "nix path-info says of the client's store: \(problem)")
        }
        return installed.paths
    }
}

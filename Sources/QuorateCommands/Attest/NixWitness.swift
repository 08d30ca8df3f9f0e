internal import LocalStore
internal import LocalStoreSQLite
internal import StoreFormats

/// The host's Nix: its database says of each path whether this machine built it (`ultimate`).
///
/// What came from caches, from other stores or from machines that build for this one is not marked.
struct NixWitness: BuildWitness {
    let kind = LocalBuild.Witness.nix
    let directory = StoreDirectory.nix
    let database: HostDatabase

    func allPaths() async throws -> [StorePath] { try await database.allPaths() }

    func infos(of paths: [StorePath]) async throws -> [StorePath: PathInfo] { try await database.infos(of: paths) }

    func doubts(about infos: [PathInfo]) async throws -> [StorePath: BuildDoubt] {
        let origins = try await database.origins(of: infos.map(\.path))
        var doubts: [StorePath: BuildDoubt] = [:]
        for info in infos where origins[info.path]?.isBuiltHere != true {
            doubts[info.path] = BuildDoubt("it was copied here: Nix's store does not say that this machine built it")
        }
        return doubts
    }

    func location(of info: PathInfo) -> String { database.physicalPath(of: info.path) }
}

/// The host's Nix where its database cannot be read: nix is asked, which asks its daemon.
struct NixProgramWitness: BuildWitness {
    let kind = LocalBuild.Witness.nix
    let directory = StoreDirectory.nix
    /// Runs nix with some arguments and returns what it prints; nil when it fails.
    let ask: @Sendable ([String]) async -> [UInt8]?

    /// Command lines have an end: `ARG_MAX` is 2 MiB, a path has at most 250 bytes.
    private static let batch = 1000

    func allPaths() async throws -> [StorePath] {
        let command = ["--extra-experimental-features", "nix-command", "path-info", "--all", "--json"]
        return try await ask(command).map { try NixPathInfo.parse($0).map(\.info.path) } ?? []
    }

    func infos(of paths: [StorePath]) async throws -> [StorePath: PathInfo] {
        var infos: [StorePath: PathInfo] = [:]
        for entry in try await entries(of: paths) { infos[entry.info.path] = entry.info }
        return infos
    }

    func doubts(about infos: [PathInfo]) async throws -> [StorePath: BuildDoubt] {
        let built = Set(try await entries(of: infos.map(\.path)).filter(\.isBuiltHere).map(\.info.path))
        var doubts: [StorePath: BuildDoubt] = [:]
        for info in infos where !built.contains(info.path) {
            doubts[info.path] = BuildDoubt("it was copied here: nix does not say that this machine built it")
        }
        return doubts
    }

    func location(of info: PathInfo) -> String { info.path.path }

    private func entries(of paths: [StorePath]) async throws -> [NixPathInfo] {
        var entries: [NixPathInfo] = []
        for start in stride(from: 0, to: paths.count, by: Self.batch) {
            let part = paths[start..<min(start + Self.batch, paths.count)].map(\.path)
            let command = ["--extra-experimental-features", "nix-command", "path-info", "--json"]
            if let json = await ask(command + part) {
                entries += try NixPathInfo.parse(json)
                continue
            }
            // One path that is not valid fails them all.
            guard part.count > 1 else { continue }
            for path in part {
                if let json = await ask(command + [path]) { entries += try NixPathInfo.parse(json) }
            }
        }
        return entries
    }
}

internal import LocalStore
internal import LocalStoreSQLite
internal import StoreFormats

/// What evaluating the examples gives: derivations and sources, which every builder then takes for itself.
///
/// Evaluating a Nix expression is a client's business, so a real nix does it. From here on builders need no nix.
struct ExampleEvaluation: Sendable {
    /// The derivation of ``ExampleSet/top``.
    let top: StorePath
    /// The derivation of ``ExampleSet/backDoor``.
    let backDoor: StorePath
    /// All derivations and sources that these need, references first.
    private let infos: [PathInfo]
    /// The store of the client that evaluated.
    private let source: HostDatabase

    /// How many derivations there are.
    var derivations: Int { infos.count { $0.path.isDerivation } }

    /// Evaluates.
    /// - Parameters:
    ///   - home: Where the client works.
    ///   - path: The value of `PATH` for nix.
    static func run(_ examples: ExampleSet, home: NixHome, path: String) async throws -> ExampleEvaluation {
        try home.prepare(settings: ["substituters ="])
        let output = try await home.tool(path: path).require(
            "evaluating the examples", "nix-instantiate",
            examples.instantiateArguments([ExampleSet.top, ExampleSet.backDoor], in: home))
        let lines = String(decoding: output, as: UTF8.self).split(separator: "\n")
        let paths = lines.compactMap { try? StorePath(String($0.prefix { $0 != "!" })) }
        guard paths.count == 2, lines.count == 2 else {
            throw TryError(.unexpectedOutput, "nix-instantiate printed other lines than two derivations")
        }
        guard let source = try HostDatabase.nix(root: home.store) else {
            throw TryError(.unexpectedOutput, "\(home.store): nix-instantiate has made no store there")
        }
        return ExampleEvaluation(
            top: paths[0], backDoor: paths[1], infos: try await source.closureInfos(of: paths), source: source)
    }

    /// Adds everything to a builder's store, which computes each path from the contents itself.
    func add(to store: LocalStore) async throws {
        for info in infos {
            let place = source.physicalPath(of: info.path)
            let references = info.references.filter { $0 != info.path }
            let added: PathInfo
            if info.path.isDerivation || info.contentAddress?.method == .text {
                added = try await store.addText(
                    name: info.path.name, contents: try TryLayout.read(place), references: references)
            } else {
                added = try await store.add(
                    place, name: info.path.name, method: info.contentAddress?.method ?? .recursive,
                    algorithm: info.contentAddress?.hash.algorithm ?? .sha256, references: references)
            }
            guard added.path == info.path else {
                throw TryError(.unexpectedOutput, "\(info.path): its contents belong to \(added.path)")
            }
        }
    }
}

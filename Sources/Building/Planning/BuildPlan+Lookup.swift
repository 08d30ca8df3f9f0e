internal import StoreFormats

extension BuildPlan {
    /// How a path is fetched.
    func fetch(of path: StorePath) -> Fetch? {
        fetchIndex[path].map { fetches[$0] }
    }

    /// The outputs of other derivations that a derivation of this plan reads.
    func inputOutputs(of derivation: Derivation) -> [StorePath] {
        derivation.inputDerivations.flatMap { input in
            input.outputs.compactMap { outputPaths[OutputName(derivation: input.path, name: $0)] }
        }
    }

    /// An output before its path is looked up.
    struct OutputName: Hashable, Sendable {
        let derivation: StorePath
        let name: String
    }
}

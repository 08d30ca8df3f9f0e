package import LocalStore
package import StoreFormats

/// What came of realising targets.
package struct BuildReport: Sendable {
    /// The plan that was followed.
    package let plan: BuildPlan

    /// How each derivation ended that was to be built, by its path.
    package internal(set) var outcomes: [StorePath: BuildOutcome] = [:]

    /// Why paths could not be fetched, by path.
    package internal(set) var fetchTroubles: [StorePath: String] = [:]

    /// The targets that are valid now, with what is known of each.
    package internal(set) var realised: [StorePath: PathInfo] = [:]

    /// The targets that could not be had.
    package internal(set) var missing: [StorePath] = []

    /// Whether every target is there.
    package var isComplete: Bool { missing.isEmpty }

    /// The derivations that failed themselves, not because of another, sorted.
    package var failures: [(derivation: StorePath, failure: BuildFailure)] {
        outcomes.compactMap { derivation, outcome in
            guard case .failed(let failure, _) = outcome else { return nil }
            if case .dependency = failure.kind { return nil }
            return (derivation, failure)
        }.sorted { $0.derivation < $1.derivation }
    }
}

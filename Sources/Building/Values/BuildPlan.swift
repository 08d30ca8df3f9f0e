package import LocalStore
package import StoreFormats

/// What has to happen until all targets are valid: what `--dry-run` shows.
package struct BuildPlan: Sendable {
    /// A derivation that is to be built.
    package struct Build: Sendable, Hashable {
        /// Its `.drv`.
        package let derivation: StorePath
        /// The outputs that somebody needs. All are built and registered.
        package internal(set) var neededOutputs: [String]
        /// The derivations of this plan that come before it, sorted.
        package internal(set) var builds: [StorePath]
        /// The paths that are fetched before it, sorted.
        package internal(set) var fetches: [StorePath]
    }

    /// A path that is to be fetched.
    package struct Fetch: Sendable, Hashable {
        package let offer: SubstituteOffer
        /// The paths that are fetched before it: its references.
        package internal(set) var fetches: [StorePath]
        /// The derivations built before it: a reference that no cache has.
        package internal(set) var builds: [StorePath]
    }

    /// A path that can neither be found nor made.
    package struct Unknown: Sendable, Hashable {
        package let path: StorePath
        /// The derivation or path that needs it; nil for a target.
        package let neededBy: StorePath?
        /// Why not, where more is known than that it is nowhere.
        package let why: String?
    }

    /// What was asked for.
    package internal(set) var requested: [BuildTarget] = []
    /// The targets as store paths, in the order given, each once.
    package internal(set) var targets: [StorePath] = []
    /// What is to be built; what another needs comes before it.
    package internal(set) var builds: [Build] = []
    /// What is to be fetched; what another refers to comes before it.
    package internal(set) var fetches: [Fetch] = []
    /// What is not known.
    package internal(set) var unknown: [Unknown] = []
    /// Derivations among ``builds`` that cannot be built here, as far as their text tells, and why.
    package internal(set) var refused: [StorePath: String] = [:]
    /// Targets and inputs that are valid in Quorate's store.
    package internal(set) var present: [StorePath: PathInfo] = [:]
    /// Targets and inputs that are taken from the host's store, where they stay.
    package internal(set) var host: [StorePath: PathInfo] = [:]
    /// The derivations that are built, parsed and checked.
    package internal(set) var derivations: [StorePath: Derivation] = [:]

    /// Where a path is in `fetches`.
    var fetchIndex: [StorePath: Int] = [:]
    /// The paths of all outputs that builds of this plan read.
    var outputPaths: [OutputName: StorePath] = [:]

    /// Bytes to come over the network, as far as they are known.
    package var downloadSize: UInt64 { fetches.reduce(0) { $0 + ($1.offer.downloadSize ?? 0) } }

    /// Bytes of all NARs to be fetched.
    package var fetchedNarSize: UInt64 { fetches.reduce(0) { $0 + $1.offer.info.narSize } }

    /// Whether it can be followed to the end, as far as anybody can know before.
    package var isComplete: Bool { unknown.isEmpty && refused.isEmpty }
}

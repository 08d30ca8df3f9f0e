internal import LocalStore
internal import StoreFormats

/// A store that knows what was built on this machine.
protocol BuildWitness: Sendable {
    var kind: LocalBuild.Witness { get }
    var directory: StoreDirectory { get }

    /// Every path that is valid in the store, in any order.
    func allPaths() async throws -> [StorePath]

    /// What the store knows of paths; those that are not valid in it are left out.
    func infos(of paths: [StorePath]) async throws -> [StorePath: PathInfo]

    /// Why a path cannot be said to have been built here; nil for those that were.
    func doubts(about infos: [PathInfo]) async throws -> [StorePath: BuildDoubt]

    /// Where the contents of a path are.
    func location(of info: PathInfo) -> String
}

/// Why a path cannot be said to have been built on this machine.
struct BuildDoubt: Hashable, Sendable {
    let why: String
    /// Whether this machine built its derivation after the path had come, which leaves nothing behind that says where the
    /// path came from, or whether the bits were the same.
    let isBuiltAgain: Bool

    init(_ why: String, isBuiltAgain: Bool = false) {
        self.why = why
        self.isBuiltAgain = isBuiltAgain
    }
}

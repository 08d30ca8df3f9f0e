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
    func doubts(about infos: [PathInfo]) async throws -> [StorePath: String]

    /// Where the contents of a path are.
    func location(of info: PathInfo) -> String
}

package import StoreFormats

/// The database of a store: which paths are valid, and what is known of them.
///
/// It knows nothing of files. What is recorded was checked and synced before.
package protocol StoreDatabase: Sendable {
    /// Records each registration whole or not at all; one that is refused does not touch the others. Paths that are
    /// valid already are passed over, but for those whose contents are the host's: contents of our own take their place,
    /// unless they refer to more. Blocks; a path is valid for every process when this returns.
    func record(_ registrations: [[PathInfo]]) throws(LocalStoreError) -> [Result<[StorePath], LocalStoreError>]

    /// Which of these are valid. Blocks.
    func validNow(among paths: [StorePath]) throws(LocalStoreError) -> Set<StorePath>

    /// Which of these are valid with contents in the host's store. Blocks.
    func hostPathsNow(among paths: [StorePath]) throws(LocalStoreError) -> Set<StorePath>

    /// Forgets all paths but those that `isKept` names, given the whole graph; returns those forgotten. Blocks, and
    /// keeps every other writer away meanwhile.
    func forget(_ choose: (StoreGraph) throws(LocalStoreError) -> [StorePath]) throws(LocalStoreError)

    /// Folds the log into the database and syncs it. Blocks.
    func synchronize() throws(LocalStoreError)

    /// What is known; paths that are not valid are left out.
    func infos(of paths: [StorePath]) async throws(LocalStoreError) -> [StorePath: PathInfo]

    /// Which of these are valid.
    func validPaths(among paths: [StorePath]) async throws(LocalStoreError) -> Set<StorePath>

    /// All valid paths, sorted.
    func allPaths() async throws(LocalStoreError) -> [StorePath]

    /// The path with these 32 digits.
    func path(hashPart: String, in directory: StoreDirectory) async throws(LocalStoreError) -> StorePath?

    /// Everything that these need, themselves too, references before those who refer to them.
    func closure(of paths: [StorePath]) async throws(LocalStoreError) -> [StorePath]

    /// Who refers to a path, itself left out, sorted.
    func referrers(of path: StorePath) async throws(LocalStoreError) -> [StorePath]

    /// Valid paths that a derivation gave, sorted by path.
    func outputs(of deriver: StorePath) async throws(LocalStoreError) -> [PathInfo]

    /// The whole graph.
    func graph() async throws(LocalStoreError) -> StoreGraph
}

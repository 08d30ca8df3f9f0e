internal import DurableFiles
internal import LocalStore
internal import StoreFormats

/// What all builds of one ``Builder`` share.
struct BuildContext: Sendable {
    let store: LocalStore
    let hosts: [any ForeignStore]
    let library: DerivationLibrary
    let substituter: (any Substituter)?
    let fetcher: (any FileFetcher)?
    let users: BuildUsers?
    let logs: BuildLogStore
    let folders: WorkFolders
    let options: BuildOptions

    /// Where the contents of a valid path are.
    func place(of info: PathInfo) -> String {
        guard info.origin == .host, let host = hosts.first(where: { $0.directory == info.path.directory }) else {
            return store.location(of: info)
        }
        return host.physicalPath(of: info.path)
    }
}

extension [any ForeignStore] {
    /// Whether the contents of a path were in a host's store and are there no more: somebody collected its garbage.
    func hasLost(_ info: PathInfo) -> Bool {
        guard info.origin == .host else { return false }
        let place = first { $0.directory == info.path.directory }?.physicalPath(of: info.path) ?? info.path.path
        return FileStatus(path: place) == nil
    }
}

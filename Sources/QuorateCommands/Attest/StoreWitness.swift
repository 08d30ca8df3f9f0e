internal import LocalStore
internal import StoreFormats

/// Quorate's own store, which records how each path came.
struct StoreWitness: BuildWitness {
    let kind = LocalBuild.Witness.quorate
    let directory: StoreDirectory
    let store: LocalStore

    func allPaths() async throws -> [StorePath] { try await store.allPaths().filter { $0.directory == directory } }

    func infos(of paths: [StorePath]) async throws -> [StorePath: PathInfo] { try await store.infos(of: paths) }

    func doubts(about infos: [PathInfo]) async throws -> [StorePath: BuildDoubt] {
        var doubts: [StorePath: BuildDoubt] = [:]
        for info in infos where info.origin != .built {
            let how =
                switch info.origin {
                case .substituted: "fetched from others"
                case .added: "put into the store"
                case .host: "found in the host's store"
                case .built: ""
                }
            doubts[info.path] = BuildDoubt("it was \(how), not built")
        }
        return doubts
    }

    func location(of info: PathInfo) -> String { store.location(of: info) }
}

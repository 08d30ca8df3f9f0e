internal import StoreFormats

/// A path that is to become valid, with the tree that is to take its place.
package struct NewPath: Sendable {
    package let info: PathInfo
    /// The finished tree, canonical, on the store's file system; moved. Nil when it stands in its place, and for
    /// paths of the host's store.
    package let source: String?

    /// Where the tree is in; it stays until the path is registered.
    private let staging: StagingFolder?

    package init(info: PathInfo, from source: String?, keeping staging: StagingFolder? = nil) {
        self.info = info
        self.source = source
        self.staging = staging
    }
}

/// Whether paths may become valid together.
enum RegistrationCheck {
    static func check(_ infos: [PathInfo]) throws(LocalStoreError) {
        var indexes: [StorePath: Int32] = [:]
        for info in infos {
            guard indexes.updateValue(Int32(indexes.count), forKey: info.path) == nil else {
                throw LocalStoreError(.failed, "\(info.path): registered twice in one go")
            }
            for reference in info.references where reference.directory != info.path.directory {
                throw LocalStoreError(.invalidReference, "\(info.path): refers to \(reference) of another store")
            }
        }
        guard infos.count > 1 else { return }
        // References go one way: once no new path leads to itself through others, the store never has a circle.
        let inner = infos.map { info in info.references.filter { $0 != info.path }.compactMap { indexes[$0] } }
        let order = GraphOrder.closure(from: 0..<Int32(infos.count), count: infos.count) { inner[Int($0)] }
        var position = [Int](repeating: 0, count: infos.count)
        for (place, node) in order.enumerated() { position[Int(node)] = place }
        for (node, references) in inner.enumerated() {
            for reference in references where position[Int(reference)] >= position[node] {
                throw LocalStoreError(
                    .cycle, "\(infos[node].path): refers to \(infos[Int(reference)].path), which refers back to it")
            }
        }
    }
}

package import StoreFormats

/// A store that belongs to the host's package manager: read, never written.
///
/// Infos that come from it have the origin `host`. What its database says of contents is believed as the host believes
/// it; nobody has looked at the disk.
package protocol ForeignStore: Sendable {
    /// The directory that its paths are named in.
    var directory: StoreDirectory { get }

    /// What is known; paths that are not valid are left out.
    func infos(of paths: [StorePath]) async throws(LocalStoreError) -> [StorePath: PathInfo]

    /// Everything that these need, themselves too, references before those who refer to them.
    /// - Throws: `notValid` when one of `paths` is not valid.
    func closure(of paths: [StorePath]) async throws(LocalStoreError) -> [StorePath]

    /// Where the contents of a path are.
    func physicalPath(of path: StorePath) -> String
}

extension ForeignStore {
    /// What is known of a path; nil when it is not valid.
    package func info(of path: StorePath) async throws(LocalStoreError) -> PathInfo? {
        try await infos(of: [path])[path]
    }

    /// The closure with what is known of each.
    package func closureInfos(of paths: [StorePath]) async throws(LocalStoreError) -> [PathInfo] {
        let closure = try await closure(of: paths)
        let infos = try await infos(of: closure)
        return closure.compactMap { infos[$0] }
    }
}

/// A foreign store of which a list is known, where its database cannot be read.
package struct KnownPaths: ForeignStore {
    package let directory: StoreDirectory
    private let root: String
    private let known: [StorePath: PathInfo]

    /// - Parameter root: The folder that the store directory lies below; empty for `/`.
    package init(directory: StoreDirectory, infos: [PathInfo], root: String = "") {
        self.directory = directory
        self.root = root
        known = Dictionary(infos.map { ($0.path, $0.asHost) }, uniquingKeysWith: { first, _ in first })
    }

    package func infos(of paths: [StorePath]) async throws(LocalStoreError) -> [StorePath: PathInfo] {
        var all: [StorePath: PathInfo] = [:]
        for path in paths { all[path] = known[path] }
        return all
    }

    package func closure(of paths: [StorePath]) async throws(LocalStoreError) -> [StorePath] {
        var indexes: [StorePath: Int32] = [:]
        var infos: [PathInfo] = []
        func index(_ path: StorePath) throws(LocalStoreError) -> Int32 {
            if let index = indexes[path] { return index }
            guard let info = known[path] else { throw LocalStoreError(.notValid, "\(path): not known") }
            indexes[path] = Int32(infos.count)
            infos.append(info)
            return Int32(infos.count - 1)
        }
        let starts = try paths.map(index)
        var references: [[Int32]] = []
        while references.count < infos.count {
            let info = infos[references.count]
            references.append(try info.references.map(index))
        }
        return GraphOrder.closure(from: starts, count: infos.count) { references[Int($0)] }.map { infos[Int($0)].path }
    }

    package func physicalPath(of path: StorePath) -> String { root + path.path }
}

extension PathInfo {
    /// The same, said to be the host's.
    package var asHost: PathInfo {
        PathInfo(
            path: path, narHash: narHash, narSize: narSize, references: references, deriver: deriver,
            contentAddress: contentAddress, origin: .host, signatures: signatures, registeredAt: registeredAt)
    }
}

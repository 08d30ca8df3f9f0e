package import StoreFormats

extension LocalStore {
    /// What is known of a path; nil when it is not valid.
    package func info(of path: StorePath) async throws(LocalStoreError) -> PathInfo? {
        try await database.infos(of: [path])[path]
    }

    /// What is known of paths; those that are not valid are left out.
    package func infos(of paths: [StorePath]) async throws(LocalStoreError) -> [StorePath: PathInfo] {
        try await database.infos(of: paths)
    }

    package func isValid(_ path: StorePath) async throws(LocalStoreError) -> Bool {
        try await !database.validPaths(among: [path]).isEmpty
    }

    package func validPaths(among paths: [StorePath]) async throws(LocalStoreError) -> Set<StorePath> {
        try await database.validPaths(among: paths)
    }

    /// All valid paths, sorted.
    package func allPaths() async throws(LocalStoreError) -> [StorePath] { try await database.allPaths() }

    /// The path with these 32 digits, as caches are asked.
    package func path(hashPart: String, in directory: StoreDirectory) async throws(LocalStoreError) -> StorePath? {
        try await database.path(hashPart: hashPart, in: directory)
    }

    /// Everything that paths need, they themselves too, references before those who refer to them.
    /// - Throws: `notValid` when one of `paths` is not valid.
    package func closure(of paths: [StorePath]) async throws(LocalStoreError) -> [StorePath] {
        try await database.closure(of: paths)
    }

    /// The same with what is known of each.
    package func closureInfos(of paths: [StorePath]) async throws(LocalStoreError) -> [PathInfo] {
        let closure = try await closure(of: paths)
        let infos = try await infos(of: closure)
        return closure.compactMap { infos[$0] }
    }

    /// Who refers to a path, itself left out, sorted.
    package func referrers(of path: StorePath) async throws(LocalStoreError) -> [StorePath] {
        try await database.referrers(of: path)
    }

    /// Valid paths that a derivation gave.
    package func outputs(ofDeriver deriver: StorePath) async throws(LocalStoreError) -> [PathInfo] {
        try await database.outputs(of: deriver)
    }

    /// The info of a path that has to be valid.
    func validInfo(of path: StorePath) async throws(LocalStoreError) -> PathInfo {
        guard let info = try await info(of: path) else {
            throw LocalStoreError(.notValid, "\(path): not in the store \(folder)")
        }
        return info
    }
}

import FoundationEssentials
package import StoreFormats

/// What a cache's folder offers.
package enum PublishedPaths {
    /// The narinfos in a cache's folder, sorted by path.
    ///
    /// - Throws: ``TryError/Code/fileSystem``, and what a malformed narinfo throws.
    package static func read(cache: String) throws -> [NarInfo] {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: cache)
        } catch {
            throw TryError(.fileSystem, "cannot list \(cache): \(error)")
        }
        return try names.filter { $0.hasSuffix(".narinfo") }
            .map { try NarInfo(parsing: TryLayout.read("\(cache)/\($0)"), accepting: .seenInCaches) }
            .sorted { $0.storePath < $1.storePath }
    }
}

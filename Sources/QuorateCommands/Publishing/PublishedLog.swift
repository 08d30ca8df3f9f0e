internal import Building
internal import StoreFormats

/// A build's log as caches offer it: `log/` and the derivation's base name, plain text.
struct PublishedLog: Sendable {
    let folder: String

    /// Copies the log of a derivation, if there is one. Blocks.
    func publish(_ derivation: StorePath, in cache: CacheFolder, number: Int) throws {
        let logs = BuildLogStore(folder: folder)
        guard logs.file(of: derivation) != nil else { return }
        let file = try HashedFile("\(cache.workFolder)/log-\(number)")
        try logs.read(derivation) { try file.write($0) }
        try file.keep(as: "\(cache.path)/log/\(derivation.baseName)")
    }
}

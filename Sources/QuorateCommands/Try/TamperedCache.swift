import FoundationEssentials
package import StoreFormats

/// Swaps a published program for another one in a builder's cache, and signs it with the builder's real key: what an
/// attacker does who owns the builder, and what no check of signatures can see.
package struct TamperedCache: Sendable {
    /// The folder of the cache.
    package let cache: String
    /// The builder's own key.
    package let key: NixSecretKey

    package init(cache: String, key: NixSecretKey) {
        self.cache = cache
        self.key = key
    }

    /// Makes the cache serve another archive for a path.
    ///
    /// The other archive comes from a path of its own. Its mentions of that path are turned into mentions of the one it
    /// is served as, which has a hash part of the same length, so that no size in the archive changes.
    ///
    /// - Parameters:
    ///   - honest: The path that is published.
    ///   - archive: The archive to serve in its place.
    ///   - source: The path that the archive was made from.
    /// - Returns: What the cache now says about the path; the signature is good.
    /// - Throws: ``TryError/Code/fileSystem``, and what a malformed narinfo throws.
    @discardableResult
    package func replace(_ honest: StorePath, with archive: [UInt8], from source: StorePath) throws -> NarInfo {
        let narInfoFile = "\(cache)/\(honest.hashPart).narinfo"
        let before = try NarInfo(parsing: TryLayout.read(narInfoFile), accepting: .seenInCaches)
        let served = Self.replacing([UInt8](source.hashPart.utf8), by: [UInt8](honest.hashPart.utf8), in: archive)
        let hash = ContentHash(of: served, algorithm: .sha256)
        let url = "nar/\(hash.spelled(.nix32).split(separator: ":").last ?? "").nar"
        let after = try NarInfo(
            storePath: honest, url: url, compression: .none, fileHash: hash, fileSize: UInt64(served.count),
            narHash: NarHash(hash), narSize: UInt64(served.count), references: before.references,
            deriver: before.deriver
        ).signed(by: key)
        try TryLayout.write(served, to: "\(cache)/\(url)")
        try TryLayout.write(after.serialized, to: narInfoFile)
        return after
    }

    /// The bytes with one sequence put in the place of another of the same length, wherever it occurs.
    static func replacing(_ old: [UInt8], by new: [UInt8], in bytes: [UInt8]) -> [UInt8] {
        guard !old.isEmpty, old.count == new.count, bytes.count >= old.count else { return bytes }
        var result = bytes
        var index = 0
        while index <= result.count - old.count {
            if result[index] == old[0], result[index..<index + old.count].elementsEqual(old) {
                result.replaceSubrange(index..<index + old.count, with: new)
                index += old.count
            } else {
                index += 1
            }
        }
        return result
    }
}

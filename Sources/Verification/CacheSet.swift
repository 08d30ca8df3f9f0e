package import ClaimSources
package import Quorum

/// The caches that a policy names, ready to be asked.
package struct CacheSet: Sendable {
    /// One address of one cache of the policy.
    package struct Member: Sendable {
        /// The name that the policy gives the cache.
        package let leaf: String
        package let cache: BinaryCache
    }

    /// Every address of every Nix cache, in the policy's order.
    package let members: [Member]
    /// What in the policy cannot be asked, and why, in one line each.
    package let notes: [String]

    /// - Parameters:
    ///   - policy: Which caches.
    ///   - limits: How each is asked.
    ///   - pausesAfterTrouble: Whether a cache that failed is left alone for a while.
    package init(
        policy: Policy, limits: HTTPLimits, pausesAfterTrouble: Bool, resources: HTTPResources
    ) {
        var members: [Member] = []
        var notes: [String] = []
        for leaf in policy.caches {
            guard leaf.kind == .nix else {
                notes.append("\(leaf.name): Guix signatures are not read yet; this cache states nothing")
                continue
            }
            for url in leaf.urls {
                do {
                    let cache = try BinaryCache(
                        url: url, limits: limits, pausesAfterTrouble: pausesAfterTrouble, resources: resources)
                    // One address under several keys is one place to ask: each key's signatures are found there.
                    if !members.contains(where: { $0.cache.address == cache.address }) {
                        members.append(Member(leaf: leaf.name, cache: cache))
                    }
                } catch {
                    notes.append("\(leaf.name): \(error)")
                }
            }
        }
        if !policy.rebuilders.isEmpty {
            notes.append("rebuilder lines are not followed yet; they state nothing")
        }
        self.members = members
        self.notes = notes
    }

    /// The cache at an address as claims name it.
    package func cache(at address: String) -> BinaryCache? {
        members.first { $0.cache.address == address }?.cache
    }

    /// Closes idle connections.
    package func shutdown() {
        for member in members { member.cache.shutdown() }
    }
}

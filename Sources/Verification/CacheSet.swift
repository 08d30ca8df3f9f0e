package import ClaimSources
package import Ledger
package import Quorum
package import StoreFormats

/// The caches that a policy names, ready to be asked.
package struct CacheSet: Sendable {
    /// One address of one cache of the policy.
    package struct Member: Sendable {
        /// The name that the policy gives the cache.
        package let leaf: String
        /// Which store's paths it has; nil where nobody says it, and it may have those of both.
        package let kind: CacheKind?
        package let cache: BinaryCache

        /// Whether the cache can be asked about a key: about paths of Guix's store, or of any other.
        package func serves(_ key: LookupKey) -> Bool { serves(key.isOfGuix ? .guix : .nix) }

        /// Whether the cache can be asked about a path.
        package func serves(_ path: StorePath) -> Bool { serves(CacheKind(of: path.directory)) }

        /// Whether the cache can be asked about paths of a store.
        package func serves(_ store: CacheKind) -> Bool { kind == nil || kind == store }
    }

    /// Every address of every cache, in the policy's order; an address that has paths of both stores is there twice.
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
            for url in leaf.urls {
                do {
                    let cache = try BinaryCache(
                        url: url, limits: limits, pausesAfterTrouble: pausesAfterTrouble, resources: resources)
                    // One address under several keys is one place to ask: each key's signatures are found there.
                    let same = members.filter { $0.cache.address == cache.address }
                    guard !same.contains(where: { $0.kind == leaf.kind }) else { continue }
                    members.append(Member(leaf: leaf.name, kind: leaf.kind, cache: same.first?.cache ?? cache))
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

    /// Servers that somebody names, in their order; each is asked about paths of both stores.
    ///
    /// - Parameter servers: A name for people, and the address.
    /// - Throws: ``SourceTrouble`` of kind `unusable` for an address that cannot be asked.
    package init(
        servers: [(name: String, address: String)], limits: HTTPLimits, pausesAfterTrouble: Bool = false,
        resources: HTTPResources
    ) throws(SourceTrouble) {
        var members: [Member] = []
        for server in servers {
            let cache = try BinaryCache(
                url: server.address, limits: limits, pausesAfterTrouble: pausesAfterTrouble, resources: resources)
            guard !members.contains(where: { $0.cache.address == cache.address }) else { continue }
            members.append(Member(leaf: server.name, kind: nil, cache: cache))
        }
        self.members = members
        notes = []
    }

    /// The caches that are asked about a key.
    package func members(for key: LookupKey) -> [Member] { members.filter { $0.serves(key) } }

    /// The cache at an address as claims name it.
    package func cache(at address: String) -> BinaryCache? {
        members.first { $0.cache.address == address }?.cache
    }

    /// Closes idle connections.
    package func shutdown() {
        for member in members { member.cache.shutdown() }
    }
}

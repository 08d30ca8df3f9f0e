internal import Quorum

extension ProposedCaches {
    /// Pairs the keys of Guix's access list with the servers asked. Such keys have no names; those that Guix comes
    /// with are known by their value.
    init(guix: GuixConfiguration) {
        self.init()
        leftOut = guix.notes.map { "\($0)." }
        let addresses = addresses(of: guix.substituteURLs, called: "server")
        // The farm's own address serves even where a mirror is asked in its stead.
        var claimed = Set<String>()
        for key in guix.authorizedKeys {
            if let objection = PolicyWords.objection(toKey: key.spelling, of: .guix) {
                leftOut.append("key \(key.hexadecimal): \(objection).")
                continue
            }
            var urls: [String] = []
            if let host = key.wellKnownHost {
                urls = addresses.filter { $0.host == host }.map(\.url)
                if urls.isEmpty { urls = ["https://\(host)"] }
            }
            claimed.formUnion(urls)
            caches.append(
                ProposedCache(
                    kind: .guix, key: key.spelling, identity: key.identity, host: key.wellKnownHost, urls: urls))
        }
        spread(unclaimed: addresses.map(\.url).filter { !claimed.contains($0) })
    }
}

internal import Quorum

extension ProposedCaches {
    /// Pairs the keys of Guix's access list with the servers asked. Such keys have no names; those that Guix comes
    /// with are known by their value.
    init(guix: GuixConfiguration) {
        self.init()
        leftOut = guix.notes.map { "\($0)." }
        var addresses: [(host: String, url: String)] = []
        for text in guix.substituteURLs {
            let address = SubstituterAddress(text)
            guard let host = address.host, let url = address.policyURL else {
                leftOut.append("\(text): not a server on the web (http or https).")
                continue
            }
            if !addresses.contains(where: { $0.url == url }) { addresses.append((host, url)) }
        }
        // The farm's own address serves even where a mirror is asked in its stead.
        var claimed = Set<String>()
        for key in guix.authorizedKeys {
            var urls: [String] = []
            if let host = key.wellKnownHost {
                urls = addresses.filter { $0.host == host }.map(\.url)
                if urls.isEmpty { urls = ["https://\(host)"] }
            }
            claimed.formUnion(urls)
            caches.append(
                ProposedCache(
                    kind: .guix, key: key.q, identity: key.identity, host: key.wellKnownHost, urls: urls))
        }
        spread(unclaimed: addresses.map(\.url).filter { !claimed.contains($0) })
    }
}

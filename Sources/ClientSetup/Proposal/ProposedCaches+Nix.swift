internal import Quorum
internal import StoreFormats

extension ProposedCaches {
    /// Pairs the trusted keys of Nix with the substituters that their names begin with.
    ///
    /// Keys of binary caches are named after their host by convention, with a number behind: `cache.nixos.org-1`.
    init(nix: NixConfiguration) {
        self.init()
        let addresses = addresses(of: nix.substituters.value, called: "cache")
        var claimed = Set<String>()
        for text in nix.trustedPublicKeys.value {
            guard let key = usableKey(text), let identity = KeyIdentity(algorithm: .ed25519, bytes: key.bytes) else {
                continue
            }
            if let twin = caches.first(where: { $0.identity == identity }) {
                leftOut.append("key \(key.name): the same key as \(twin.key.prefix { $0 != ":" }), under another name.")
                continue
            }
            let own = addresses.filter { Self.isNamed(key.name, after: $0.host) }
            claimed.formUnion(own.map(\.url))
            caches.append(
                ProposedCache(
                    kind: .nix, key: key.description, identity: identity, host: own.first?.host, urls: own.map(\.url)))
        }
        spread(unclaimed: addresses.map(\.url).filter { !claimed.contains($0) })
    }

    private mutating func usableKey(_ text: String) -> NixPublicKey? {
        let key: NixPublicKey
        do throws(StoreFormatError) {
            key = try NixPublicKey(parsing: text)
        } catch {
            leftOut.append("key \(text): \(error.message).")
            return nil
        }
        guard !key.name.hasPrefix("quorate-gateway-") else {
            leftOut.append("key \(key.name): a gateway's key. It signs what others built, so no policy may count it.")
            return nil
        }
        if let objection = PolicyWords.objection(toKey: key.description, of: .nix) {
            leftOut.append("key \(key.name): \(objection).")
            return nil
        }
        return key
    }

    /// Whether the key's name is the host, alone or with something behind a hyphen.
    static func isNamed(_ name: String, after host: String) -> Bool {
        let name = name.lowercased()
        return name == host || name.hasPrefix(host + "-")
    }
}

package import Quorum
package import StoreFormats

/// The gateway that a client should take everything from.
package struct GatewaySetup: Sendable, Hashable {
    /// Who signs what a Nix client gets.
    package enum Signing: Sendable, Hashable {
        /// The gateway, with its own key, which is the only one the client trusts.
        case reSign(NixPublicKey)
        /// The builders; the client trusts their keys.
        case filter([NixPublicKey])
    }

    /// The gateway's root: `http://127.0.0.1:8421`, without a slash at the end.
    package let url: String
    package let signing: Signing
    /// The keys that a Guix client should trust, and no others; empty when they are not known.
    package let guixKeys: [KeyIdentity]
    /// Which store's paths the root serves; nil when that is not known.
    package let rootStore: CacheKind?

    /// - Parameter url: The root, or the address of one of the two stores below it, which stands for the same gateway.
    package init(url: String, signing: Signing, guixKeys: [KeyIdentity] = [], rootStore: CacheKind? = nil) {
        self.url = Self.root(of: url)
        self.signing = signing
        self.guixKeys = guixKeys
        self.rootStore = rootStore
    }

    /// The root of a gateway, of which this is the root or the address of a store.
    package static func root(of url: String) -> String {
        var root = url[...]
        while root.hasSuffix("/") { root.removeLast() }
        if let store = CacheKind.allCases.first(where: { root.hasSuffix("/\($0.rawValue)") }) {
            root.removeLast(store.rawValue.utf8.count + 1)
            while root.hasSuffix("/") { root.removeLast() }
        }
        return String(root)
    }

    /// Where clients of a store find it, whatever the policy has first.
    package func url(of store: CacheKind) -> String { "\(url)/\(store.rawValue)" }

    /// Whether clients of a store are well served there: at its own address, or at the root where that is not known to
    /// be another store's.
    package func serves(_ store: CacheKind, at address: SubstituterAddress) -> Bool {
        address.place == SubstituterAddress(url(of: store)).place
            || (isRoot(address) && (rootStore ?? store) == store)
    }

    /// Whether an address is this gateway's, be it of the right store or not.
    package func isHere(_ address: SubstituterAddress) -> Bool {
        isRoot(address) || CacheKind.allCases.contains { address.place == SubstituterAddress(url(of: $0)).place }
    }

    /// Whether an address is the root.
    package func isRoot(_ address: SubstituterAddress) -> Bool { address.place == SubstituterAddress(url).place }

    /// The keys that a Nix client should trust, and no others.
    package var trustedKeys: [NixPublicKey] {
        switch signing {
        case .reSign(let key): [key]
        case .filter(let keys): keys
        }
    }
}

package import StoreFormats

/// The gateway that a client should take everything from.
package struct GatewaySetup: Sendable, Hashable {
    /// Who signs what the client gets.
    package enum Signing: Sendable, Hashable {
        /// The gateway, with its own key, which is the only one the client trusts.
        case reSign(NixPublicKey)
        /// The builders; the client trusts their keys.
        case filter([NixPublicKey])
    }

    /// `http://127.0.0.1:8421`, without a slash at the end.
    package let url: String
    package let signing: Signing

    package init(url: String, signing: Signing) {
        var url = url
        while url.hasSuffix("/") { url.removeLast() }
        self.url = url
        self.signing = signing
    }

    /// The keys that the client should trust, and no others.
    package var trustedKeys: [NixPublicKey] {
        switch signing {
        case .reSign(let key): [key]
        case .filter(let keys): keys
        }
    }
}

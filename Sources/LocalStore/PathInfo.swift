package import StoreFormats

/// What a store records about one of its paths.
package struct PathInfo: Hashable, Sendable {
    /// How a path came into the store.
    package enum Origin: String, Hashable, Sendable, CaseIterable {
        /// This machine ran the build.
        case built
        /// It was fetched from others.
        case substituted
        /// A person or program put it in: sources, derivations.
        case added
        /// The contents stay in the store of the host's package manager; recorded so that others may refer to it.
        case host
    }

    package let path: StorePath
    package let narHash: NarHash
    /// Bytes of the NAR.
    package let narSize: UInt64
    /// Sorted, each once; holds the path itself when its contents do.
    package let references: [StorePath]
    package let deriver: StorePath?
    package let contentAddress: ContentAddress?
    package let origin: Origin
    package let signatures: [NixSignature]
    /// Seconds since 1970; 0 stands for the time of registration.
    package let registeredAt: Int64

    package init(
        path: StorePath, narHash: NarHash, narSize: UInt64, references: some Collection<StorePath>,
        deriver: StorePath? = nil, contentAddress: ContentAddress? = nil, origin: Origin = .built,
        signatures: [NixSignature] = [], registeredAt: Int64 = 0
    ) {
        self.path = path
        self.narHash = narHash
        self.narSize = narSize
        self.references = references.count < 2 ? Array(references) : Self.sorted(references)
        self.deriver = deriver
        self.contentAddress = contentAddress
        self.origin = origin
        self.signatures = signatures
        self.registeredAt = registeredAt
    }

    /// Sorted, each once; what is so already costs one look.
    private static func sorted(_ references: some Collection<StorePath>) -> [StorePath] {
        let list = Array(references)
        return zip(list, list.dropFirst()).allSatisfy(<) ? list : Set(list).sorted()
    }
}

extension PathInfo {
    /// The same with these references.
    package func referring(to references: [StorePath]) -> PathInfo {
        PathInfo(
            path: path, narHash: narHash, narSize: narSize, references: references, deriver: deriver,
            contentAddress: contentAddress, origin: origin, signatures: signatures, registeredAt: registeredAt)
    }
}

package import LocalStore
package import StoreFormats

/// Where finished paths come from without being built: caches whose outcomes meet a policy, for instance.
///
/// Whoever implements it decides what may be had: what it offers is taken, and only checked against what it stated.
package protocol Substituter: Sendable {
    /// What is known of paths that can be had; a path that is left out cannot. Asked for many paths at a time.
    func offers(for paths: [StorePath]) async throws -> [StorePath: SubstituteOffer]

    /// Streams the NAR of a path that was offered.
    ///
    /// - Parameter sink: Takes the bytes in order; may block for a moment, and throws when it wants no more.
    func nar(of offer: SubstituteOffer, to sink: @escaping @Sendable ([UInt8]) throws -> Void) async throws
}

/// A path that a ``Substituter`` can give.
package struct SubstituteOffer: Sendable, Hashable {
    /// What its contents will be; size and hash of what comes must be the same.
    package let info: PathInfo

    /// How many bytes come over the network, if that is known.
    package let downloadSize: UInt64?

    package init(info: PathInfo, downloadSize: UInt64? = nil) {
        self.info = info
        self.downloadSize = downloadSize
    }
}

/// Gets files for `builtin:fetchurl` and `builtin:download`; what comes is checked against the derivation's hash.
package protocol FileFetcher: Sendable {
    /// Streams a file.
    ///
    /// - Parameters:
    ///   - address: The whole URL.
    ///   - sink: Takes the bytes in order; throws when it wants no more.
    func fetch(_ address: String, to sink: @escaping @Sendable ([UInt8]) throws -> Void) async throws
}

internal import ClaimSources
internal import Ledger
internal import Quorum
internal import StoreFormats
internal import Verification

/// What package managers ask about: a path of one of the two stores, by its hash part.
struct Question: Hashable, Sendable {
    /// Nix's store or Guix's.
    let store: CacheKind
    let hashPart: String

    init(_ store: CacheKind, _ hashPart: String) {
        self.store = store
        self.hashPart = hashPart
    }

    init(_ key: LookupKey) { self.init(key.isOfGuix ? .guix : .nix, key.hashPart) }

    /// What claims about it are found by.
    var key: LookupKey { LookupKey(hashPart, in: store.directory) }
}

extension CacheKind {
    /// Whether a narinfo is a promise: a Guix daemon to which a NAR was offered that it cannot have then gives up, where
    /// Nix builds.
    var wantsBytesFirst: Bool { self == .guix }
}

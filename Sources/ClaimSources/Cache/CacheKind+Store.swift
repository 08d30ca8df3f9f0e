package import Quorum
package import StoreFormats

extension CacheKind {
    /// The caches that have paths of a store: Guix's for its own, Nix's for any other.
    package init(of directory: StoreDirectory) { self = directory == .gnu ? .guix : .nix }

    /// Where its paths lie.
    package var directory: StoreDirectory {
        switch self {
        case .nix: .nix
        case .guix: .gnu
        }
    }
}

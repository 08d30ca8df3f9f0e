package import StoreFormats

/// Whose rules a build follows: what the two daemons show to a builder differs in small things that outputs can hold.
package enum BuildFlavor: String, Sendable, Hashable {
    case nix
    case guix

    /// The rules for a store: Guix's for its own, Nix's for any other.
    package init(_ directory: StoreDirectory) {
        self = directory == .gnu ? .guix : .nix
    }

    /// Whether `__json` holds attributes; Guix knows nothing of it.
    var readsStructuredAttributes: Bool { self == .nix }

    /// Whether `passAsFile` means something.
    var readsPassAsFile: Bool { self == .nix }

    /// Whether placeholders of outputs are replaced in arguments and variables.
    var replacesPlaceholders: Bool { self == .nix }

    /// Whether fixed outputs are announced with `NIX_OUTPUT_CHECKED`.
    var announcesFixedOutput: Bool { self == .nix }

    /// The user and group that a builder sees itself as. Guix has none of its own with a privileged daemon, where it is
    /// the build user's; these are the ones its unprivileged daemon shows.
    var identity: (user: UInt32, group: UInt32) {
        switch self {
        case .nix: (1000, 100)
        case .guix: (30001, 30000)
        }
    }

    /// The mode of `/`, which a listing of it shows.
    var rootMode: UInt32 {
        switch self {
        case .nix: 0o750
        case .guix: 0o555
        }
    }

    /// The folder a build works in.
    func buildFolder(of derivation: StorePath) -> String {
        switch self {
        case .nix: "/build"
        case .guix: "/tmp/guix-build-\(derivation.name)-0"
        }
    }
}

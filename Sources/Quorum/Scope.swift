/// The worlds a quorum is stated for; a policy has at most one quorum for each.
public enum Scope: String, Sendable, Hashable, CaseIterable {
    /// Store paths of Nix, and of every store directory that is not Guix's.
    case nix
    /// Store paths of Guix: `/gnu/store/…`.
    case guix
    /// Packages of Debian and of distributions that share its format.
    case debian
}

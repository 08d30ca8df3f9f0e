/// What is agreed on: a store path or a Debian artifact.
public enum Subject: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// A full store path, store directory included: `/nix/store/<hash>-<name>`. The caller has checked its form.
    case storePath(String)
    /// A file of a Debian archive.
    case debian(DebianArtifact)

    /// The scope whose quorum decides on the subject. A store path outside `/gnu/store` belongs to Nix.
    public var scope: Scope {
        switch self {
        case .storePath(let path): return path.hasPrefix("/gnu/store/") ? .guix : .nix
        case .debian: return .debian
        }
    }

    /// The store path, or the artifact's file name.
    public var description: String {
        switch self {
        case .storePath(let path): return path
        case .debian(let artifact): return artifact.fileName
        }
    }

    /// What a pattern without a slash is matched with: the name in a store path (after the hash), a package's name.
    public var packageName: String {
        switch self {
        case .storePath(let path):
            let base =
                path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path[path.utf8.index(after: $0)...] } ?? path[...]
            guard let dash = base.utf8.firstIndex(of: UInt8(ascii: "-")) else { return String(base) }
            return String(base[base.utf8.index(after: dash)...])
        case .debian(let artifact): return artifact.package
        }
    }

    /// Store paths before Debian artifacts, each by their text.
    public static func < (left: Subject, right: Subject) -> Bool {
        switch (left, right) {
        case (.storePath(let left), .storePath(let right)): return left < right
        case (.storePath, .debian): return true
        case (.debian, .storePath): return false
        case (.debian(let left), .debian(let right)): return left < right
        }
    }
}

/// A file of a Debian archive with all that names it: two builds are of one subject only if all four are the same.
public struct DebianArtifact: Hashable, Comparable, Sendable {
    /// The file's name without a folder: `hello_2.10-3_amd64.deb`.
    public let fileName: String
    /// The binary package's name.
    public let package: String
    /// The version, epoch included (file names leave it out).
    public let version: String
    /// The architecture: `amd64`, `all`.
    public let architecture: String

    /// Puts the four parts together; their forms are the caller's business.
    public init(fileName: String, package: String, version: String, architecture: String) {
        self.fileName = fileName
        self.package = package
        self.version = version
        self.architecture = architecture
    }

    /// By file name, then package, version (as text) and architecture.
    public static func < (left: DebianArtifact, right: DebianArtifact) -> Bool {
        (left.fileName, left.package, left.version, left.architecture)
            < (right.fileName, right.package, right.version, right.architecture)
    }
}

/// The hash algorithms that store paths and narinfos know.
public enum HashAlgorithm: String, Hashable, Sendable, CaseIterable {
    /// MD5: read for old fixed outputs only; collisions are cheap.
    case md5
    /// SHA-1: read for old fixed outputs only; collisions are affordable.
    case sha1
    /// SHA-256.
    case sha256
    /// SHA-512.
    case sha512

    /// The size of a digest in bytes.
    public var digestSize: Int {
        switch self {
        case .md5: 16
        case .sha1: 20
        case .sha256: 32
        case .sha512: 64
        }
    }

    /// Whether nobody can make two contents with one digest, so that a digest commits to its content.
    public var isCollisionResistant: Bool {
        switch self {
        case .md5, .sha1: false
        case .sha256, .sha512: true
        }
    }
}

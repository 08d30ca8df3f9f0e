/// What a build of a subject gave. Two builds agree only when the whole outcome is equal.
public enum Outcome: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The outcome of a store path: NAR hash, NAR size and references.
    case storePath(StorePathOutcome)
    /// The outcome of a Debian artifact: the SHA-256 of the file.
    case file(sha256: Digest256)

    /// The digest people recognise the outcome by: of the NAR, or of the file.
    public var digest: Digest256 {
        switch self {
        case .storePath(let outcome): return outcome.narHash
        case .file(let sha256): return sha256
        }
    }

    /// The full store paths that the outcome refers to; none for a file.
    public var references: [String] {
        switch self {
        case .storePath(let outcome): return outcome.references
        case .file: return []
        }
    }

    /// `sha256:<hex>`, for a store path with the NAR's size and the number of references.
    public var description: String {
        switch self {
        case .storePath(let outcome):
            return "sha256:\(outcome.narHash.hex) (NAR of \(outcome.narSize) bytes, "
                + "\(outcome.references.count) references)"
        case .file(let sha256): return "sha256:\(sha256.hex)"
        }
    }

    /// Store paths before files, then by digest, size and references: an order without meaning that never changes.
    public static func < (left: Outcome, right: Outcome) -> Bool {
        switch (left, right) {
        case (.storePath(let left), .storePath(let right)): return left < right
        case (.storePath, .file): return true
        case (.file, .storePath): return false
        case (.file(let left), .file(let right)): return left < right
        }
    }
}

/// The outcome of building a store path: all three parts are compared.
public struct StorePathOutcome: Hashable, Comparable, Sendable {
    /// SHA-256 of the NAR serialisation.
    public let narHash: Digest256
    /// Length of the NAR in bytes.
    public let narSize: UInt64
    /// Full store paths that the contents refer to, itself perhaps among them; sorted, each once.
    public let references: [String]

    /// Puts the parts together. References may come in any order and more than once.
    public init(narHash: Digest256, narSize: UInt64, references: [String]) {
        self.narHash = narHash
        self.narSize = narSize
        let isCanonical = zip(references, references.dropFirst()).allSatisfy { $0 < $1 }
        self.references = isCanonical ? references : Set(references).sorted()
    }

    /// By hash, size, then references.
    public static func < (left: StorePathOutcome, right: StorePathOutcome) -> Bool {
        if left.narHash != right.narHash { return left.narHash < right.narHash }
        if left.narSize != right.narSize { return left.narSize < right.narSize }
        return left.references.lexicographicallyPrecedes(right.references)
    }
}

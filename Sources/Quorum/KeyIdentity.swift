/// A signature algorithm with its curve or family.
public enum KeyAlgorithm: String, Hashable, Comparable, Sendable, CaseIterable {
    /// EdDSA over edwards25519 (RFC 8032): Nix, transparency logs, rebuilderd.
    case ed25519
    /// ECDSA over the Ed25519 curve as libgcrypt does it: Guix. The key is the 32-byte encoding of the point q.
    case ecdsaEd25519 = "ecdsa-ed25519"
    /// RSA with PKCS #1 padding, which old Guix keys may be.
    case rsa

    /// By their names.
    public static func < (left: KeyAlgorithm, right: KeyAlgorithm) -> Bool { left.rawValue < right.rawValue }
}

/// The identity of a signing key: algorithm and raw bytes. Names and encodings are not part of it.
public struct KeyIdentity: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// How the key signs.
    public let algorithm: KeyAlgorithm
    /// The public key without any wrapping: 32 bytes for both Ed25519 kinds.
    public let bytes: [UInt8]

    /// Nil when a key of that algorithm cannot have so many bytes (32 for both Ed25519 kinds, at least one for RSA).
    public init?(algorithm: KeyAlgorithm, bytes: some Collection<UInt8>) {
        switch algorithm {
        case .ed25519, .ecdsaEd25519: guard bytes.count == 32 else { return nil }
        case .rsa: guard !bytes.isEmpty else { return nil }
        }
        self.algorithm = algorithm
        self.bytes = Array(bytes)
    }

    /// `ed25519:<hex of the raw bytes>`.
    public var description: String { algorithm.rawValue + ":" + Hexadecimal.encode(bytes) }

    /// By algorithm, then bytes.
    public static func < (left: KeyIdentity, right: KeyIdentity) -> Bool {
        if left.algorithm != right.algorithm { return left.algorithm < right.algorithm }
        return left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}

/// A key with the name that its own text form gives it.
public struct NamedKey: Hashable, Sendable {
    /// `cache.nixos.org-1` of a Nix key, the name of a verifier key; for a key without a name the leaf's own name.
    public let name: String
    /// What counts.
    public let identity: KeyIdentity

    /// Puts name and key together.
    public init(name: String, identity: KeyIdentity) {
        self.name = name
        self.identity = identity
    }
}

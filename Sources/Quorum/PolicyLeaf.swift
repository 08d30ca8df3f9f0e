/// What a cache serves, which decides how its signatures look.
public enum CacheKind: String, Hashable, Sendable, CaseIterable {
    /// A Nix binary cache: Ed25519 signatures.
    case nix
    /// A Guix substitute server: ECDSA signatures over the Ed25519 curve.
    case guix

    /// The scope its claims belong to.
    public var scope: Scope {
        switch self {
        case .nix: return .nix
        case .guix: return .guix
        }
    }
}

/// A `cache` line: a binary cache whose signatures are claims.
public struct CacheLeaf: Hashable, Sendable {
    /// The name given in the policy.
    public let name: String
    /// Nix or Guix.
    public let kind: CacheKind
    /// The key; of a Guix cache its name is the leaf's name.
    public let key: NamedKey
    /// Where the cache is found, without a slash at the end; at least one.
    public let urls: [String]
    /// Whether the policy's author says that the cache signs only what its operator built (`builds`).
    public let builds: Bool
    /// The line of the policy, from 1.
    public let line: Int
}

/// A `builder` line: a key that signs attestations in transparency logs, or this host's own builds.
public struct BuilderLeaf: Hashable, Sendable {
    /// The name given in the policy.
    public let name: String
    /// The key with the name that its verifier key carries.
    public let key: NamedKey
    /// The verifier key as written.
    public let verifierKey: String
    /// Addresses of logs with its claims, without a slash at the end.
    public let urls: [String]
    /// Origins of the policy's own `log` lines that hold its claims.
    public let logOrigins: [String]
    /// The line of the policy, from 1.
    public let line: Int
}

/// A `rebuilder` line: a rebuilderd instance and the key of its links.
public struct RebuilderLeaf: Hashable, Sendable {
    /// The name given in the policy.
    public let name: String
    /// The key; it has the leaf's name.
    public let key: NamedKey
    /// Addresses of the instance, without a slash at the end; at least one.
    public let urls: [String]
    /// The line of the policy, from 1.
    public let line: Int
}

/// A `log` line as in C2SP tlog-policy: a log whose checkpoints are believed.
public struct LogLine: Hashable, Sendable {
    /// The log's key; its name is the log's origin.
    public let key: NamedKey
    /// The verifier key as written.
    public let verifierKey: String
    /// Where the log is found, without a slash at the end.
    public let url: String?
    /// The line of the policy, from 1.
    public let line: Int
}

/// A `witness` line as in C2SP tlog-policy: a cosigner of checkpoints.
public struct WitnessLine: Hashable, Sendable {
    /// The name given in the policy.
    public let name: String
    /// The witness's key with the name that its verifier key carries.
    public let key: NamedKey
    /// The verifier key as written.
    public let verifierKey: String
    /// Where the witness is found, without a slash at the end.
    public let url: String?
    /// The line of the policy, from 1.
    public let line: Int
}

/// A `signer` line: who may sign the next version of a distributed policy.
public struct SignerLine: Hashable, Sendable {
    /// The name given in the policy.
    public let name: String
    /// The signer's key with the name that its verifier key carries.
    public let key: NamedKey
    /// The verifier key as written.
    public let verifierKey: String
    /// The line of the policy, from 1.
    public let line: Int
}

/// One voter: a `party` line, or a single key that no party line claims.
public struct Party: Hashable, Sendable {
    /// The party's name; of a single key the key's name.
    public let name: String
    /// Names of its keys: caches, builders, rebuilders.
    public let leaves: [String]
    /// Whether a `party` line made it.
    public let isDeclared: Bool
    /// The line of the policy, from 1.
    public let line: Int
}

/// A key that the policy revokes (`revoke key`).
public struct KeyRevocation: Hashable, Sendable {
    /// The key whose claims are refused.
    public let key: KeyIdentity
    /// Why, when the line says so.
    public let reason: String?
    /// The line of the policy, from 1.
    public let line: Int
}

/// An outcome that the policy revokes (`revoke outcome`).
public struct OutcomeRevocation: Hashable, Sendable {
    /// What is refused.
    public let outcome: RevokedOutcome
    /// Why, when the line says so.
    public let reason: String?
    /// The line of the policy, from 1.
    public let line: Int
}

/// An outcome nobody shall install any more, named by its digest.
public struct RevokedOutcome: Hashable, Sendable {
    /// The one subject it is revoked for; nil revokes it for all.
    public let subject: Subject?
    /// The NAR's SHA-256, or the file's for a Debian artifact.
    public let narHash: Digest256

    /// Puts the two together.
    public init(subject: Subject? = nil, narHash: Digest256) {
        self.subject = subject
        self.narHash = narHash
    }
}

/// An `except` line: fewer votes for packages that a pattern names, until a moment.
public struct PolicyException: Hashable, Sendable {
    /// The glob as written: with a slash it is matched with the whole store path, otherwise with the package's name.
    public let pattern: GlobPattern
    /// How many members of the quorum's group are enough meanwhile.
    public let threshold: Int
    /// The first moment at which the exception no longer holds.
    public let until: Timestamp
    /// Why, for the people who read verdicts.
    public let reason: String
    /// The line of the policy, from 1.
    public let line: Int

    /// Whether the exception speaks of the subject; time is another question.
    public func covers(_ subject: Subject) -> Bool {
        pattern.isForWholePaths ? pattern.matches(subject.description) : pattern.matches(subject.packageName)
    }
}

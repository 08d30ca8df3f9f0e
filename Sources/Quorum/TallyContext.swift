/// What is known about a store path that says itself what its contents must be.
public enum SelfVerification: Hashable, Sendable {
    /// The path, recomputed from this outcome's contents and references by SHA-256 or SHA-512, is the subject: no vote
    /// is needed.
    case committed(Outcome)
    /// The path commits to its contents, which nobody has read yet.
    case commitsToContent
    /// The path says nothing about its contents (or only by MD5 or SHA-1).
    case none
}

/// All that a tally depends on besides claims and policy.
public struct TallyContext: Hashable, Sendable {
    /// The moment of the tally: ends exceptions and distributed policies.
    public var now: Timestamp
    /// Keys revoked outside the policy.
    public var revokedKeys: Set<KeyIdentity>
    /// Outcomes revoked outside the policy.
    public var revokedOutcomes: Set<RevokedOutcome>
    /// Keys of logs caught showing two histories; a builder's own key stands for all logs it wrote to.
    public var forkedLogs: Set<KeyIdentity>
    /// Keys of logs whose claims do not count for now, with the reason: frozen, rolled back, never seen.
    public var staleLogs: [KeyIdentity: String]
    /// Subjects once in conflict that no person has cleared.
    public var standingConflicts: Set<Subject>
    /// What the subject's own path proves.
    public var selfVerification: SelfVerification
    /// Keys caught lying about this subject, with what they did ("its narinfo and its NAR disagree").
    public var lies: [KeyIdentity: String]

    /// A context in which, unless said otherwise, nothing is revoked, forked, in conflict or self-verifying.
    public init(
        now: Timestamp, revokedKeys: Set<KeyIdentity> = [], revokedOutcomes: Set<RevokedOutcome> = [],
        forkedLogs: Set<KeyIdentity> = [], staleLogs: [KeyIdentity: String] = [:], standingConflicts: Set<Subject> = [],
        selfVerification: SelfVerification = .none, lies: [KeyIdentity: String] = [:]
    ) {
        self.now = now
        self.revokedKeys = revokedKeys
        self.revokedOutcomes = revokedOutcomes
        self.forkedLogs = forkedLogs
        self.staleLogs = staleLogs
        self.standingConflicts = standingConflicts
        self.selfVerification = selfVerification
        self.lies = lies
    }
}

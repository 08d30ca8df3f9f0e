/// How a claim came into the world.
public enum ClaimForm: String, Hashable, Comparable, Sendable, CaseIterable {
    /// A signature on a narinfo of a binary cache.
    case cacheSignature = "cache-signature"
    /// An attestation in a transparency log.
    case logEntry = "log-entry"
    /// A signed link of a rebuilderd instance.
    case rebuilderLink = "rebuilder-link"
    /// A build that this very installation ran.
    case ownBuild = "own-build"

    /// By their names.
    public static func < (left: ClaimForm, right: ClaimForm) -> Bool { left.rawValue < right.rawValue }
}

/// What a claim says: an outcome, or that the build failed.
public enum Statement: Hashable, Comparable, Sendable {
    /// "I got this."
    case outcome(Outcome)
    /// "I tried, and the build failed." It never counts as agreement.
    case failed

    /// Outcomes before failures.
    public static func < (left: Statement, right: Statement) -> Bool {
        switch (left, right) {
        case (.outcome(let left), .outcome(let right)): return left < right
        case (.outcome, .failed): return true
        case (.failed, _): return false
        }
    }
}

/// "Key K states outcome O for subject S": a statement whose signature has been verified.
///
/// Whether it is *built* or *vouched* is not part of it: that follows from the policy (`cache … builds`) and the form.
public struct Claim: Hashable, Comparable, Sendable {
    /// What the claim is about.
    public let subject: Subject
    /// Whose signature it carries.
    public let key: KeyIdentity
    /// What it says.
    public let statement: Statement
    /// How it was made.
    public let form: ClaimForm
    /// The address it was read from.
    public let source: String
    /// When we read it, by our own clock. It never decides anything.
    public let observedAt: Timestamp
    /// Digest of the resolved inputs that were built; nil when the claim does not say.
    public let inputs: Digest256?
    /// SHA-256 of the bytes that prove the claim.
    public let evidence: Digest256
    /// The key of the log that holds the claim; nil when no log does.
    public let log: KeyIdentity?

    /// Puts a verified claim together.
    public init(
        subject: Subject, key: KeyIdentity, statement: Statement, form: ClaimForm, source: String,
        observedAt: Timestamp, inputs: Digest256? = nil, evidence: Digest256, log: KeyIdentity? = nil
    ) {
        self.subject = subject
        self.key = key
        self.statement = statement
        self.form = form
        self.source = source
        self.observedAt = observedAt
        self.inputs = inputs
        self.evidence = evidence
        self.log = log
    }

    /// A total order over everything a claim holds, what it says first: equal statements stand together.
    public static func < (left: Claim, right: Claim) -> Bool {
        if left.statement != right.statement { return left.statement < right.statement }
        if left.key != right.key { return left.key < right.key }
        if left.form != right.form { return left.form < right.form }
        if left.observedAt != right.observedAt { return left.observedAt < right.observedAt }
        if left.evidence != right.evidence { return left.evidence < right.evidence }
        if left.source != right.source { return left.source < right.source }
        if left.subject != right.subject { return left.subject < right.subject }
        if left.inputs != right.inputs { return precedes(left.inputs, right.inputs) }
        return precedes(left.log, right.log)
    }

    /// What is absent comes first.
    private static func precedes<Value: Comparable>(_ left: Value?, _ right: Value?) -> Bool {
        guard let right else { return false }
        guard let left else { return true }
        return left < right
    }
}

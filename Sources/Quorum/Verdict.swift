/// What a tally decided about a subject.
public enum VerdictStatus: Hashable, Sendable {
    /// One outcome, and only one, meets the quorum.
    case quorate(Outcome)
    /// Two outcomes meet the quorum, or did once and no person has cleared the alarm. The outcomes are those that meet
    /// it now, which may be fewer than two when the conflict stands from before.
    case conflict([Outcome])
    /// Parties differ and no outcome meets the quorum.
    case split
    /// No disagreement, but too few.
    case short
    /// Nobody who counts stated anything.
    case unclaimed
    /// The path itself proves the contents. Without an outcome the contents have still to be read and compared.
    case selfVerifying(Outcome?)

    /// The status as one word: `quorate`, `conflict`, `split`, `short`, `unclaimed` or `self-verifying`.
    public var word: String {
        switch self {
        case .quorate: return "quorate"
        case .conflict: return "conflict"
        case .split: return "split"
        case .short: return "short"
        case .unclaimed: return "unclaimed"
        case .selfVerifying: return "self-verifying"
        }
    }

    /// Whether the subject itself may be installed; its references are another question (``installable(verdicts:)``).
    public var isAccepting: Bool {
        switch self {
        case .quorate, .selfVerifying: return true
        case .conflict, .split, .short, .unclaimed: return false
        }
    }
}

/// The decision on a subject with everything it rests on.
public struct Verdict: Hashable, Sendable {
    /// What was decided about.
    public let subject: Subject
    /// The decision.
    public let status: VerdictStatus
    /// Every outcome that a counted claim states, most supported first; equal support is ordered by outcome.
    public let support: [OutcomeSupport]
    /// Every claim given, ordered by what it says and who says it, counted or refused and why.
    public let assessments: [ClaimAssessment]
    /// Parties of the quorum that report a failed build, in the policy's order.
    public let failedParties: [String]
    /// Parties of the quorum from which there is no claim at all, in the policy's order.
    public let silentParties: [String]
    /// What the policy demanded, in words: `2 of ci, bordeaux, alice`.
    public let requirement: String
    /// The exception in force for the subject, whether it was needed or not.
    public let exception: PolicyException?
    /// What people should know besides.
    public let notes: [VerdictNote]

    /// How ``requirement`` begins where no claims whatever meet the policy.
    package static let nothingIsEnough = "nothing is enough"

    /// The outcome to install, if there is one.
    public var agreed: Outcome? {
        switch status {
        case .quorate(let outcome): return outcome
        case .selfVerifying(let outcome): return outcome
        case .conflict, .split, .short, .unclaimed: return nil
        }
    }

    /// Support for outcomes other than the agreed one; everything when nothing is agreed.
    public var dissent: [OutcomeSupport] {
        guard let agreed else { return support }
        return support.filter { $0.outcome != agreed }
    }
}

/// Who states an outcome.
public struct OutcomeSupport: Hashable, Sendable {
    /// The outcome.
    public let outcome: Outcome
    /// The parties that state it, in the policy's order.
    public let parties: [String]
    /// Those among them that only vouch: together they are one vote, since each may have copied the others.
    public let vouchingParties: [String]
    /// Votes: parties that built it, and one more if any vouches.
    public let votes: Int
    /// Whether the outcome meets the policy's quorum.
    public let meetsQuorum: Bool
}

/// A claim and what became of it.
public struct ClaimAssessment: Hashable, Sendable {
    /// What became of a claim.
    public enum Result: Hashable, Sendable {
        /// It counts for its outcome.
        case counted(party: String, leaf: String, built: Bool)
        /// A failed build: listed, never counted.
        case failed(party: String, leaf: String)
        /// It does not count.
        case refused(RefusalReason)
    }

    /// The claim.
    public let claim: Claim
    /// What became of it.
    public let result: Result
}

/// Why a claim does not count.
public enum RefusalReason: Hashable, Sendable, CustomStringConvertible {
    /// It is about another subject.
    case otherSubject(Subject)
    /// The policy does not name its key.
    case unknownKey
    /// Its key is revoked.
    case revokedKey(leaf: String?, reason: String?)
    /// The outcome it states is revoked.
    case revokedOutcome(leaf: String, reason: String?)
    /// Its key was caught lying about this subject.
    case lied(leaf: String, what: String)
    /// A key of that kind does not make claims of that form.
    case wrongForm(leaf: String, form: ClaimForm)
    /// Its key speaks for another scope than the subject's.
    case wrongScope(leaf: String, scope: Scope)
    /// The policy has no quorum for the subject's scope.
    case noQuorum(Scope)
    /// Its key is in the policy, but not in the quorum of the subject's scope.
    case outsideQuorum(leaf: String, scope: Scope)
    /// The log that holds it showed two histories.
    case forkedLog(leaf: String)
    /// The log that holds it cannot be relied on for now.
    case staleLog(leaf: String, reason: String)
    /// The log that holds it is none of those in which its key's claims are looked for.
    case unlistedLog(leaf: String)
    /// An outcome of a kind that such a subject cannot have.
    case outcomeDoesNotFit(leaf: String)
    /// The store path itself proves other contents.
    case contradictsContent(leaf: String)
    /// Its key vouches, and the group counts only what was built.
    case vouchedWhereBuiltCounts(leaf: String, group: String)

    /// The reason as half a sentence.
    public var description: String {
        switch self {
        case .otherSubject(let subject): return "it is about \(subject)"
        case .unknownKey: return "the policy does not name its key"
        case .revokedKey(let leaf, let reason):
            return "the key" + (leaf.map { " of \($0)" } ?? "") + " is revoked" + Self.because(reason)
        case .revokedOutcome(_, let reason): return "the outcome is revoked" + Self.because(reason)
        case .lied(let leaf, let what): return "\(leaf) was caught lying about this subject: \(what)"
        case .wrongForm(let leaf, let form): return "\(leaf) makes no claims of the form \(form.rawValue)"
        case .wrongScope(let leaf, let scope): return "\(leaf) does not speak for \(scope.rawValue)"
        case .noQuorum(let scope): return "the policy has no quorum for \(scope.rawValue)"
        case .outsideQuorum(let leaf, let scope): return "\(leaf) is not in the quorum for \(scope.rawValue)"
        case .forkedLog(let leaf): return "the log with this claim of \(leaf) showed two histories"
        case .staleLog(let leaf, let reason): return "the log with this claim of \(leaf) \(reason)"
        case .unlistedLog(let leaf): return "the log with this claim of \(leaf) is not one that the policy names for it"
        case .outcomeDoesNotFit: return "the outcome is not of the subject's kind"
        case .contradictsContent: return "the store path itself proves other contents"
        case .vouchedWhereBuiltCounts(let leaf, let group):
            return "\(leaf) only vouches, and the group \(group) counts only what was built"
        }
    }

    /// Who made the claim, where the sentence does not say so.
    public var unnamedLeaf: String? {
        switch self {
        case .revokedOutcome(let leaf, _), .outcomeDoesNotFit(let leaf), .contradictsContent(let leaf): return leaf
        default: return nil
        }
    }

    private static func because(_ reason: String?) -> String { reason.map { ": \($0)" } ?? "" }
}

/// What people should know about a verdict besides its status.
public enum VerdictNote: Hashable, Sendable, CustomStringConvertible {
    /// A conflict from before that no person has cleared.
    case standingConflict
    /// The distributed policy has expired: no claims meet it any more.
    case policyExpired(Timestamp)
    /// A party stated more than one outcome; it counts for each.
    case equivocation(party: String, outcomes: [Outcome])
    /// Builders that count built from different inputs: look there first. Digest of the inputs, and who built from them.
    case inputsDiffer([InputsSupport])
    /// Contents that the path commits to are revoked, so the path needs votes for others, which it cannot get.
    case selfVerifyingOutcomeRevoked

    /// The note as a sentence without full stop.
    public var description: String {
        switch self {
        case .standingConflict: return "two outcomes met the quorum before, and nobody has cleared the alarm"
        case .policyExpired(let moment): return "the policy expired at \(moment): get its next version"
        case .equivocation(let party, let outcomes):
            return
                "\(party) states \(outcomes.count) outcomes and counts for each: equivocation, or a build that varies"
        case .inputsDiffer(let inputs):
            return "builders used \(inputs.count) different sets of inputs: "
                + inputs.map { "\($0.parties.joined(separator: ", ")) \($0.inputs.hex.prefix(16))" }
                .joined(separator: "; ")
        case .selfVerifyingOutcomeRevoked: return "the contents that the store path commits to are revoked"
        }
    }
}

/// The parties that built from one set of resolved inputs.
public struct InputsSupport: Hashable, Sendable {
    /// The digest of the inputs.
    public let inputs: Digest256
    /// Who built from them, in the policy's order.
    public let parties: [String]
}

package import Quorum

/// A verdict that was reached, kept for its history. What counts is always tallied anew from the claims.
package struct VerdictRecord: Hashable, Sendable {
    package let subject: Subject
    /// SHA-256 of the policy's text.
    package let policy: Digest256
    /// The verdict's word, as `Verdict.Status.word` gives it.
    package let word: String
    /// The agreed outcome, when there is one.
    package let outcome: Outcome?
    package let decidedAt: Timestamp

    package init(subject: Subject, policy: Digest256, word: String, outcome: Outcome?, decidedAt: Timestamp) {
        self.subject = subject
        self.policy = policy
        self.word = word
        self.outcome = outcome
        self.decidedAt = decidedAt
    }
}

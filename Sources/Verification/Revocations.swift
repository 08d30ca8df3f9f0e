package import Quorum

/// What a person has taken back on this machine, besides what the policy says.
package struct Revocations: Sendable {
    package var keys: Set<KeyIdentity> = []
    package var outcomes: Set<RevokedOutcome> = []

    package init() {}

    /// Reads the `revoke` lines that `quorate revoke` has written; they are in the policy's grammar.
    package init(text: String) throws(PolicyError) {
        let policy = try Policy.parse(text)
        keys = Set(policy.keyRevocations.map(\.key))
        outcomes = Set(policy.outcomeRevocations.map(\.outcome))
    }

    /// The same together with those of `policy`.
    package func adding(_ policy: Policy) -> Revocations {
        var all = self
        all.keys.formUnion(policy.keyRevocations.map(\.key))
        all.outcomes.formUnion(policy.outcomeRevocations.map(\.outcome))
        return all
    }

    /// Whether `outcome` of `subject` is revoked.
    package func covers(_ outcome: Outcome, of subject: Subject) -> Bool {
        outcomes.contains(RevokedOutcome(subject: nil, narHash: outcome.digest))
            || outcomes.contains(RevokedOutcome(subject: subject, narHash: outcome.digest))
    }
}

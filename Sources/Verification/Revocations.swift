package import Quorum

/// What a person has taken back on this machine, besides what the policy says.
package struct Revocations: Sendable {
    package var keys: Set<KeyIdentity> = []
    package var outcomes: Set<RevokedOutcome> = []

    package init() {}

    /// Reads the `revoke` lines that `quorate revoke` or a person has written: in the policy's grammar, with comments and
    /// empty lines.
    ///
    /// Each line stands for itself. In a policy a key revoked twice is an author's slip, here two people did the same.
    /// - Throws: The first refusal, with its line.
    package init(text: String) throws(PolicyError) {
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
        where !line.isEmpty {
            do {
                try add(line: String(line))
            } catch {
                throw PolicyError(code: error.code, line: index + 1, message: error.message)
            }
        }
    }

    private mutating func add(line: String) throws(PolicyError) {
        let word = line.split { $0 == " " || $0 == "\t" }.first
        guard word == nil || word == "revoke" || word?.hasPrefix("#") == true else {
            throw PolicyError(
                code: .unknownWord, line: 1, message: "only 'revoke key …' and 'revoke outcome …' stand in this file")
        }
        let policy = try Policy.parse(line + "\n")
        keys.formUnion(policy.keyRevocations.map(\.key))
        outcomes.formUnion(policy.outcomeRevocations.map(\.outcome))
    }

    /// Whether all of `others` is revoked by the same words already.
    package func contains(_ others: Revocations) -> Bool {
        keys.isSuperset(of: others.keys) && outcomes.isSuperset(of: others.outcomes)
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

package import Attestations
package import Quorum

/// What a proof file shows under a policy.
package struct ProofReport: Hashable, Sendable {
    /// How what the one who asks has in hand compares with what is agreed.
    package enum Contents: String, Hashable, Sendable {
        /// Nothing was given.
        case notGiven = "not given"
        /// It is what is agreed.
        case agree
        /// It is something else.
        case differ
        /// There is nothing to compare it with.
        case nothingAgreed = "nothing agreed"
    }

    /// The decision, with every claim counted or refused and why.
    package let verdict: Verdict
    /// Every piece of evidence, in the file's order.
    package let evidence: [EvidenceReport]
    /// The SHA-256 of the policy under which it was checked.
    package let policyDigest: Digest256
    /// The SHA-256 of the policy in the file.
    package let containerPolicyDigest: Digest256
    package let contents: Contents
    /// The moment that was asked about.
    package let asOf: Timestamp
    /// The independent parties, two or more, whose own builds alone meet the quorum; otherwise none.
    package let reproducedBy: [String]

    /// What the file is about.
    package var subject: Subject { verdict.subject }

    /// Whether the policy accepts the subject, and what is in hand is not something else.
    package var isAccepted: Bool {
        guard verdict.status.isAccepting else { return false }
        switch contents {
        case .notGiven, .agree: return true
        case .differ, .nothingAgreed: return false
        }
    }

    /// Whether two or more independent parties built it, and their builds alone are enough.
    package var isReproduced: Bool { isAccepted && !reproducedBy.isEmpty }

    /// Whether the file was made under the very policy it was checked under.
    package var isUnderSamePolicy: Bool { policyDigest == containerPolicyDigest }

    /// The claims that count for what is agreed, with where they were found.
    var supporting: [(evidence: EvidenceReport, isBuilt: Bool)] {
        guard let agreed = verdict.agreed else { return [] }
        return evidence.compactMap { report in
            for assessment in verdict.assessments {
                guard case .counted(_, _, let isBuilt) = assessment.result, report.claims.contains(assessment.claim),
                    assessment.claim.statement == .outcome(agreed)
                else { continue }
                return (report, isBuilt)
            }
            return nil
        }
    }

    /// A summary of the report for others, to be signed; nil when nothing is agreed, so that there is no digest.
    package var summary: VerificationSummary? {
        guard let agreed = verdict.agreed else { return nil }
        return VerificationSummary(
            subject: subject, digest: agreed.digest, policy: policyDigest,
            evidence: supporting.map { .init(uri: $0.evidence.source.address, digest: $0.evidence.digest) },
            result: !isAccepted ? .failed : isReproduced ? .reproduced : .passed, verifiedAt: asOf)
    }
}

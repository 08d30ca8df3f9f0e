internal import Ledger
internal import Quorum

extension FuzzTarget {
    /// The stored form of claims and of outcomes.
    static let claimTarget = FuzzTarget("claim", maximumLength: 1024) { input throws(BrokenPromise) in
        var answer = Answer.refused
        if let claim = try? ClaimCoding.decode(input) {
            answer = .accepted
            try promise(ClaimCoding.encode(claim) == input, "a claim is written otherwise")
        }
        if let outcome = try? ClaimCoding.decodeOutcome(input) {
            answer = .accepted
            try promise(ClaimCoding.encode(outcome) == input, "an outcome is written otherwise")
        }
        return answer
    }
}

package import Quorum

/// Things to record together: all of them or none is durable.
package struct LedgerBatch: Sendable {
    /// Verified claims with the evidence bytes as they were received.
    package var claims: [NewClaim]
    /// Claims whose evidence was verified anew because their row had no valid seal.
    package var resealed: [Claim] = []
    /// Answers that brought no claim.
    package var asks: [Ask]
    /// Verdicts; one that says what the newest of its subject and policy says is not written again.
    package var verdicts: [VerdictRecord]
    /// How far logs have been read with the claims of this batch and of those before it.
    package var positions: [LogPosition] = []

    package init(
        claims: [NewClaim] = [], asks: [Ask] = [], verdicts: [VerdictRecord] = []
    ) {
        self.claims = claims
        self.asks = asks
        self.verdicts = verdicts
    }

    package var isEmpty: Bool {
        claims.isEmpty && resealed.isEmpty && asks.isEmpty && verdicts.isEmpty && positions.isEmpty
    }
}

/// A verified claim to record.
package struct NewClaim: Sendable {
    package let claim: Claim
    /// The bytes that prove it, as they were received.
    package let evidence: [UInt8]
    /// Whether the evidence has a content address.
    package let hasContentAddress: Bool
    /// Whether a row of this claim is there that has neither a valid seal nor evidence for it, and gives way.
    package var replacesDamaged = false

    package init(claim: Claim, evidence: [UInt8], hasContentAddress: Bool = false) {
        self.claim = claim
        self.evidence = evidence
        self.hasContentAddress = hasContentAddress
    }
}

package import Quorum

/// A claim as the ledger keeps it: with the seal that says it was verified, and when it was seen.
package struct ClaimRecord: Hashable, Sendable {
    package let claim: Claim
    /// When this claim was first and last received.
    package let firstSeen: Timestamp
    package let lastSeen: Timestamp
    /// The MAC over claim, evidence digest and key, or nil. A row without a valid one counts for nothing until its
    /// evidence is verified anew.
    package let seal: [UInt8]?
    /// A hint that the evidence has a content address, so that it is worth reading. Nothing is believed because of it.
    package let hasContentAddress: Bool

    package init(
        claim: Claim, firstSeen: Timestamp, lastSeen: Timestamp, seal: [UInt8]?, hasContentAddress: Bool
    ) {
        self.claim = claim
        self.firstSeen = firstSeen
        self.lastSeen = lastSeen
        self.seal = seal
        self.hasContentAddress = hasContentAddress
    }
}

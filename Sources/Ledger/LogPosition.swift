package import Quorum

/// How far a log has been read into the ledger for one builder.
///
/// It is written in the transaction that records the claims, so that a ledger which is moved away or restored takes its
/// positions with it: what it does not hold is read again. It is a convenience and not evidence: a wrong one can only
/// make claims missing, never add one.
package struct LogPosition: Hashable, Sendable {
    /// The log's key.
    package let log: KeyIdentity
    /// The builder whose claims were looked for.
    package let builder: KeyIdentity
    /// The index of the first entry that was not read.
    package let next: UInt64

    package init(log: KeyIdentity, builder: KeyIdentity, next: UInt64) {
        self.log = log
        self.builder = builder
        self.next = next
    }
}

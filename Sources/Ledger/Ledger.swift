package import Quorum

/// The database of claims, answers and verdicts. Nothing recorded is ever replaced by something that differs.
///
/// The ledger is not a root of trust: claims come back with their seals, and who reads them checks those.
package protocol Ledger: Sendable {
    /// Records everything in the batch durably, or nothing.
    func record(_ batch: LedgerBatch) async throws(LedgerError)

    /// What is known under each key; keys of which nothing is known are left out. Rows that cannot be read are left out
    /// and marked.
    func contents(at keys: [LookupKey]) async throws(LedgerError) -> [LookupKey: LedgerContents]

    /// The evidence bytes of the claims under a key, by their digest.
    func evidence(at key: LookupKey) async throws(LedgerError) -> [Digest256: [UInt8]]

    /// The keys under which there are claims of this machine's own builds; sorted.
    func keysOfOwnBuilds() async throws(LedgerError) -> [LookupKey]

    /// The newest verdicts reached about a subject, at most `limit`, oldest first.
    func history(of subject: Subject, limit: Int) async throws(LedgerError) -> [VerdictRecord]

    /// How far a log has been read, by builder; a builder that is missing has not been looked for.
    func positions(inLog log: KeyIdentity) async throws(LedgerError) -> [KeyIdentity: UInt64]

    /// Counts of what is kept, for people and metrics.
    func counts() async throws(LedgerError) -> LedgerCounts

    /// Tidies up behind the last question. It may be left out: what was recorded is safe before.
    func close() async
}

extension Ledger {
    package func close() async {}
}

/// How much a ledger holds.
package struct LedgerCounts: Hashable, Sendable {
    package let claims: Int
    package let subjects: Int
    package let verdicts: Int

    package init(claims: Int, subjects: Int, verdicts: Int) {
        self.claims = claims
        self.subjects = subjects
        self.verdicts = verdicts
    }
}

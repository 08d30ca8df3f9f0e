import Ledger
import Quorum

/// A ledger of which one part does not work.
struct BrokenLedger: Ledger {
    enum Failure: CaseIterable { case reading, writing, evidence, everything }

    private let ledger: any Ledger
    private let failure: Failure

    init(_ ledger: any Ledger, failing failure: Failure) {
        self.ledger = ledger
        self.failure = failure
    }

    private func check(_ part: Failure) throws(LedgerError) {
        if failure == part || failure == .everything { throw LedgerError(.full, "the disk is full") }
    }

    func record(_ batch: LedgerBatch) async throws(LedgerError) {
        try check(.writing)
        try await ledger.record(batch)
    }

    func contents(at keys: [LookupKey]) async throws(LedgerError) -> [LookupKey: LedgerContents] {
        try check(.reading)
        return try await ledger.contents(at: keys)
    }

    func evidence(at key: LookupKey) async throws(LedgerError) -> [Digest256: [UInt8]] {
        try check(.evidence)
        return try await ledger.evidence(at: key)
    }

    func keysOfOwnBuilds() async throws(LedgerError) -> [LookupKey] {
        try await ledger.keysOfOwnBuilds()
    }

    func history(of subject: Subject, limit: Int) async throws(LedgerError) -> [VerdictRecord] {
        try await ledger.history(of: subject, limit: limit)
    }

    func positions(inLog log: KeyIdentity) async throws(LedgerError) -> [KeyIdentity: UInt64] {
        try check(.reading)
        return try await ledger.positions(inLog: log)
    }

    func counts() async throws(LedgerError) -> LedgerCounts { try await ledger.counts() }
}

internal import ClientSetup
internal import Ledger
internal import Quorum
internal import Verification

/// Which installed paths a revocation touches.
enum TouchedPaths {
    /// Keys looked up in the ledger at a time.
    private static let batch = 500

    /// The paths whose contents are a revoked outcome, that carry a revoked key's signature, or that such a key stated in
    /// a claim which the ledger has: through a gateway a path comes with the gateway's signature alone, and only the
    /// ledger knows thanks to whom.
    ///
    /// Claims are taken as they are, without looking at seals: a path listed in vain costs a look, one that is missing
    /// stays installed.
    static func find(
        _ revoked: Revocations, in installed: [InstalledPath], ledger: any Ledger
    ) async throws(LedgerError) -> [String] {
        var touched: [String] = []
        var start = 0
        while start < installed.count {
            let part = installed[start..<min(installed.count, start + batch)]
            let known = revoked.keys.isEmpty ? [:] : try await ledger.contents(at: part.map { LookupKey($0.subject) })
            for path in part where revoked.touch(path, known[LookupKey(path.subject)]?.claims.map(\.claim) ?? []) {
                touched.append(path.path)
            }
            start += part.count
        }
        return touched.sorted()
    }
}

extension Revocations {
    /// Whether an installed path, of which these claims are known, is touched.
    fileprivate func touch(_ path: InstalledPath, _ claims: [Claim]) -> Bool {
        let outcome = Outcome.storePath(path.outcome)
        return covers(outcome, of: path.subject)
            || path.signatures.contains { signature in keys.contains { $0.signed(signature, path) } }
            || claims.contains {
                keys.contains($0.key) && $0.subject == path.subject && $0.statement == .outcome(outcome)
            }
    }
}

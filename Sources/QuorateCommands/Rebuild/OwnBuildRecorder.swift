internal import Building
internal import ClaimSources
internal import Ledger
internal import Quorum
internal import StoreFormats

/// Records what this machine's builds gave as claims of its builder's key.
struct OwnBuildRecorder: Sendable {
    /// Where such claims come from, in the place of an address.
    static let source = "own-build"

    private let ledger: any Ledger
    private let key: NixSecretKey
    let identity: KeyIdentity

    init(ledger: any Ledger, key: NixSecretKey) throws(CommandError) {
        guard let identity = KeyIdentity(algorithm: .ed25519, bytes: key.publicKey.bytes) else {
            throw CommandError(.badData, "the builder's key is no Ed25519 key")
        }
        self.ledger = ledger
        self.key = key
        self.identity = identity
    }

    /// Signs and records, all or nothing.
    func record(_ records: [BuildRecord]) async throws {
        var batch = LedgerBatch()
        for record in records {
            let note = try BuildEvidence.sign(record, with: key)
            let claim = try BuildEvidence.claim(
                note, by: identity, source: Self.source, at: SystemClock.now)
            batch.claims.append(NewClaim(claim: claim, evidence: note))
        }
        try await ledger.record(batch)
    }
}

extension BuildFailure.Kind {
    /// Why the build failed, as a record says it; nil for what says nothing about the derivation, such as trouble of
    /// this machine.
    var reason: String? {
        switch self {
        case .exited(let status): "exit \(status)"
        case .signalled(let signal): "signal \(signal)"
        case .timedOut: "timeout"
        case .silent: "silence"
        case .logTooLarge: "log too large"
        case .missingOutput: "missing output"
        case .hashMismatch: "hash mismatch"
        case .notFlat: "not flat"
        case .fixedOutputReferences, .forbiddenReferences: "forbidden references"
        case .outputTooLarge, .closureTooLarge: "output too large"
        case .outputCycle: "output cycle"
        case .refusedOutput: "refused output"
        case .cannotExecute: "cannot execute"
        default: nil
        }
    }
}

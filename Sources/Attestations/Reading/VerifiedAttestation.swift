package import Quorum
internal import StoreFormats

/// What a builder's signature has been found on. Only ``AttestationReader`` makes one.
package struct VerifiedAttestation: Sendable {
    /// What was signed.
    package let statement: AttestedStatement

    /// Who signed it.
    package let key: KeyIdentity

    /// What it says about which subjects; at least one.
    package let claims: [AttestedClaim]

    /// The SHA-256 of the leaf.
    package let evidence: Digest256

    init(_ statement: AttestedStatement, key: KeyIdentity, evidence: Digest256) {
        self.statement = statement
        self.key = key
        self.evidence = evidence
        switch statement {
        case .provenance(let provenance):
            claims = provenance.outputs.map { AttestedClaim(subject: .storePath($0.path), finding: $0.finding) }
        case .failure(let failure):
            claims = failure.paths.map {
                AttestedClaim(subject: .storePath($0), finding: .failed(reason: failure.reason))
            }
        case .debian(let debian):
            claims = debian.products.map {
                AttestedClaim(subject: .debian($0.artifact), finding: .outcome(.file(sha256: $0.sha256)))
            }
        }
    }

    /// The digest of what the build was given; nil when the builder does not say.
    package var inputs: Digest256? {
        switch statement {
        case .provenance(let statement): statement.inputs
        case .failure(let statement): statement.inputs
        case .debian(let statement): statement.inputs
        }
    }

    /// When the build was started, by the builder's clock, which nobody has checked.
    package var startedOn: Timestamp {
        switch statement {
        case .provenance(let statement): statement.startedOn
        case .failure(let statement): statement.startedOn
        case .debian(let statement): statement.startedOn
        }
    }

    /// The full path of the derivation that was followed; nil for Debian.
    package var derivation: String? {
        switch statement {
        case .provenance(let statement): statement.derivation.path
        case .failure(let statement): statement.derivation.path
        case .debian: nil
        }
    }

    /// The digests of lists of references that are needed before there are claims; nearly always none.
    package var referencesNeeded: [Digest256] {
        claims.compactMap { if case .listed(_, _, let digest, _) = $0.finding { digest } else { nil } }
    }

    /// The claims for the ledger and the tally.
    ///
    /// - Parameters:
    ///   - log: The key of the log that holds the leaf.
    ///   - source: Where it was read.
    ///   - observedAt: When, by our own clock.
    ///   - references: The lists that ``referencesNeeded`` names; others are ignored.
    /// - Throws: ``AttestationError/Code/references`` for a list that is missing or has another length.
    package func claims(
        log: KeyIdentity?, source: String, observedAt: Timestamp, references: [Digest256: ReferenceList] = [:]
    ) throws(AttestationError) -> [Claim] {
        let inputs = inputs
        var made: [Claim] = []
        made.reserveCapacity(claims.count)
        for claim in claims {
            made.append(
                Claim(
                    subject: claim.subject, key: key, statement: try claim.statement(with: references),
                    form: .logEntry, source: source, observedAt: observedAt, inputs: inputs, evidence: evidence,
                    log: log))
        }
        return made
    }
}

/// What a statement says about one subject.
package struct AttestedClaim: Hashable, Sendable {
    /// What was found.
    package enum Finding: Hashable, Sendable {
        /// The whole outcome.
        case outcome(Outcome)
        /// An outcome whose references stand in a list beside the log: its digest, and how many there are.
        case listed(narHash: Digest256, narSize: UInt64, references: Digest256, count: Int)
        /// Nothing came out.
        case failed(reason: String)
    }

    package let subject: Subject
    package let finding: Finding

    func statement(with lists: [Digest256: ReferenceList]) throws(AttestationError) -> Statement {
        switch finding {
        case .outcome(let outcome): return .outcome(outcome)
        case .failed: return .failed
        case .listed(let narHash, let narSize, let digest, let count):
            // The digest is compared as well: whoever filled the dictionary may have trusted a file's name.
            guard let list = lists[digest], list.digest == digest, list.count == count else {
                throw AttestationError(
                    .references, "the list \(digest) with the \(count) references of \(subject) is missing")
            }
            return .outcome(
                .storePath(
                    StorePathOutcome(narHash: narHash, narSize: narSize, references: list.paths.map(\.path))))
        }
    }
}

internal import Attestations
internal import ClaimSources
internal import GuixFormats
internal import Ledger
internal import Proofs
internal import Quorum
internal import StoreFormats
internal import TransparencyLog
internal import Verification

/// Gathers the evidence behind a verdict: from the ledger what was kept, from logs the proofs that they have it.
struct ProofCollector {
    let policy: Policy
    let ledger: any Ledger
    let resources: HTTPResources

    struct Collected {
        var container: ProofContainer
        /// What could not be had, in one line each.
        var notes: [String]
    }

    /// - Parameter outcome: What was agreed on; claims of others are left out.
    func collect(_ verdict: Verdict, _ outcome: Outcome) async throws -> Collected {
        let kept = try await ledger.evidence(at: LookupKey(verdict.subject))
        var evidence: [ProofEvidence] = []
        var references: [ReferenceList] = []
        var notes: [String] = []
        for assessment in verdict.assessments {
            guard case .counted(let party, _, _) = assessment.result, assessment.claim.statement == .outcome(outcome)
            else { continue }
            let claim = assessment.claim
            do {
                guard let bytes = kept[claim.evidence] else {
                    throw CommandError(.noInput, "the ledger has lost the evidence")
                }
                switch claim.form {
                case .cacheSignature: evidence.append(try Self.signature(of: claim, in: bytes))
                case .logEntry:
                    let (proof, lists) = try await logProof(of: claim, leaf: bytes)
                    evidence.append(.log(proof))
                    references += lists.filter { list in !references.contains { $0.digest == list.digest } }
                case .rebuilderLink: evidence.append(.link(bytes))
                case .ownBuild:
                    // Its note could be checked, and still counts only where it was built: docs/proof-format.md.
                    throw CommandError(
                        .noInput,
                        "this machine's own build stands in no log; 'quorate attest --from-rebuild' puts it there")
                }
            } catch {
                notes.append("\(party): \(CommandError(trouble: error).description); left out")
            }
        }
        let container = try ProofContainer(
            subject: verdict.subject, policy: Array(policy.text.utf8), references: references, evidence: evidence)
        return Collected(container: container, notes: notes)
    }

    /// The signature of the claim's key in a narinfo.
    private static func signature(of claim: Claim, in narInfo: [UInt8]) throws -> ProofEvidence {
        if let key = GuixPublicKey(claim.key) {
            let narInfo = try GuixNarInfo(parsing: narInfo)
            guard narInfo.isSigned(by: key) else {
                throw CommandError(.badData, "the narinfo that was kept is not signed by that key")
            }
            return .guixCache(try GuixCacheEvidence(narInfo))
        }
        let narInfo = try NarInfo(parsing: narInfo, in: .nix, accepting: .seenInCaches)
        for signature in narInfo.signatures {
            guard let key = try? NixPublicKey(name: signature.keyName, bytes: claim.key.bytes),
                key.verify(signature, over: narInfo.fingerprint)
            else { continue }
            return .cache(CacheEvidence(narInfo, signature: signature))
        }
        throw CommandError(.badData, "the narinfo that was kept has no signature of that key")
    }

    /// The proof that the log has a leaf now, from its tiles, every one of them checked.
    private func logProof(of claim: Claim, leaf: [UInt8]) async throws -> (TlogProof, [ReferenceList]) {
        guard let line = policy.logs.first(where: { $0.key.identity == claim.log }),
            let end = claim.source.range(of: "/proof/", last: true),
            let index = UInt64(claim.source[end.upperBound...])
        else { throw CommandError(.badPolicy, "no log line of the policy has the log of \(claim.source)") }
        let address = String(claim.source[..<end.lowerBound])
        let source = try LogTileSource(url: address, resources: resources)
        defer { source.shutdown() }
        let note = try SignedNote(parsing: try await source.checkpoint())
        let checkpoint = try VerifiedCheckpoint(
            note, logKey: try NoteKey(line.verifierKey),
            cosigners: try policy.witnesses.map { try NoteKey($0.verifierKey) })
        let reader = TileReader(source: source, checkpoint: checkpoint)
        guard try await reader.entry(index) == leaf else {
            throw CommandError(.badData, "entry \(index) of \(address) is not what it was")
        }
        let proof = try TlogProof(
            extra: leaf, index: index, hashes: try await reader.inclusionProof(of: index), checkpoint: checkpoint.note)
        var lists: [ReferenceList] = []
        let attestation = try AttestationReader(keys: [claim.key]).read(leaf)
        for digest in attestation?.referencesNeeded ?? [] {
            guard let bytes = try await source.file("references/\(digest.hex)") else {
                throw CommandError(.noInput, "\(address)/references/\(digest.hex): not there")
            }
            lists.append(try ReferenceList(parsing: bytes))
        }
        return (proof, lists)
    }
}

extension String {
    /// Where the last `text` is.
    fileprivate func range(of text: String, last: Bool) -> Range<String.Index>? {
        var found: Range<String.Index>?
        var start = startIndex
        while let range = self[start...].firstRange(of: text) {
            found = range
            start = range.upperBound
        }
        return found
    }
}

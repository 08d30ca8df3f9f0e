internal import Attestations
internal import GuixFormats
package import Quorum
internal import StoreFormats
internal import TransparencyLog

/// Checks proof files, without a network and without anything that was remembered.
///
/// Every signature in the file is checked anew under the policy of the one who asks; what holds becomes claims, and the
/// tally decides on them as it does everywhere. A part that does not hold is reported and counts for nothing, so a file
/// can only ever lose by what is wrong in it.
package struct ProofVerifier: Sendable {
    private let policy: Policy
    private let context: TallyContext
    private let clockSkew: Int64
    private let reader: AttestationReader
    private let logs: [(line: LogLine, key: NoteKey)]
    private let cosigners: [NoteKey]

    /// Checks under a policy.
    ///
    /// - Parameters:
    ///   - policy: The policy of the one who asks, which the file has no say in.
    ///   - context: The moment that is asked about, with revocations and whatever else is known. Evidence from after
    ///     that moment does not count.
    ///   - clockSkew: By how many seconds the clocks of witnesses may be ahead.
    package init(policy: Policy, context: TallyContext, clockSkew: Int64 = 300) {
        self.policy = policy
        self.context = context
        self.clockSkew = clockSkew
        reader = AttestationReader(keys: policy.builders.map(\.key.identity))
        logs = policy.logs.compactMap { line in (try? NoteKey(line.verifierKey)).map { (line, $0) } }
        cosigners = policy.witnesses.compactMap { try? NoteKey($0.verifierKey) }
    }

    /// Checks a file.
    ///
    /// - Parameters:
    ///   - container: The file.
    ///   - contents: What the one who asks has in hand, to be compared with what is agreed; nil for nothing.
    /// - Returns: The verdict, and what became of every part.
    package func verify(_ container: ProofContainer, contents: ProofContents? = nil) -> ProofReport {
        let lists = Dictionary(
            container.references.map { ($0.digest, $0) }, uniquingKeysWith: { first, _ in first })
        let evidence = container.evidence.map { examine($0, about: container.subject, lists: lists) }
        let claims = evidence.flatMap(\.claims)
        let verdict = tally(container.subject, claims: claims, policy: policy, context: context)
        return ProofReport(
            verdict: verdict, evidence: evidence, policyDigest: Digest256.sha256(of: Array(policy.text.utf8)),
            containerPolicyDigest: container.policyDigest,
            contents: Self.compare(contents, with: verdict.agreed), asOf: context.now,
            reproducedBy: builders(of: verdict))
    }

    /// The independent parties whose own builds are enough by themselves; none when they are fewer than two.
    private func builders(of verdict: Verdict) -> [String] {
        guard case .quorate(let outcome) = verdict.status else { return [] }
        let built = verdict.assessments.compactMap { assessment -> Claim? in
            guard case .counted(_, _, true) = assessment.result else { return nil }
            return assessment.claim.statement == .outcome(outcome) ? assessment.claim : nil
        }
        let alone = tally(verdict.subject, claims: built, policy: policy, context: context)
        guard alone.agreed == outcome, let support = alone.support.first(where: { $0.outcome == outcome }) else {
            return []
        }
        let builders = support.parties.filter { !support.vouchingParties.contains($0) }
        return builders.count >= 2 ? builders : []
    }

    private static func compare(_ contents: ProofContents?, with agreed: Outcome?) -> ProofReport.Contents {
        guard let contents else { return .notGiven }
        switch (contents, agreed) {
        case (_, nil): return .nothingAgreed
        case (.nar(let hash, let size), .storePath(let outcome)):
            return outcome.narHash.bytes == hash.bytes && outcome.narSize == size ? .agree : .differ
        case (.file(let sha256), .file(let agreed)): return sha256 == agreed ? .agree : .differ
        case (.nar, .file), (.file, .storePath): return .differ
        }
    }
}

// MARK: - Evidence

extension ProofVerifier {
    private func examine(
        _ evidence: ProofEvidence, about subject: Subject, lists: [Digest256: ReferenceList]
    ) -> EvidenceReport {
        switch evidence {
        case .log(let proof): return examine(proof, bytes: evidence.bytes, about: subject, lists: lists)
        case .cache(let statement): return examine(statement, bytes: evidence.bytes, about: subject)
        case .guixCache(let statement): return examine(statement, about: subject)
        case .link(let bytes): return examine(link: bytes, about: subject)
        }
    }

    private func examine(
        _ proof: TlogProof, bytes: [UInt8], about subject: Subject, lists: [Digest256: ReferenceList]
    ) -> EvidenceReport {
        let origin = String(decoding: proof.checkpoint.text.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        var report = EvidenceReport(
            source: .log(origin: origin, index: proof.index), digest: Digest256.sha256(of: proof.extra ?? bytes))
        // Which log it is, the checkpoint says itself; whether that log is believed, the policy does.
        guard let log = logs.first(where: { $0.line.key.name.utf8.elementsEqual(origin.utf8) }) else {
            return report.refused("the policy has no log with the origin '\(origin.prefix(128))'")
        }
        let entry: [UInt8]
        let checkpoint: VerifiedCheckpoint
        do {
            (entry, checkpoint) = try proof.verifyExtra(logKey: log.key, cosigners: cosigners)
        } catch {
            return report.refused(error.message)
        }
        report.treeSize = checkpoint.size
        let seen = Self.seen(checkpoint, policy: policy, until: context.now.secondsSince1970 + clockSkew)
        report.cosigners = seen.cosigners
        guard let time = seen.time else {
            return report.refused("too few of the policy's witnesses had seen the log's state by \(context.now)")
        }
        report.checkpointTime = time
        do {
            guard let attestation = try reader.read(entry) else {
                return report.refused("the policy does not name the builder who signed it")
            }
            report.startedOn = attestation.startedOn
            let source = "\(origin)/proof/\(proof.index)"
            let claims = try attestation.claims(
                log: log.line.key.identity, source: source, observedAt: context.now, references: lists)
            return report.claiming(claims, about: subject, voter: policy.voter(of: attestation.key))
        } catch {
            return report.refused(error.message)
        }
    }

    /// When enough witnesses had last seen a checkpoint, up to a moment; no time when they never had.
    private static func seen(
        _ checkpoint: VerifiedCheckpoint, policy: Policy, until: Int64
    ) -> (time: EvidenceReport.CheckpointTime?, cosigners: [EvidenceReport.Cosigner]) {
        var cosigners: [EvidenceReport.Cosigner] = []
        var keys: Set<KeyIdentity> = []
        if policy.believesCheckpoint(cosignedBy: keys) { return (.unneeded, []) }
        // The newest first, so that the time at which they become enough is the latest there is.
        for cosignature in checkpoint.cosignatures.sorted(by: { $0.time > $1.time }) {
            guard let time = Int64(exactly: cosignature.time), time <= until,
                let key = KeyIdentity(algorithm: .ed25519, bytes: cosignature.key.publicKey)
            else { continue }
            let moment = Timestamp(secondsSince1970: time)
            let name = policy.witnesses.first { $0.key.identity == key }?.name ?? cosignature.key.name
            cosigners.append(EvidenceReport.Cosigner(name: name, time: moment))
            keys.insert(key)
            if policy.believesCheckpoint(cosignedBy: keys) { return (.at(moment), cosigners) }
        }
        return (nil, cosigners)
    }

    private func examine(_ statement: CacheEvidence, bytes: [UInt8], about subject: Subject) -> EvidenceReport {
        let digest = Digest256.sha256(of: bytes)
        let name = statement.signature.keyName
        let report = EvidenceReport(source: .cache(key: name), digest: digest)
        // The name is a hint: several keys may have it, and only the right one verifies.
        let fingerprint = statement.fingerprint
        let signer = policy.caches.first { cache in
            guard cache.kind == .nix, cache.key.name.utf8.elementsEqual(name.utf8),
                let key = try? NixPublicKey(name: name, bytes: cache.key.identity.bytes)
            else { return false }
            return key.verify(statement.signature, over: fingerprint)
        }
        guard let signer else {
            return report.refused("no cache of the policy has a key '\(name)' under which its signature verifies")
        }
        let claim = Claim(
            subject: .storePath(statement.storePath.path), key: signer.key.identity,
            statement: .outcome(statement.outcome), form: .cacheSignature, source: signer.urls.first ?? signer.name,
            observedAt: context.now, evidence: digest)
        return report.claiming([claim], about: subject, voter: policy.voter(of: signer.key.identity))
    }

    private func examine(_ statement: GuixCacheEvidence, about subject: Subject) -> EvidenceReport {
        let digest = Digest256.sha256(of: statement.bytes)
        let key = statement.signature.publicKey.hexadecimal
        let shown = key.utf8.count > 64 ? "\(key.prefix(64))…" : key
        let report = EvidenceReport(source: .guixCache(key: shown), digest: digest)
        // The signature names its key: it counts as that key's if the policy has it, and under no other.
        let signer = policy.caches.first { $0.kind == .guix && $0.key.identity == statement.keyIdentity }
        guard let signer else { return report.refused("no Guix cache of the policy has this key") }
        guard statement.isSigned else { return report.refused("the signature does not verify") }
        let claim = Claim(
            subject: .storePath(statement.narInfo.storePath.path), key: signer.key.identity,
            statement: .outcome(statement.outcome), form: .cacheSignature, source: signer.urls.first ?? signer.name,
            observedAt: context.now, evidence: digest)
        return report.claiming([claim], about: subject, voter: policy.voter(of: signer.key.identity))
    }

    private func examine(link bytes: [UInt8], about subject: Subject) -> EvidenceReport {
        let digest = Digest256.sha256(of: bytes)
        var report = EvidenceReport(source: .link(name: ""), digest: digest)
        let link: RebuilderLink
        do {
            link = try RebuilderLink(parsing: bytes)
        } catch {
            return report.refused(error.message)
        }
        report.source = .link(name: link.name)
        guard case .debian(let artifact) = subject else {
            return report.refused("links are about Debian's files, and this is none")
        }
        for rebuilder in policy.rebuilders {
            guard let verified = try? link.verified(by: rebuilder.key.identity) else { continue }
            guard let outcome = verified.outcome(of: artifact.fileName) else {
                return report.refused("it does not say what the rebuild of \(artifact.fileName) gave")
            }
            let claim = Claim(
                subject: subject, key: rebuilder.key.identity, statement: .outcome(outcome), form: .rebuilderLink,
                source: rebuilder.urls.first ?? rebuilder.name, observedAt: context.now, evidence: digest)
            return report.claiming([claim], about: subject, voter: policy.voter(of: rebuilder.key.identity))
        }
        return report.refused("none of its signatures verifies under a rebuilder of the policy")
    }
}

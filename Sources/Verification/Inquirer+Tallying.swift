internal import ClaimSources
internal import Ledger
internal import Quorum
internal import StoreFormats

extension Inquirer {
    /// What the ledger's rows under a key are worth.
    struct Recollection: Sendable {
        /// Claims that count: those under a valid seal, and those whose evidence verifies anew.
        var claims: [Claim] = []
        /// Whether there are rows without any proof: damaged, or written by somebody else.
        var hasUnproven = false

        /// Whether a row in the place of `claim`, if there is one, is among those.
        func isUnproven(_ claim: Claim) -> Bool {
            guard hasUnproven else { return false }
            let identity = ClaimCoding.identity(of: claim)
            return !claims.contains { ClaimCoding.identity(of: $0) == identity }
        }
    }

    /// Checks the rows under a key, and takes out of `contents` what is not proven.
    func recall(
        _ key: LookupKey, _ contents: inout LedgerContents?, into batch: inout LedgerBatch
    ) async -> Recollection {
        guard let records = contents?.claims else { return Recollection() }
        var recalled = Recollection()
        recalled.hasUnproven = contents?.hasDamage ?? false
        var unsealed: [Claim] = []
        // A sealed claim that stands under another key was moved there by somebody else.
        for record in records where key.isKey(of: record.claim.subject) {
            if seal.isValid(record) { recalled.claims.append(record.claim) } else { unsealed.append(record.claim) }
        }
        guard recalled.claims.count < records.count else { return recalled }
        let evidence = unsealed.isEmpty ? [:] : try? await ledger.evidence(at: key)
        for claim in unsealed {
            if let bytes = evidence?[claim.evidence], await isProven(claim, by: bytes, at: key) {
                recalled.claims.append(claim)
                batch.resealed.append(claim)
            } else if evidence != nil {
                recalled.hasUnproven = true
            }
        }
        let counting = Set(recalled.claims)
        contents?.claims.removeAll { !counting.contains($0.claim) }
        return recalled
    }

    /// Whether a claim follows from its evidence, verified anew.
    private func isProven(_ claim: Claim, by evidence: [UInt8], at key: LookupKey) async -> Bool {
        switch claim.form {
        case .cacheSignature:
            let statement = try? verifier.verify(
                evidence, at: key, source: claim.source, time: claim.observedAt)
            return statement?.claims.contains(claim) ?? false
        case .ownBuild:
            let proven = try? BuildEvidence.claim(
                evidence, by: claim.key, source: claim.source, at: claim.observedAt)
            return proven == claim
        case .logEntry: return await logs.proves(claim, by: evidence)
        case .rebuilderLink: return false
        }
    }

    /// Puts a key's new answers into the batch.
    func record(
        _ answers: [AnswerCollector.Answer?], key: LookupKey, over recalled: Recollection, at time: Timestamp,
        into batch: inout LedgerBatch
    ) {
        for (member, answer) in zip(caches.members, answers) {
            let recorded: Ask.Answer
            switch answer {
            case nil: continue
            case .absent: recorded = .absent
            case .trouble(let trouble):
                guard trouble.kind != .backingOff else { continue }
                recorded = .trouble(trouble.message)
            case .statement(let statement):
                for claim in statement.claims {
                    var new = NewClaim(
                        claim: claim, evidence: statement.evidence,
                        hasContentAddress: statement.narInfo.contentAddress != nil)
                    new.replacesDamaged = recalled.isUnproven(claim)
                    batch.claims.append(new)
                }
                guard statement.claims.isEmpty else { continue }
                recorded = .refused(statement.refused.joined(separator: "; "))
            }
            batch.asks.append(Ask(key: key, source: member.cache.address, at: time, answer: recorded))
        }
    }

    /// Tallies every subject under a key.
    func finding(
        key: LookupKey, subjects: [Subject], remembered: [Claim], known: LedgerContents?,
        answers: [AnswerCollector.Answer?],
        wasAsked: [Bool], at time: Timestamp, into batch: inout LedgerBatch
    ) async -> Finding {
        let statements = answers.compactMap { answer -> CacheStatement? in
            if case .statement(let statement) = answer { statement } else { nil }
        }
        let claims = merge(remembered, statements.flatMap(\.claims))
        var all = Set(subjects)
        for claim in claims { all.insert(claim.subject) }
        for statement in statements { all.insert(.storePath(statement.narInfo.storePath.path)) }
        var verdicts: [Verdict] = []
        for subject in all.sorted() {
            let verdict = await self.verdict(
                on: subject, key: key, claims: claims.filter { $0.subject == subject }, statements: statements,
                hasOldContentAddress: known?.claims.contains(where: \.hasContentAddress) ?? false, at: time)
            verdicts.append(verdict)
            batch.verdicts.append(
                VerdictRecord(
                    subject: subject, policy: policyDigest, word: verdict.status.word, outcome: verdict.agreed,
                    decidedAt: time))
        }
        let (reports, earlier) = reports(
            of: key, claims: claims, known: known, answers: answers, wasAsked: wasAsked, at: time)
        return Finding(
            key: key, verdicts: verdicts, reports: reports + logs.reports(claims: claims, at: time),
            statements: statements, earlier: earlier)
    }

    /// A claim seen again is one claim: the first stays.
    private func merge(_ old: [Claim], _ new: [Claim]) -> [Claim] {
        var all = old
        for claim in new
        where !old.contains(where: {
            $0.key == claim.key && $0.statement == claim.statement && $0.subject == claim.subject
                && $0.source == claim.source
        }) {
            all.append(claim)
        }
        return all
    }

    private func verdict(
        on subject: Subject, key: LookupKey, claims: [Claim], statements: [CacheStatement],
        hasOldContentAddress: Bool, at time: Timestamp
    ) async -> Verdict {
        let revocations = state.revocations
        let standing = logs.standing(at: time)
        var context = TallyContext(
            now: time, revokedKeys: revocations.keys, revokedOutcomes: revocations.outcomes,
            forkedLogs: standing.forked, staleLogs: standing.stale, standingConflicts: state.standingConflicts,
            selfVerification: selfVerification(of: subject, statements: statements))
        if context.selfVerification == .none, hasOldContentAddress {
            // Only the evidence has the CA field of a flat or text path.
            let evidence = (try? await ledger.evidence(at: key)) ?? [:]
            let old = evidence.values.sorted { $0.lexicographicallyPrecedes($1) }.compactMap { bytes in
                try? verifier.verify(bytes, at: key, source: "", time: time)
            }
            context.selfVerification = selfVerification(of: subject, statements: old)
        }
        let verdict = tally(subject, claims: claims, policy: policy, context: context)
        if case .conflict = verdict.status { state.raiseConflict(verdict, at: time) }
        return verdict
    }

    private func selfVerification(
        of subject: Subject, statements: [CacheStatement]
    ) -> SelfVerification {
        guard case .storePath(let path) = subject else { return .none }
        for statement in statements where statement.narInfo.storePath.path == path {
            switch statement.contentCommitment {
            case .outcome(let outcome): return .committed(outcome)
            case .content: return .commitsToContent
            case .lie, .none: continue
            }
        }
        return .none
    }

    private func reports(
        of key: LookupKey, claims: [Claim], known: LedgerContents?, answers: [AnswerCollector.Answer?],
        wasAsked: [Bool], at time: Timestamp
    ) -> (reports: [SourceReport], earlier: Set<Claim>) {
        let asks = known?.asks ?? []
        var earlier: Set<Claim> = []
        let reports = zip(caches.members, zip(answers, wasAsked)).filter { $0.0.serves(key) }.map { member, pair in
            let (answer, wasAsked) = pair
            let address = member.cache.address
            var remarks: [String] = []
            if case .statement(let statement) = answer {
                if case .lie(let what) = statement.contentCommitment { remarks.append(what) }
                if !statement.claims.isEmpty { remarks += statement.refused }
            }
            let newest = NewestAnswer(
                of: address, claims: claims, known: known, answer: answer, wasAsked: wasAsked, at: time)
            var said = newest.answer
            if answer == nil {
                if claims.contains(where: { $0.source == address }) {
                    // What it ever stated stands, whatever it says now.
                    said = .stated
                } else if !wasAsked {
                    switch asks.first(where: { $0.source == address })?.answer {
                    case .refused(let why): said = .refused(why)
                    case .trouble(let why): said = .trouble(why)
                    case .absent, nil: said = .absent
                    }
                }
            }
            earlier.formUnion(newest.earlier)
            return SourceReport(
                leaf: member.leaf, address: address, answer: said, newest: newest.answer, isUnclear: newest.isUnclear,
                remarks: remarks)
        }
        return (reports, earlier)
    }
}

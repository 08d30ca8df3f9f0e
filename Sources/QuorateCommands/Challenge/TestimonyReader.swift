internal import ClaimSources
internal import Quorum
internal import StoreFormats
internal import Verification

/// Makes testimonies of what servers and logs stated.
struct TestimonyReader: Sendable {
    private let policy: Policy
    private let countsUnsigned: Bool
    /// The servers of each store, in the policy's order.
    private let members: [CacheKind: [CacheSet.Member]]

    init(policy: Policy, caches: CacheSet, countsUnsigned: Bool) {
        self.policy = policy
        self.countsUnsigned = countsUnsigned
        members = Dictionary(
            uniqueKeysWithValues: CacheKind.allCases.map { kind in (kind, caches.members.filter { $0.serves(kind) }) })
    }

    /// Puts together what is known of a path.
    /// - Parameter local: What the stores of this machine say.
    func item(_ path: StorePath, _ finding: Finding?, local: LocalTestimony.Answer) -> ChallengedItem {
        var testimonies = local.testimonies
        var silences = local.silences
        var earlier: [Testimony] = []
        if let finding {
            let stated = claimed(path, finding) { !finding.earlier.contains($0) }
            if !finding.earlier.isEmpty { earlier = claimed(path, finding) { finding.earlier.contains($0) } }
            let unsigned = unsigned(path, finding, beside: stated)
            // In the order of the policy's servers, then whoever else said something.
            let order = members(for: path).map(\.cache.address)
            testimonies += (stated + unsigned).enumerated().map { offset, testimony in
                let place = testimony.source.address.flatMap { order.firstIndex(of: $0) } ?? order.count
                return (place, offset, testimony)
            }.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map(\.2)
            if case .selfVerifying(.storePath(let outcome)?)? = finding.verdict(on: .storePath(path.path))?.status {
                testimonies.append(Testimony(source: .path, outcome: outcome, standing: .proven))
            }
            silences += self.silences(path, finding, beside: testimonies)
        }
        return ChallengedItem(
            path, testimonies: testimonies, earlier: earlier, silences: silences, countingUnsigned: countsUnsigned)
    }

    /// Whether a server has to be asked to know what it says now: the ledger has nothing of what no known key signed, and
    /// does not tell two answers of one second apart.
    func needsAsking(_ finding: Finding) -> Bool {
        finding.reports.contains { report in
            guard case .refused = report.newest else { return report.isUnclear }
            return !finding.statements.contains { $0.source == report.address }
        }
    }

    private func members(for path: StorePath) -> [CacheSet.Member] {
        members[CacheKind(of: path.directory)] ?? []
    }

    // MARK: - Signed

    private func claimed(_ path: StorePath, _ finding: Finding, where isWanted: (Claim) -> Bool) -> [Testimony] {
        struct Place {
            let source: Testimony.Source
            let outcome: StorePathOutcome
            /// Nil for what counts.
            let doubt: String?
            var parties: [String] = []
        }
        var places: [Place] = []
        for assessment in finding.verdict(on: .storePath(path.path))?.assessments ?? [] {
            let claim = assessment.claim
            guard case .outcome(.storePath(let outcome)) = claim.statement, isWanted(claim),
                let source = source(of: claim, path)
            else { continue }
            let (party, doubt) = standing(of: assessment)
            let known = places.firstIndex { $0.source == source && $0.doubt == doubt && $0.outcome == outcome }
            let index = known ?? places.count
            if known == nil { places.append(Place(source: source, outcome: outcome, doubt: doubt)) }
            if let party, !places[index].parties.contains(party) { places[index].parties.append(party) }
        }
        return places.map { place in
            let statement = finding.statements.first {
                $0.source == place.source.address && $0.narInfo.storePath == path
                    && $0.narInfo.outcome == .storePath(place.outcome)
            }
            var testimony = Testimony(
                source: place.source, outcome: place.outcome,
                standing: place.doubt.map { .unsigned($0) } ?? .signed(place.parties))
            if let statement {
                testimony.contents = .downloads(statement.narInfo.downloads)
                testimony.remarks = statement.refused
            }
            return testimony
        }
    }

    /// Where a claim was read; nil for a server that is not one of those asked.
    private func source(of claim: Claim, _ path: StorePath) -> Testimony.Source? {
        switch claim.form {
        case .cacheSignature:
            return members(for: path).first { $0.cache.address == claim.source }.map {
                .server(name: $0.leaf, address: claim.source)
            }
        case .ownBuild, .logEntry, .rebuilderLink:
            return .builder(name: name(of: claim), address: claim.source)
        }
    }

    private func name(of claim: Claim) -> String {
        if let voter = policy.voter(of: claim.key) { return voter.leaf }
        return claim.form == .ownBuild ? Self.thisMachine : "\(claim.key)"
    }

    /// What this machine's own rebuilds are called where the policy has no name for their key.
    static let thisMachine = "this machine's rebuild"

    /// Whose word a claim is, or why it does not count. The policy's quorum is another question: what it leaves out is
    /// compared all the same.
    private func standing(of assessment: ClaimAssessment) -> (party: String?, doubt: String?) {
        let party = policy.voter(of: assessment.claim.key)?.party
        switch assessment.result {
        case .counted(let party, _, _): return (party, nil)
        case .failed: return (nil, "its build failed")
        case .refused(let reason):
            switch reason {
            case .outsideQuorum, .noQuorum, .wrongScope, .vouchedWhereBuiltCounts:
                return party.map { ($0, nil) } ?? (nil, "\(reason)")
            default: return (nil, "\(reason)")
            }
        }
    }

    // MARK: - The rest

    private func unsigned(_ path: StorePath, _ finding: Finding, beside stated: [Testimony]) -> [Testimony] {
        finding.statements.compactMap { statement in
            guard statement.narInfo.storePath == path, case .storePath(let outcome) = statement.narInfo.outcome,
                let member = members(for: path).first(where: { $0.cache.address == statement.source }),
                !stated.contains(where: { $0.source.address == statement.source && $0.outcome == outcome })
            else { return nil }
            var testimony = Testimony(
                source: .server(name: member.leaf, address: statement.source), outcome: outcome,
                standing: .unsigned(statement.refused.joined(separator: "; ")))
            testimony.contents = .downloads(statement.narInfo.downloads)
            return testimony
        }
    }

    private func silences(
        _ path: StorePath, _ finding: Finding, beside testimonies: [Testimony]
    ) -> [ChallengedItem.Silence] {
        finding.reports.compactMap { report in
            guard !testimonies.contains(where: { $0.source.address == report.address && $0.source.name == report.leaf })
            else { return nil }
            let why: String
            var isTrouble = false
            switch report.newest {
            case .stated: return nil
            case .absent: why = "does not have it"
            case .refused(let reason): why = reason
            case .trouble(let reason): (why, isTrouble) = (reason, true)
            }
            return ChallengedItem.Silence(
                name: report.leaf, address: report.address, why: why, isTrouble: isTrouble)
        }
    }
}

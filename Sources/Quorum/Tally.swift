/// Decides on a subject: a pure function of what is claimed, what the policy demands and what is known besides.
///
/// - Whether an outcome meets the quorum depends only on the claims *for* it, so taking claims away never makes one
///   meet it, and a party that is silent is worth as much as one that disagrees.
/// - A party counts once for each outcome it states, whatever number of keys and times it did so.
/// - The order of the claims does not matter.
///
/// - Parameters:
///   - subject: what is decided about.
///   - claims: verified claims; those about other subjects are refused.
///   - policy: who counts.
///   - context: time, revocations, forks, standing conflicts and what the store path itself proves.
/// - Returns: the decision, with every claim counted or refused and why.
public func tally(_ subject: Subject, claims: [Claim], policy: Policy, context: TallyContext) -> Verdict {
    var count = TallyCount(subject: subject, policy: policy, context: context)
    // Equal statements stand together in the order of claims, so outcomes come one after the other.
    let order = claims.indices.sorted { claims[$0] < claims[$1] }
    for index in order { count.add(claims[index]) }
    return count.verdict()
}

/// A tally at work.
private struct TallyCount {
    struct Revocation {
        let reason: String?
    }

    let subject: Subject
    let policy: Policy
    let context: TallyContext
    let scope: Scope
    let tree: QuorumTree?
    let exception: PolicyException?
    let isExpired: Bool
    /// What the path itself proves, after revocations.
    let selfVerification: SelfVerification
    let isSelfVerificationRevoked: Bool

    private var assessments: [ClaimAssessment] = []
    private var support: [OutcomeSupport] = []
    private var current: Outcome?
    /// What each seat stated for the current outcome.
    private var votes: [QuorumTree.Vote]
    private var hasClaimed: [Bool]
    private var hasFailed: [Bool]
    private var seatsOfInputs: [Digest256: Set<Int>] = [:]
    private var outcomesOfSeat: [Int: [Outcome]] = [:]

    init(subject: Subject, policy: Policy, context: TallyContext) {
        self.subject = subject
        self.policy = policy
        self.context = context
        scope = subject.scope
        let tree = policy.trees[scope]
        self.tree = tree
        exception = Self.exception(for: subject, below: tree?.rootThreshold, policy: policy, now: context.now)
        isExpired = policy.distribution.map { context.now >= $0.expires } ?? false
        isSelfVerificationRevoked = Self.isRevoked(context.selfVerification, of: subject, policy, context)
        selfVerification = context.selfVerification
        let seats = tree?.seats.count ?? 0
        votes = [QuorumTree.Vote](repeating: [], count: seats)
        hasClaimed = [Bool](repeating: false, count: seats)
        hasFailed = [Bool](repeating: false, count: seats)
    }

    mutating func add(_ claim: Claim) {
        let result = assess(claim)
        assessments.append(ClaimAssessment(claim: claim, result: result))
    }

    // MARK: - Each claim

    private mutating func assess(_ claim: Claim) -> ClaimAssessment.Result {
        guard claim.subject == subject else { return .refused(.otherSubject(claim.subject)) }
        let leafIndex = policy.leafOfKey[claim.key]
        let voter = leafIndex.map { policy.voterOfLeaf[$0] }
        let seat = voter.flatMap { voter in tree.map { $0.seatOfVoter[voter] } } ?? -1
        if seat >= 0 { hasClaimed[seat] = true }

        if let revocation = policy.revokedKeys[claim.key] {
            return .refused(.revokedKey(leaf: leafIndex.map { policy.leaves[$0].name }, reason: revocation.reason))
        }
        if context.revokedKeys.contains(claim.key) {
            return .refused(.revokedKey(leaf: leafIndex.map { policy.leaves[$0].name }, reason: nil))
        }
        guard let leafIndex, let voter else { return .refused(.unknownKey) }
        let leaf = policy.leaves[leafIndex]
        if let reason = refusal(of: claim, by: leaf, seat: seat) { return .refused(reason) }

        let party = policy.voters[voter].name
        guard case .outcome(let outcome) = claim.statement else {
            hasFailed[seat] = true
            return .failed(party: party, leaf: leaf.name)
        }
        if let reason = refusal(of: outcome, by: leaf.name) { return .refused(reason) }
        if !leaf.isBuilding, let group = tree?.seats[seat].builtGroup {
            return .refused(.vouchedWhereBuiltCounts(leaf: leaf.name, group: group))
        }
        count(outcome, seat: seat, built: leaf.isBuilding, inputs: claim.inputs)
        return .counted(party: party, leaf: leaf.name, built: leaf.isBuilding)
    }

    /// Why the claim does not count, whatever it says.
    private func refusal(of claim: Claim, by leaf: PolicyLeaf, seat: Int) -> RefusalReason? {
        if let what = context.lies[claim.key] { return .lied(leaf: leaf.name, what: what) }
        guard leaf.makes(claim.form) else { return .wrongForm(leaf: leaf.name, form: claim.form) }
        guard leaf.speaks(for: scope) else { return .wrongScope(leaf: leaf.name, scope: scope) }
        guard tree != nil else { return .noQuorum(scope) }
        guard seat >= 0 else { return .outsideQuorum(leaf: leaf.name, scope: scope) }
        return claim.form == .logEntry ? refusal(ofLogOf: claim, by: leaf) : nil
    }

    /// Why a claim does not count because of the log that holds it. Who makes such claims says which log it is.
    private func refusal(ofLogOf claim: Claim, by leaf: PolicyLeaf) -> RefusalReason? {
        let isForked = claim.log.map(context.forkedLogs.contains) ?? false
        if isForked || context.forkedLogs.contains(claim.key) { return .forkedLog(leaf: leaf.name) }
        guard let log = claim.log, case .builder(let builder) = leaf else { return nil }
        // A log that was once followed and is none of the policy's any more proves nothing.
        guard policy.logs(of: builder).contains(where: { $0.key.identity == log }) else {
            return .unlistedLog(leaf: leaf.name)
        }
        return context.staleLogs[log].map { .staleLog(leaf: leaf.name, reason: $0) }
    }

    /// Why the outcome does not count, whoever states it.
    private func refusal(of outcome: Outcome, by leaf: String) -> RefusalReason? {
        switch (subject, outcome) {
        case (.storePath, .storePath), (.debian, .file): break
        default: return .outcomeDoesNotFit(leaf: leaf)
        }
        if let revocation = Self.revocation(of: outcome, of: subject, policy, context) {
            return .revokedOutcome(leaf: leaf, reason: revocation.reason)
        }
        if case .committed(let proven) = selfVerification, proven != outcome { return .contradictsContent(leaf: leaf) }
        return nil
    }

    private mutating func count(_ outcome: Outcome, seat: Int, built: Bool, inputs: Digest256?) {
        if current != outcome {
            finishOutcome()
            current = outcome
        }
        votes[seat].insert(built ? .built : .vouched)
        if built, let inputs { seatsOfInputs[inputs, default: []].insert(seat) }
    }

    /// Closes the outcome whose claims have all been counted.
    private mutating func finishOutcome() {
        guard let outcome = current, let tree else { return }
        var parties: [String] = []
        var vouching: [String] = []
        for (seat, vote) in votes.enumerated() where !vote.isEmpty {
            parties.append(tree.seats[seat].name)
            outcomesOfSeat[seat, default: []].append(outcome)
            if !vote.contains(.built) { vouching.append(tree.seats[seat].name) }
        }
        let isMet = !isExpired && tree.isMet(by: votes, rootThreshold: exception?.threshold)
        support.append(
            OutcomeSupport(
                outcome: outcome, parties: parties, vouchingParties: vouching,
                votes: parties.count - vouching.count + min(1, vouching.count), meetsQuorum: isMet))
        current = nil
        for seat in votes.indices { votes[seat] = [] }
    }

    // MARK: - The whole

    mutating func verdict() -> Verdict {
        finishOutcome()
        support.sort { left, right in
            if left.meetsQuorum != right.meetsQuorum { return left.meetsQuorum }
            if left.votes != right.votes { return left.votes > right.votes }
            if left.parties.count != right.parties.count { return left.parties.count > right.parties.count }
            return left.outcome < right.outcome
        }
        let seats = tree?.seats ?? []
        return Verdict(
            subject: subject, status: status(), support: support, assessments: assessments,
            failedParties: seats.indices.filter { hasFailed[$0] }.map { seats[$0].name },
            silentParties: seats.indices.filter { !hasClaimed[$0] }.map { seats[$0].name },
            requirement: requirement(), exception: exception, notes: notes())
    }

    private func status() -> VerdictStatus {
        let meeting = support.filter(\.meetsQuorum).map(\.outcome).sorted()
        if context.standingConflicts.contains(subject) { return .conflict(meeting) }
        if !isSelfVerificationRevoked {
            switch selfVerification {
            case .committed(let outcome): return .selfVerifying(outcome)
            case .commitsToContent: return .selfVerifying(nil)
            case .none: break
            }
        }
        if meeting.count > 1 { return .conflict(meeting) }
        if let outcome = meeting.first { return .quorate(outcome) }
        if support.count > 1 { return .split }
        return support.isEmpty && !hasFailed.contains(true) ? .unclaimed : .short
    }

    private func requirement() -> String {
        if let distribution = policy.distribution, isExpired {
            return "\(Verdict.nothingIsEnough): the policy expired at \(distribution.expires)"
        }
        guard let tree else { return "\(Verdict.nothingIsEnough): the policy has no quorum for \(scope.rawValue)" }
        guard let exception else { return tree.requirement }
        return tree.words(threshold: exception.threshold, policy: policy)
            + " (an exception until \(exception.until): \(exception.reason))"
    }

    private func notes() -> [VerdictNote] {
        var notes: [VerdictNote] = []
        if context.standingConflicts.contains(subject) { notes.append(.standingConflict) }
        if isExpired, let distribution = policy.distribution { notes.append(.policyExpired(distribution.expires)) }
        if isSelfVerificationRevoked { notes.append(.selfVerifyingOutcomeRevoked) }
        guard let tree else { return notes }
        if seatsOfInputs.count > 1 {
            let inputs = seatsOfInputs.sorted { $0.key < $1.key }
            notes.append(
                .inputsDiffer(
                    inputs.map { digest, seats in
                        InputsSupport(inputs: digest, parties: seats.sorted().map { tree.seats[$0].name })
                    }))
        }
        for (seat, outcomes) in outcomesOfSeat.sorted(by: { $0.key < $1.key }) where outcomes.count > 1 {
            notes.append(.equivocation(party: tree.seats[seat].name, outcomes: outcomes))
        }
        return notes
    }

    // MARK: - Policy and context

    /// The exception in force that asks for least; of equals the first. One that lowers nothing is not in force.
    private static func exception(
        for subject: Subject, below threshold: Int?, policy: Policy, now: Timestamp
    ) -> PolicyException? {
        guard let threshold else { return nil }
        return policy.exceptions
            .filter { now < $0.until && $0.threshold < threshold && $0.covers(subject) }
            .min { $0.threshold < $1.threshold }
    }

    private static func revocation(
        of outcome: Outcome, of subject: Subject, _ policy: Policy, _ context: TallyContext
    ) -> Revocation? {
        if policy.revokedOutcomes.isEmpty, context.revokedOutcomes.isEmpty { return nil }
        for scope in [subject, nil] {
            let revoked = RevokedOutcome(subject: scope, narHash: outcome.digest)
            if let revocation = policy.revokedOutcomes[revoked] { return Revocation(reason: revocation.reason) }
            if context.revokedOutcomes.contains(revoked) { return Revocation(reason: nil) }
        }
        return nil
    }

    /// A path that commits to its contents has only one outcome, so a revocation that names the path means that one.
    private static func isRevoked(
        _ selfVerification: SelfVerification, of subject: Subject, _ policy: Policy, _ context: TallyContext
    ) -> Bool {
        switch selfVerification {
        case .none: return false
        case .committed(let outcome): return revocation(of: outcome, of: subject, policy, context) != nil
        case .commitsToContent:
            return context.revokedOutcomes.contains { $0.subject == subject }
                || policy.outcomeRevocations.contains { $0.outcome.subject == subject }
        }
    }
}

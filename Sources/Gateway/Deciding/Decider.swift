internal import ClaimSources
internal import Compression
internal import Ledger
internal import Logging
internal import NIOCore
internal import Quorum
internal import StoreFormats
internal import Synchronization
internal import Verification

/// Decides what is served under a hash part of a store: one inquiry for many clients that ask the same, kept for a while.
final class Decider: Sendable {
    private struct State {
        var decisions: [Question: Decision] = [:]
        var underWay: [Question: Task<Decision, Never>] = [:]
        var generation = 0
        /// Questions whose decision under way is outdated already: an answer came that it may not have seen.
        var outdated: Set<Question> = []
    }

    /// More decisions than this are not remembered: hostile clients may ask for any hash. One takes about 2 kB.
    private static let memory = 200_000

    private let inquirer: Inquirer
    private let configuration: GatewayConfiguration
    private let state = Mutex(State())
    private let spool: NarSpool
    private let ledger: any Ledger
    private let logger: Logger
    private let writer: NarInfoWriter

    /// For so many times the deadline a NAR is waited for while it or others come.
    private static let patientDeadlines = 15

    /// For more questions than this at once, caches that keep answering get more time than the deadline.
    private static let smallBatch = 8

    init(
        inquirer: Inquirer, ledger: any Ledger, configuration: GatewayConfiguration, spool: NarSpool, logger: Logger
    ) {
        self.inquirer = inquirer
        self.ledger = ledger
        self.configuration = configuration
        self.spool = spool
        self.logger = logger
        writer = NarInfoWriter(inquirer: inquirer, configuration: configuration)
    }

    /// What was decided before about a path, while that is fresh: what the hot path reads.
    func ready(_ question: Question) -> Decision? {
        let now = inquirer.currentTime.secondsSince1970
        return state.withLock { state in
            guard let known = state.decisions[question], isFresh(known, now: now, generation: state.generation) else {
                return nil
            }
            return known
        }
    }

    /// Forgets every decision: the policy or the revocations have changed.
    func invalidate() {
        state.withLock { state in
            state.generation += 1
            state.decisions.removeAll()
            // What is being decided was begun under the old rules; nobody new is to wait for it.
            state.underWay.removeAll()
        }
    }

    /// Forgets the decisions about some paths, whose late answers have come.
    func invalidate(_ questions: [Question]) {
        state.withLock { state in
            for question in questions {
                state.decisions[question] = nil
                if state.underWay[question] != nil { state.outdated.insert(question) }
            }
        }
    }

    /// Decides, or says what was decided lately.
    func decide(_ question: Question) async -> Decision {
        while true {
            if let known = ready(question) { return known }
            guard let decision = await current([question]).first?.value else { continue }
            // Revocations that came meanwhile count for everybody who has no answer yet.
            if decision.generation == state.withLock({ $0.generation }) { return decision }
        }
    }

    /// Begins to decide many questions with one inquiry: for a client that asks them all at once.
    func begin(_ questions: [Question]) { _ = current(questions) }

    /// The decisions, made or being made.
    private func current(_ questions: [Question]) -> [Task<Decision, Never>] {
        let now = inquirer.currentTime.secondsSince1970
        return state.withLock { state in
            let generation = state.generation
            var new: [Question] = []
            var seen: Set<Question> = []
            for question in questions where seen.insert(question).inserted {
                let known = state.decisions[question].map { isFresh($0, now: now, generation: generation) } ?? false
                if !known, state.underWay[question] == nil { new.append(question) }
            }
            if !new.isEmpty {
                let inquiry = Task { [new] in await self.inquire(new) }
                for question in new {
                    state.underWay[question] = Task {
                        let decision = await self.make(question, await inquiry.value[question], generation: generation)
                        self.keep(decision, question)
                        return decision
                    }
                }
            }
            return questions.compactMap { question in
                state.underWay[question] ?? state.decisions[question].map { known in Task { known } }
            }
        }
    }

    private func isFresh(_ decision: Decision, now: Int64, generation: Int) -> Bool {
        guard decision.generation == generation else { return false }
        switch decision.answer {
        case .serve: return now - decision.madeAt < configuration.acceptedAge
        case .refuse: return now - decision.madeAt < configuration.refusedAge
        case .trouble: return false
        }
    }

    private func keep(_ decision: Decision, _ question: Question) {
        state.withLock { state in
            guard decision.generation == state.generation else { return }
            state.underWay[question] = nil
            if state.outdated.remove(question) != nil { return }
            if state.decisions.count >= Self.memory { state.decisions.removeAll(keepingCapacity: true) }
            state.decisions[question] = decision
        }
    }

    /// What came of asking about some paths, and until when a decision on them is waited for.
    private struct Inquiry: Sendable {
        let finding: Finding?
        let end: ContinuousClock.Instant
    }

    private func inquire(_ questions: [Question]) async -> [Question: Inquiry] {
        let start = ContinuousClock.now
        var options = Inquirer.Options()
        options.deadline = configuration.deadline
        // Nobody is to be told "not here" of what is about to come.
        if questions.count > Self.smallBatch { options.longest = configuration.deadline * 4 }
        options.maximumAge = configuration.refusedAge
        options.onLate = { [weak self] keys in self?.invalidate(keys.map(Question.init)) }
        let result = await inquirer.inquire(questions.map(\.key), options: options)
        if let trouble = result.ledgerTrouble { logger.warning("ledger: \(trouble)") }
        // However long the caches took, their NARs get some time too.
        let end = max(start + configuration.deadline, .now + configuration.deadline / 2)
        return Dictionary(
            zip(questions, result.findings.map { Inquiry(finding: $0, end: end) }),
            uniquingKeysWith: { first, _ in first })
    }

    private func make(_ question: Question, _ inquiry: Inquiry?, generation: Int) async -> Decision {
        let madeAt = inquirer.currentTime.secondsSince1970
        guard let inquiry, let finding = inquiry.finding else {
            return Decision(answer: .trouble("no finding"), finding: nil, madeAt: madeAt, generation: generation)
        }
        let answer = await choose(finding, question, until: inquiry.end)
        log(answer, finding)
        return Decision(answer: answer, finding: finding, madeAt: madeAt, generation: generation)
    }

    /// Picks what to serve, as the mode allows.
    private func choose(
        _ finding: Finding, _ question: Question, until end: ContinuousClock.Instant
    ) async -> Decision.Answer {
        let narInfos = await knownNarInfos(finding)
        var reasons: [String] = []
        for verdict in finding.verdicts {
            let choices = choices(verdict, narInfos)
            if choices.isEmpty {
                reasons.append("\(verdict.subject): \(verdict.status.word) (\(verdict.requirement))")
            }
            for choice in choices {
                switch await serve(verdict, choice, narInfos, question, until: end) {
                case .serve(let served): return .serve(served)
                case .refuse(let why): reasons.append(why)
                case .trouble(let why): return .trouble(why)
                }
            }
        }
        return .refuse(reasons.isEmpty ? "no cache of the policy has it" : reasons.joined(separator: "; "))
    }

    /// An outcome that may be served.
    private struct Choice {
        let outcome: StorePathOutcome
        /// Whether the bytes have to be had and checked before anything is said.
        var needsBytes = false
        /// Set where only the contents' hash vouches for the outcome.
        var address: ContentAddress?
    }

    /// The outcomes to serve for a verdict, in the order in which they are tried.
    private func choices(_ verdict: Verdict, _ narInfos: [ReceivedNarInfo]) -> [Choice] {
        let own = narInfos.map(\.narInfo).filter { $0.storePath.path == verdict.subject.description }
        switch verdict.status {
        case .quorate(.storePath(let outcome)): return [Choice(outcome: outcome)]
        case .selfVerifying(.storePath(let agreed)?):
            // The path commits to hash and references but not to the size: where caches differ on it, the bytes tell.
            var outcomes = [agreed]
            for case .storePath(let outcome) in own.map(\.outcome)
            where outcome.narHash == agreed.narHash && outcome.references == agreed.references
                && !outcomes.contains(outcome)
            { outcomes.append(outcome) }
            return outcomes.map { Choice(outcome: $0, needsBytes: outcomes.count > 1) }
        case .selfVerifying(nil):
            // Only narinfos whose content address gives the path; what others say of it proves nothing.
            var choices: [Choice] = []
            for narInfo in own {
                guard case .content(let address) = ContentCommitment(narInfo),
                    case .storePath(let outcome) = narInfo.outcome,
                    !choices.contains(where: { $0.outcome == outcome && $0.address == address })
                else { continue }
                choices.append(Choice(outcome: outcome, needsBytes: true, address: address))
            }
            return choices
        default:
            guard configuration.mode != .enforce, case .storePath(let outcome)? = verdict.support.first?.outcome else {
                return []
            }
            return [Choice(outcome: outcome)]
        }
    }

    private func serve(
        _ verdict: Verdict, _ choice: Choice, _ narInfos: [ReceivedNarInfo], _ question: Question,
        until end: ContinuousClock.Instant
    ) async -> Decision.Answer {
        let path = verdict.subject.description
        let outcome = choice.outcome
        let matching = narInfos.filter {
            $0.narInfo.storePath.path == path && $0.narInfo.outcome == .storePath(outcome)
        }
        let candidates = matching.flatMap { received in
            received.narInfo.downloads.compactMap { download in
                CompressionFormat(rawValue: download.compression.rawValue).map {
                    SpoolItem.Candidate(
                        cache: received.source, url: download.url, compression: $0,
                        leaf: inquirer.leafName(at: received.source))
                }
            }
        }
        guard let narInfo = matching.first?.narInfo, let narHash = NarHash(outcome.narHash.bytes),
            let compressions = NarInfoWriter.compressions(of: candidates, for: question.store)
        else { return .refuse("\(path): agreed, but no cache that can be reached offers its NAR") }
        let commitment = matching.lazy.compactMap { received -> ContentAddress? in
            switch ContentCommitment(received.narInfo) {
            case .content(let address): return address
            case .outcome: return received.narInfo.contentAddress
            case .lie, .none: return nil
            }
        }.first
        var item = SpoolItem(
            storePath: narInfo.storePath, narHash: narHash, narSize: outcome.narSize, compressions: compressions,
            candidates: candidates, contentAddress: choice.address ?? commitment)
        var file: SpooledFile?
        do {
            if choice.needsBytes {
                (item, file) = try await fetched(item, question, until: end)
                guard file != nil else { return .refuse("\(path): its bytes are still being fetched and checked") }
            } else if question.store.wantsBytesFirst {
                (item, file) = try await promised(item, question, until: end)
            } else {
                spool.start(item)
            }
        } catch {
            return .refuse("\(path): \(error)")
        }
        do throws(NarInfoWriter.Refusal) {
            let bytes = try writer.narInfo(
                item, narInfo.references, fileSize: file?.size, verdict, matching.map(\.narInfo))
            return .serve(.init(storePath: narInfo.storePath, outcome: outcome, item: item, narInfo: bytes))
        } catch {
            return error.isTrouble ? .trouble("\(path): \(error.words)") : .refuse("\(path): \(error.words)")
        }
    }

    /// Waits for the verified NAR in the first compression in which it can be had; there is no file when time is up first.
    ///
    /// - Returns: The item, without compressions in which it cannot be had.
    /// - Throws: ``SpoolError`` when it cannot be had at all.
    private func fetched(
        _ item: SpoolItem, _ question: Question, until end: ContinuousClock.Instant
    ) async throws -> (SpoolItem, SpooledFile?) {
        var item = item
        while true {
            do {
                let file = try await spool.file(
                    for: item, within: max(.zero, end - .now), onLate: { [weak self] in self?.invalidate([question]) })
                return (item, file)
            } catch {
                guard let next = item.inNextCompression else { throw error }
                item = next
            }
        }
    }

    /// An item that may be promised to a client that gives up when a promise is broken: its NAR lies here, or is on its
    /// way, or where too much is under way to begin with it, a cache offers it.
    ///
    /// - Returns: The item, without compressions in which it cannot be had, and the file if it is there.
    /// - Throws: ``SpoolError`` when it cannot be promised.
    private func promised(
        _ item: SpoolItem, _ question: Question, until end: ContinuousClock.Instant
    ) async throws -> (SpoolItem, SpooledFile?) {
        var item = item
        var file: SpooledFile?
        if spool.hasRoom(for: item) {
            let last = ContinuousClock.now + configuration.deadline * Self.patientDeadlines
            var until = end
            while true {
                (item, file) = try await fetched(item, question, until: until)
                if file != nil { return (item, file) }
                // The client's next request would wait for the same bytes, and could not be refused any more.
                let waits =
                    switch spool.progress(of: item) {
                    case .flowing: true
                    case .waiting: spool.getsOn
                    // Once more for the next server's.
                    case .standing: .now < end + configuration.deadline
                    }
                guard waits, .now < last else { break }
                until = .now + configuration.deadline / 8
            }
        }
        switch spool.progress(of: item) {
        case .flowing: return (item, nil)
        case .standing: throw SpoolError("agreed, but no cache sends its NAR")
        case .waiting:
            if let offered = await offered(item, until: end) { return (offered, nil) }
            // A cache in trouble may have it after all.
            (item, file) = try await fetched(item, question, until: end)
            guard file != nil || spool.progress(of: item) == .flowing else {
                throw SpoolError("agreed, but no cache that can be relied on offers its NAR")
            }
            return (item, file)
        }
    }

    /// The item without compressions in which nobody offers it; nil when nobody does in any, or nobody says so in time.
    private func offered(_ item: SpoolItem, until end: ContinuousClock.Instant) async -> SpoolItem? {
        let spool = spool
        let offered = await Race<SpoolItem?>.result(within: max(.zero, end - .now)) {
            var item = item
            while await !spool.isOffered(item) {
                guard let next = item.inNextCompression else { return nil }
                item = next
            }
            return item
        }
        return offered ?? nil
    }

    /// Every narinfo known for the paths found: what came just now, and what the ledger keeps as evidence.
    private func knownNarInfos(_ finding: Finding) async -> [ReceivedNarInfo] {
        var all = finding.statements.map { ReceivedNarInfo(narInfo: $0.narInfo, source: $0.source) }
        // What logs hold has no narinfo.
        let claims = finding.verdicts.flatMap { $0.assessments.map(\.claim) }.filter { $0.form == .cacheSignature }
        guard claims.contains(where: { claim in !all.contains { $0.source == claim.source } }) else { return all }
        let evidence = (try? await ledger.evidence(at: finding.key)) ?? [:]
        for claim in claims where !all.contains(where: { $0.source == claim.source }) {
            guard let bytes = evidence[claim.evidence],
                let directory = finding.key.storeDirectory,
                let narInfo = try? CacheNarInfo(parsing: bytes, in: directory)
            else { continue }
            all.append(ReceivedNarInfo(narInfo: narInfo, source: claim.source))
        }
        return all
    }

    private func log(_ answer: Decision.Answer, _ finding: Finding) {
        for verdict in finding.verdicts where !verdict.status.isAccepting {
            if case .conflict = verdict.status {
                logger.error("conflict: two outcomes meet the quorum", metadata: ["path": "\(verdict.subject)"])
            } else if configuration.mode == .warn, case .serve = answer {
                logger.warning(
                    "served although not quorate",
                    metadata: ["path": "\(verdict.subject)", "verdict": "\(verdict.status.word)"])
            }
        }
        if case .trouble(let why) = answer { logger.error("\(why)") }
    }
}

/// A narinfo and the cache it came from.
struct ReceivedNarInfo: Sendable {
    let narInfo: CacheNarInfo
    let source: String
}

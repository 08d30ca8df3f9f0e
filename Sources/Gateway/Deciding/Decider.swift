internal import ClaimSources
internal import Compression
internal import Ledger
internal import Logging
internal import NIOCore
internal import Quorum
internal import StoreFormats
internal import Synchronization
internal import Verification

/// Decides what is served under a hash part: one inquiry for many clients that ask the same, kept for a while.
final class Decider: Sendable {
    private struct State {
        var decisions: [String: Decision] = [:]
        var underWay: [String: Task<Decision, Never>] = [:]
        var generation = 0
        /// Hash parts whose decision under way is outdated already: an answer came that it may not have seen.
        var outdated: Set<String> = []
        /// What is decided to be served, valid until the second given: what the hot path reads.
        var ready: [String: Ready] = [:]
    }

    private struct Ready {
        let served: Decision.Served
        let until: Int64
    }

    /// More decisions than this are not remembered: hostile clients may ask for any hash. One takes about 2 kB.
    private static let memory = 200_000

    private let inquirer: Inquirer
    private let configuration: GatewayConfiguration
    private let state = Mutex(State())
    private let spool: NarSpool
    private let ledger: any Ledger
    private let logger: Logger

    init(
        inquirer: Inquirer, ledger: any Ledger, configuration: GatewayConfiguration, spool: NarSpool, logger: Logger
    ) {
        self.inquirer = inquirer
        self.ledger = ledger
        self.configuration = configuration
        self.spool = spool
        self.logger = logger
    }

    /// What is served of a path decided before, while that decision is fresh.
    func ready(_ hashPart: String) -> Decision.Served? {
        let now = inquirer.currentTime.secondsSince1970
        return state.withLock { state in
            guard let ready = state.ready[hashPart], ready.until > now else { return nil }
            return ready.served
        }
    }

    /// Forgets every decision: the policy or the revocations have changed.
    func invalidate() {
        state.withLock { state in
            state.generation += 1
            state.ready.removeAll()
            state.decisions.removeAll()
            // What is being decided was begun under the old rules; nobody new is to wait for it.
            state.underWay.removeAll()
        }
    }

    /// Forgets the decisions about some paths, whose late answers have come.
    func invalidate(_ hashParts: [String]) {
        state.withLock { state in
            for hashPart in hashParts {
                state.ready[hashPart] = nil
                state.decisions[hashPart] = nil
                if state.underWay[hashPart] != nil { state.outdated.insert(hashPart) }
            }
        }
    }

    /// Decides, or says what was decided lately.
    func decide(_ hashPart: String) async -> Decision {
        while true {
            let decision = await current(hashPart)
            // Revocations that came meanwhile count for everybody who has no answer yet.
            if decision.generation == state.withLock({ $0.generation }) { return decision }
        }
    }

    private func current(_ hashPart: String) async -> Decision {
        let now = inquirer.currentTime.secondsSince1970
        let task = state.withLock { state -> Task<Decision, Never> in
            if let known = state.decisions[hashPart], isFresh(known, now: now, generation: state.generation) {
                return Task { known }
            }
            if let task = state.underWay[hashPart] { return task }
            let generation = state.generation
            let task = Task {
                let decision = await self.make(hashPart, generation: generation)
                self.keep(decision, hashPart)
                return decision
            }
            state.underWay[hashPart] = task
            return task
        }
        return await task.value
    }

    private func isFresh(_ decision: Decision, now: Int64, generation: Int) -> Bool {
        guard decision.generation == generation else { return false }
        switch decision.answer {
        case .serve: return now - decision.madeAt < configuration.acceptedAge
        case .refuse: return now - decision.madeAt < configuration.refusedAge
        case .trouble: return false
        }
    }

    private func keep(_ decision: Decision, _ hashPart: String) {
        state.withLock { state in
            guard decision.generation == state.generation else { return }
            state.underWay[hashPart] = nil
            if state.outdated.remove(hashPart) != nil { return }
            if state.decisions.count >= Self.memory {
                state.decisions.removeAll(keepingCapacity: true)
                state.ready.removeAll(keepingCapacity: true)
            }
            state.decisions[hashPart] = decision
            if case .serve(let served) = decision.answer {
                state.ready[hashPart] = Ready(served: served, until: decision.madeAt + configuration.acceptedAge)
            } else {
                state.ready[hashPart] = nil
            }
        }
    }

    private func make(_ hashPart: String, generation: Int) async -> Decision {
        let key = LookupKey("\(StoreDirectory.nix.path)/\(hashPart)")
        let end = ContinuousClock.now + configuration.deadline
        var options = Inquirer.Options()
        options.deadline = configuration.deadline
        options.maximumAge = configuration.refusedAge
        options.onLate = { [weak self] keys in self?.invalidate(keys.map(\.hashPart)) }
        let result = await inquirer.inquire([key], options: options)
        let madeAt = inquirer.currentTime.secondsSince1970
        if let trouble = result.ledgerTrouble { logger.warning("ledger: \(trouble)") }
        guard let finding = result.findings.first else {
            return Decision(answer: .trouble("no finding"), finding: nil, madeAt: madeAt, generation: generation)
        }
        let answer = await choose(finding, hashPart, until: end)
        log(answer, finding)
        return Decision(answer: answer, finding: finding, madeAt: madeAt, generation: generation)
    }

    /// Picks what to serve, as the mode allows.
    private func choose(
        _ finding: Finding, _ hashPart: String, until end: ContinuousClock.Instant
    ) async -> Decision.Answer {
        let narInfos = await knownNarInfos(finding)
        var reasons: [String] = []
        for verdict in finding.verdicts {
            let choices = choices(verdict, narInfos)
            if choices.isEmpty {
                reasons.append("\(verdict.subject): \(verdict.status.word) (\(verdict.requirement))")
            }
            for choice in choices {
                switch await serve(verdict, choice, narInfos, hashPart, until: end) {
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
        _ verdict: Verdict, _ choice: Choice, _ narInfos: [ReceivedNarInfo], _ hashPart: String,
        until end: ContinuousClock.Instant
    ) async -> Decision.Answer {
        let path = verdict.subject.description
        let outcome = choice.outcome
        let matching = narInfos.filter {
            $0.narInfo.storePath.path == path && $0.narInfo.outcome == .storePath(outcome)
        }
        let candidates = matching.compactMap { received -> SpoolItem.Candidate? in
            guard let compression = CompressionFormat(rawValue: received.narInfo.compression.rawValue) else {
                return nil
            }
            return SpoolItem.Candidate(
                cache: received.source, url: received.narInfo.url, compression: compression,
                leaf: inquirer.leafName(at: received.source))
        }
        // One that can be written, so that the file may come from a cache that has it compressed in another way.
        let compression = (candidates.first(where: \.compression.isWritable) ?? candidates.first)?.compression
        guard let compression, let narInfo = matching.first?.narInfo,
            let narHash = NarHash(outcome.narHash.bytes)
        else { return .refuse("\(path): agreed, but no cache that can be reached offers its NAR") }
        let commitment = matching.lazy.compactMap { received -> ContentAddress? in
            switch ContentCommitment(received.narInfo) {
            case .content(let address): return address
            case .outcome: return received.narInfo.contentAddress
            case .lie, .none: return nil
            }
        }.first
        let item = SpoolItem(
            storePath: narInfo.storePath, narHash: narHash, narSize: outcome.narSize, compression: compression,
            candidates: candidates, contentAddress: choice.address ?? commitment)
        if choice.needsBytes {
            do {
                let file = try await spool.file(
                    for: item, within: max(.zero, end - .now), onLate: { [weak self] in self?.invalidate([hashPart]) })
                guard file != nil else { return .refuse("\(path): its bytes are still being fetched and checked") }
            } catch {
                return .refuse("\(path): \(error)")
            }
        } else {
            spool.start(item)
        }
        do {
            let bytes = try signedNarInfo(narInfo, item, verdict, matching.map(\.narInfo))
            return .serve(.init(storePath: narInfo.storePath, outcome: outcome, item: item, narInfo: bytes))
        } catch {
            return .trouble("\(path): \(error)")
        }
    }

    /// The narinfo as this gateway serves it: its own URL, the agreed outcome, no unsigned field that was not recomputed.
    private func signedNarInfo(
        _ narInfo: NarInfo, _ item: SpoolItem, _ verdict: Verdict, _ matching: [NarInfo]
    ) throws -> ByteBuffer {
        guard let compression = NarInfo.Compression(rawValue: item.compression.rawValue) else {
            throw SpoolError("no narinfo has the compression \(item.compression)")
        }
        let plain = try NarInfo(
            storePath: narInfo.storePath, url: item.url, compression: compression, fileHash: nil,
            fileSize: nil, narHash: item.narHash, narSize: item.narSize, references: narInfo.references, deriver: nil,
            signatures: [], contentAddress: item.contentAddress, unknownFields: [])
        switch configuration.signing {
        case .reSign: return ByteBuffer(bytes: try plain.signed(by: configuration.key).serialized)
        case .filter:
            let signatures = inquirer.validSignatures(in: matching, refused: verdict.revokedKeys)
            return ByteBuffer(bytes: plain.replacingSignatures(with: signatures).serialized)
        }
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
                let narInfo = try? NarInfo(parsing: bytes, in: .nix, accepting: .seenInCaches)
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

extension Verdict {
    /// The keys whose claims were refused because the key is revoked.
    fileprivate var revokedKeys: Set<KeyIdentity> {
        Set(
            assessments.compactMap { assessment in
                if case .refused(.revokedKey) = assessment.result { assessment.claim.key } else { nil }
            })
    }
}

/// A narinfo and the cache it came from.
struct ReceivedNarInfo: Sendable {
    let narInfo: NarInfo
    let source: String
}

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
        /// Narinfos that are decided and valid until the second given: what the hot path reads.
        var ready: [String: Ready] = [:]
    }

    private struct Ready {
        let narInfo: ByteBuffer
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

    /// The narinfo of a path decided before, while that decision is fresh.
    func readyNarInfo(_ hashPart: String) -> ByteBuffer? {
        let now = inquirer.currentTime.secondsSince1970
        return state.withLock { state in
            guard let ready = state.ready[hashPart], ready.until > now else { return nil }
            return ready.narInfo
        }
    }

    /// Forgets every decision: the policy or the revocations have changed.
    func invalidate() {
        state.withLock { state in
            state.generation += 1
            state.ready.removeAll()
            state.decisions.removeAll()
        }
    }

    /// Forgets the decisions about some paths, whose late answers have come.
    func invalidate(_ hashParts: [String]) {
        state.withLock { state in
            for hashPart in hashParts {
                state.ready[hashPart] = nil
                state.decisions[hashPart] = nil
            }
        }
    }

    /// Decides, or says what was decided lately.
    func decide(_ hashPart: String) async -> Decision {
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
            state.underWay[hashPart] = nil
            guard decision.generation == state.generation else { return }
            if state.decisions.count >= Self.memory {
                state.decisions.removeAll(keepingCapacity: true)
                state.ready.removeAll(keepingCapacity: true)
            }
            state.decisions[hashPart] = decision
            if case .serve(let served) = decision.answer {
                state.ready[hashPart] = Ready(
                    narInfo: served.narInfo, until: decision.madeAt + configuration.acceptedAge)
            } else {
                state.ready[hashPart] = nil
            }
        }
    }

    private func make(_ hashPart: String, generation: Int) async -> Decision {
        let key = LookupKey("\(StoreDirectory.nix.path)/\(hashPart)")
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
        let answer = await choose(finding)
        log(answer, finding)
        return Decision(answer: answer, finding: finding, madeAt: madeAt, generation: generation)
    }

    /// Picks what to serve, as the mode allows.
    private func choose(_ finding: Finding) async -> Decision.Answer {
        let narInfos = await knownNarInfos(finding)
        var reasons: [String] = []
        for verdict in finding.verdicts {
            let (outcome, needsContent) = chosenOutcome(verdict, narInfos)
            guard let outcome else {
                reasons.append("\(verdict.subject): \(verdict.status.word) (\(verdict.requirement))")
                continue
            }
            switch await serve(verdict, outcome, needsContent: needsContent, narInfos) {
            case .serve(let served): return .serve(served)
            case .refuse(let why): reasons.append(why)
            case .trouble(let why): return .trouble(why)
            }
        }
        return .refuse(reasons.isEmpty ? "no cache of the policy has it" : reasons.joined(separator: "; "))
    }

    /// The outcome to serve for a verdict, and whether its contents have to be read before anything is said.
    private func chosenOutcome(
        _ verdict: Verdict, _ narInfos: [ReceivedNarInfo]
    ) -> (outcome: StorePathOutcome?, needsContent: Bool) {
        switch verdict.status {
        case .quorate(.storePath(let outcome)), .selfVerifying(.storePath(let outcome)?): return (outcome, false)
        case .selfVerifying(nil):
            let first = narInfos.first { $0.narInfo.storePath.path == verdict.subject.description }
            if case .storePath(let outcome)? = first?.narInfo.outcome { return (outcome, true) }
            return (nil, true)
        default:
            guard configuration.mode != .enforce, case .storePath(let outcome)? = verdict.support.first?.outcome else {
                return (nil, false)
            }
            return (outcome, false)
        }
    }

    private func serve(
        _ verdict: Verdict, _ outcome: StorePathOutcome, needsContent: Bool, _ narInfos: [ReceivedNarInfo]
    ) async -> Decision.Answer {
        let path = verdict.subject.description
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
        guard let first = candidates.first, let narInfo = matching.first?.narInfo,
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
            storePath: narInfo.storePath, narHash: narHash, narSize: outcome.narSize, compression: first.compression,
            candidates: candidates, contentAddress: commitment)
        if needsContent {
            do {
                _ = try await spool.file(for: item)
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
        let plain = try NarInfo(
            storePath: narInfo.storePath, url: item.url, compression: narInfo.compression, fileHash: nil,
            fileSize: nil, narHash: item.narHash, narSize: item.narSize, references: narInfo.references, deriver: nil,
            signatures: [], contentAddress: item.contentAddress, unknownFields: [])
        switch configuration.signing {
        case .reSign: return ByteBuffer(bytes: try plain.signed(by: configuration.key).serialized)
        case .filter:
            return ByteBuffer(
                bytes: plain.replacingSignatures(with: inquirer.validSignatures(in: matching)).serialized)
        }
    }

    /// Every narinfo known for the paths found: what came just now, and what the ledger keeps as evidence.
    private func knownNarInfos(_ finding: Finding) async -> [ReceivedNarInfo] {
        var all = finding.statements.map { ReceivedNarInfo(narInfo: $0.narInfo, source: $0.source) }
        let claims = finding.verdicts.flatMap { $0.assessments.map(\.claim) }
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

/// A narinfo and the cache it came from.
struct ReceivedNarInfo: Sendable {
    let narInfo: NarInfo
    let source: String
}

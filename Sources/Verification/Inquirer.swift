internal import ClaimSources
package import Ledger
internal import NIOCore
package import Quorum
internal import StoreFormats

/// Asks the caches of a policy, records what they claim, and tallies.
///
/// Evidence is checked once, where it comes in; from the ledger only claims under a valid seal count, and others are
/// verified anew from their evidence. A ledger that cannot be read or written takes nothing away from a verdict but its
/// memory.
package struct Inquirer: Sendable {
    package let policy: Policy
    package let policyDigest: Digest256
    package let caches: CacheSet
    package let logs: LogSet
    let ledger: any Ledger
    let seal: ClaimSeal
    let state: LocalState
    let now: @Sendable () -> Timestamp
    let verifier: NarInfoVerifier

    /// - Parameters:
    ///   - logs: How the logs stand whose claims are in the ledger. Following them is another's business.
    ///   - state: Revocations and standing conflicts, which live outside the ledger.
    ///   - now: Our own clock.
    package init(
        policy: Policy, caches: CacheSet, logs: LogSet = .none, ledger: any Ledger, seal: ClaimSeal, state: LocalState,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.policy = policy
        policyDigest = sha256(Array(policy.text.utf8))
        self.caches = caches
        self.logs = logs
        self.ledger = ledger
        self.seal = seal
        self.state = state
        self.now = now
        verifier = NarInfoVerifier(policy: policy)
    }

    /// How an inquiry is made.
    package struct Options: Sendable {
        /// Answers younger than this many seconds are taken from the ledger. Claims of any age count; this is about
        /// asking again.
        package var maximumAge: Int64 = 3600
        /// After this time what has not come counts as silence; late answers are recorded all the same.
        package var deadline: Duration?
        /// While answers keep coming, the deadline is put off up to this: a thousand answers of a server that makes each
        /// when it is asked take longer than one.
        package var longest: Duration?
        /// Told about keys whose answers came after the deadline and were recorded.
        package var onLate: (@Sendable ([LookupKey]) -> Void)?
        /// Told how many answers have come, for a progress display; on any thread.
        package var onProgress: (@Sendable (Int) -> Void)?

        package init() {}
    }

    /// What came of an inquiry.
    package struct Result: Sendable {
        /// One for each key asked about, in their order.
        package let findings: [Finding]
        /// Why the ledger could not be used, in one line.
        package let ledgerTrouble: String?
    }

    /// Finds out about `keys`, which are store paths' keys: asks what is not known freshly enough, and tallies.
    /// - Parameter subjects: The paths meant, by key, where they are known; each gets a verdict even if nobody claims
    ///   anything about it.
    package func inquire(
        _ keys: [LookupKey], subjects: [LookupKey: [Subject]] = [:], options: Options = Options()
    ) async -> Result {
        var trouble: String?
        var known: [LookupKey: LedgerContents]
        do throws(LedgerError) {
            known = try await ledger.contents(at: keys)
        } catch {
            known = [:]
            trouble = error.message
        }
        var batch = LedgerBatch()
        var recalled: [Recollection] = []
        recalled.reserveCapacity(keys.count)
        for key in keys { recalled.append(await recall(key, &known[key], into: &batch)) }
        let time = now()
        let plan = AskPlan(keys: keys, caches: caches, known: known, notBefore: time, maximumAge: options.maximumAge)
        let collector = await ask(plan, keys: keys, at: time, options: options)
        let (answers, isComplete) = collector.snapshot()

        var findings: [Finding] = []
        findings.reserveCapacity(keys.count)
        for (index, key) in keys.enumerated() {
            let answersOfKey = answers.map { $0[index] }
            record(answersOfKey, key: key, over: recalled[index], at: time, into: &batch)
            findings.append(
                await finding(
                    key: key, subjects: subjects[key] ?? [], remembered: recalled[index].claims, known: known[key],
                    answers: answersOfKey, wasAsked: plan.wasAsked(index), at: time, into: &batch))
        }
        do throws(LedgerError) {
            try await ledger.record(batch)
        } catch {
            trouble = trouble ?? error.message
        }
        if !isComplete {
            let late = Late(
                keys: keys, subjects: subjects, known: known, recalled: recalled, plan: plan, before: answers, at: time)
            record(late, from: collector, options: options)
        }
        return Result(findings: findings, ledgerTrouble: trouble)
    }

    private func ask(
        _ plan: AskPlan, keys: [LookupKey], at time: Timestamp, options: Options
    ) async -> AnswerCollector {
        let collector = AnswerCollector(sources: caches.members.count, keys: keys.count)
        let verifier = verifier
        for (source, member) in caches.members.enumerated() {
            let indices = plan.indices(ofSource: source)
            guard !indices.isEmpty else {
                collector.workFinished()
                continue
            }
            let asked = indices.map { keys[$0] }
            let onProgress = options.onProgress
            // Not a child task: after the deadline it goes on without anybody waiting, to record what comes late.
            Task {
                await member.cache.get(asked.map { $0.hashPart + ".narinfo" }) { position, answer in
                    // Checked on the pool of all cores: the event loops, on which answers come, are never balanced.
                    collector.workStarted()
                    Task {
                        let checked = verifier.check(
                            answer, asked: asked[position], source: member.cache.address, at: time)
                        collector.take(checked, source: source, key: indices[position])
                        onProgress?(1)
                        collector.workFinished()
                    }
                }
                collector.workFinished()
            }
        }
        let timer = options.deadline.map { deadline in
            Task {
                let end = ContinuousClock.now + (options.longest ?? deadline)
                try? await Task.sleep(for: deadline)
                var before = -1
                while !Task.isCancelled, ContinuousClock.now < end, collector.answerCount > before {
                    before = collector.answerCount
                    try? await Task.sleep(for: min(deadline / 2, end - .now))
                }
                if !Task.isCancelled { collector.close() }
            }
        }
        await collector.wait()
        timer?.cancel()
        return collector
    }

    /// An inquiry whose deadline has passed, as it was then.
    private struct Late: Sendable {
        let keys: [LookupKey]
        let subjects: [LookupKey: [Subject]]
        let known: [LookupKey: LedgerContents]
        let recalled: [Recollection]
        let plan: AskPlan
        let before: [[AnswerCollector.Answer?]]
        let at: Timestamp
    }

    /// Records what comes after the deadline, and tallies it: a conflict that a late answer completes is raised now and
    /// not at the next question.
    private func record(_ late: Late, from collector: AnswerCollector, options: Options) {
        Task {
            await collector.wait(reopening: true)
            let (answers, _) = collector.snapshot()
            var batch = LedgerBatch()
            var keys: [LookupKey] = []
            for (index, key) in late.keys.enumerated() {
                let answersOfKey = answers.map { $0[index] }
                let new = answers.indices.map { late.before[$0][index] == nil ? answersOfKey[$0] : nil }
                guard new.contains(where: { $0 != nil }) else { continue }
                record(new, key: key, over: late.recalled[index], at: late.at, into: &batch)
                _ = await finding(
                    key: key, subjects: late.subjects[key] ?? [], remembered: late.recalled[index].claims,
                    known: late.known[key], answers: answersOfKey, wasAsked: late.plan.wasAsked(index), at: now(),
                    into: &batch)
                keys.append(key)
            }
            guard !keys.isEmpty else { return }
            try? await ledger.record(batch)
            options.onLate?(keys)
        }
    }
}

extension NarInfoVerifier {
    /// What an answer of a cache comes to.
    fileprivate func check(
        _ answer: HTTPAnswer, asked: LookupKey, source: String, at time: Timestamp
    ) -> AnswerCollector.Answer {
        switch answer {
        case .absent: return .absent
        case .trouble(let trouble): return .trouble(trouble)
        case .body(let body):
            do throws(SourceTrouble) {
                return .statement(try verify(Array(body.readableBytesView), at: asked, source: source, time: time))
            } catch {
                return .trouble(error)
            }
        }
    }
}

extension NarInfoVerifier {
    /// Reads and checks what a cache answered, as the key's store demands.
    func verify(
        _ bytes: [UInt8], at key: LookupKey, source: String, time: Timestamp
    ) throws(SourceTrouble) -> CacheStatement {
        guard let directory = key.storeDirectory else {
            throw SourceTrouble(.unusable, "\(source): '\(key)' is no key of a store path")
        }
        return try verify(bytes, asked: key.hashPart, in: directory, source: source, at: time)
    }
}

package import ClaimSources
package import Ledger
package import Quorum
internal import Synchronization
internal import TransparencyLog

/// The logs that a policy names, ready to be followed, and how each stands.
package final class LogSet: Sendable {
    /// Seconds after which a log counts as frozen when no cosignature is newer. Logs ask their witnesses again every
    /// few minutes, so that after days nobody sees the log any more, or somebody keeps this machine from seeing it.
    package static let standardMaximumAge: Int64 = 3 * 86_400

    /// No logs.
    package static let none = LogSet(
        policy: .empty, memory: LogMemory(), ledger: nil, limits: HTTPLimits(), resources: nil,
        maximumAge: standardMaximumAge, others: [], now: { Timestamp(secondsSince1970: 0) })

    /// In the policy's order.
    package let logs: [FollowedLog]
    /// What in the policy cannot be followed, and why, in one line each.
    package let notes: [String]

    let policy: Policy
    private let maximumAge: Int64
    let memory: LogMemory
    let followers: [LogFollower]
    private let now: @Sendable () -> Timestamp

    /// What is known of one log at the moment.
    private struct Known {
        var checkpoint: VerifiedCheckpoint?
        /// For proofs below that checkpoint.
        var tiles: [TileReader] = []
        /// Why that checkpoint cannot be told, or does not count: damage, evidence of a fork, a setback.
        var damage: String?
        var fork: String?
        var setback: String?
        var last: LogStatus?
        var underWay: Task<LogStatus, Never>?
    }
    /// One for each log, in their order.
    private let known: Mutex<[Known]>

    /// - Parameters:
    ///   - memory: What is remembered of logs on this machine.
    ///   - resources: Nil to ask nobody: then what is remembered decides how the logs stand.
    ///   - maximumAge: Seconds after which a log that nobody cosigned counts as frozen.
    ///   - others: Keys whose claims are read from every log besides those of its builders.
    package convenience init(
        policy: Policy, memory: LogMemory, ledger: any Ledger, limits: HTTPLimits = HTTPLimits(),
        resources: HTTPResources?, maximumAge: Int64 = standardMaximumAge, others: [KeyIdentity] = [],
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.init(
            policy: policy, memory: memory, ledger: Optional(ledger), limits: limits, resources: resources,
            maximumAge: maximumAge, others: others, now: now)
    }

    private init(
        policy: Policy, memory: LogMemory, ledger: (any Ledger)?, limits: HTTPLimits, resources: HTTPResources?,
        maximumAge: Int64, others: [KeyIdentity], now: @escaping @Sendable () -> Timestamp
    ) {
        self.policy = policy
        self.memory = memory
        self.maximumAge = maximumAge
        self.now = now
        let roster = LogRoster(policy: policy, others: others)
        var (logs, followers, notes) = ([FollowedLog](), [LogFollower](), roster.notes)
        for log in roster.logs {
            guard let ledger, let address = log.addresses.first else { continue }
            do throws(SourceTrouble) {
                var sources: [LogTileSource] = []
                if let resources {
                    for url in log.addresses {
                        sources.append(try LogTileSource(url: url, limits: limits, resources: resources))
                    }
                }
                let reader = LogEntryReader(builders: log.wanted, log: log.key, address: address)
                followers.append(
                    LogFollower(
                        log: log, policy: policy, cosigners: roster.cosigners, sources: sources, memory: memory,
                        ledger: ledger, reader: reader, now: now))
                logs.append(log)
            } catch {
                notes.append("the log \(log.origin): \(error)")
            }
        }
        self.logs = logs
        self.followers = followers
        self.notes = notes
        known = Mutex(followers.map { _ in Known() })
        for index in followers.indices { reload(index) }
    }

    /// Closes idle connections.
    package func shutdown() {
        for source in followers.flatMap(\.sources) { source.shutdown() }
    }

    // MARK: - Following

    /// Follows every log once, all at a time.
    /// - Returns: One for each log, in their order. After the deadline those that are not done are told as they stand,
    ///   and go on without anybody waiting.
    package func follow(_ options: FollowOptions = FollowOptions()) async -> [LogStatus] {
        var tasks: [Task<LogStatus, Never>] = []
        if let report = options.onProgress {
            let progress = FollowProgress(logs: followers.count, report: report)
            for index in followers.indices {
                var own = options
                own.onProgress = { progress.note($0, of: $1, log: index) }
                tasks.append(task(index, own))
            }
        } else {
            tasks = followers.indices.map { task($0, options) }
        }
        guard let deadline = options.deadline else {
            var all: [LogStatus] = []
            for task in tasks { all.append(await task.value) }
            return all
        }
        let end = ContinuousClock.now + deadline
        return await withTaskGroup(of: (Int, LogStatus?).self) { group in
            for (index, task) in tasks.enumerated() {
                group.addTask { (index, await Self.value(of: task, until: end)) }
            }
            var all = followers.map { LogStatus($0.log, .unreachable) }
            for await (index, status) in group {
                all[index] = status ?? late(index, deadline)
            }
            return all
        }
    }

    /// What a log is told as when the time is up: what is remembered of it, and that more is to come.
    private func late(_ index: Int, _ deadline: Duration) -> LogStatus {
        let known = known.withLock { $0[index] }
        var status = LogStatus(
            followers[index].log, .behind, "not read to its end within \(deadline); what was read so far counts")
        status.size = known.checkpoint?.size
        if known.checkpoint == nil {
            (status.standing, status.message) = (.unreachable, "no answer within \(deadline)")
        }
        return status
    }

    private func task(_ index: Int, _ options: FollowOptions) -> Task<LogStatus, Never> {
        known.withLock { known in
            // Whoever comes while a log is being followed waits for the same.
            if let task = known[index].underWay { return task }
            let task = Task {
                let status = await self.pass(index, options)
                self.known.withLock { known in
                    known[index].underWay = nil
                    known[index].last = status
                }
                return status
            }
            known[index].underWay = task
            return task
        }
    }

    private func pass(_ index: Int, _ options: FollowOptions) async -> LogStatus {
        let follower = followers[index]
        guard !follower.sources.isEmpty else { return LogStatus(follower.log, .unreachable, "not asked") }
        guard let lock = await FollowTurn.take(memory.lockPath(of: follower.log.origin)) else {
            reload(index)
            return LogStatus(follower.log, .behind, "another process is reading it; what that has read counts")
        }
        defer { withExtendedLifetime(lock) {} }
        // Another process may have seen more of the log since this one began.
        reload(index)
        var status = await follower.follow(options) { checkpoint in self.take(checkpoint, index) }
        reload(index)
        guard status.standing != .forked, status.standing != .rolledBack else { return status }
        if let (_, why) = troubles(at: now())[index] {
            if status.standing == .current || status.standing == .behind { status.standing = .frozen }
            status.message = status.message.map { "\(why); \($0)" } ?? why
        }
        return status
    }

    /// Takes what is remembered, unless it is what is known already.
    func reload(_ index: Int) {
        let origin = logs[index].origin
        let (fork, setback) = (memory.fork(of: origin), memory.setback(of: origin))
        var (checkpoint, damage): (VerifiedCheckpoint?, String?) = (nil, nil)
        do throws(StateFileError) {
            checkpoint = try followers[index].recall()
        } catch {
            damage = "\(error)"
        }
        known.withLock { known in
            (known[index].fork, known[index].setback, known[index].damage) = (fork, setback, damage)
            if checkpoint == nil { known[index].checkpoint = nil }
        }
        if let checkpoint { take(checkpoint, index) }
    }

    private func take(_ checkpoint: VerifiedCheckpoint, _ index: Int) {
        known.withLock { known in
            guard known[index].checkpoint != checkpoint else { return }
            known[index].checkpoint = checkpoint
            known[index].tiles = []
        }
    }

    /// Waits for a task, and no longer than until `end`.
    private static func value(of task: Task<LogStatus, Never>, until end: ContinuousClock.Instant) async -> LogStatus? {
        await withTaskGroup(of: LogStatus?.self) { group in
            let (stream, continuation) = AsyncStream.makeStream(of: LogStatus.self)
            Task {
                continuation.yield(await task.value)
                continuation.finish()
            }
            group.addTask { await stream.first { _ in true } }
            group.addTask {
                try? await Task.sleep(until: end)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }

    // MARK: - Standing

    /// The logs whose claims do not count at a moment: those that showed two histories, and those that are not fresh,
    /// with the reason. The keys are the logs'.
    package func standing(at time: Timestamp) -> (forked: Set<KeyIdentity>, stale: [KeyIdentity: String]) {
        var (forked, stale) = (Set<KeyIdentity>(), [KeyIdentity: String]())
        for (index, (isFork, why)) in troubles(at: time) {
            if isFork { forked.insert(logs[index].key) } else { stale[logs[index].key] = why }
        }
        return (forked, stale)
    }

    /// What stands against each log, by its index, as half a sentence.
    private func troubles(at time: Timestamp) -> [Int: (isFork: Bool, why: String)] {
        var troubles: [Int: (Bool, String)] = [:]
        for (index, known) in known.withLock({ $0 }).enumerated() {
            if let fork = known.fork {
                troubles[index] = (true, "has shown two histories: \(fork)")
            } else if let damage = known.damage {
                troubles[index] = (false, "cannot be compared with what it showed before: \(damage)")
            } else if let setback = known.setback {
                troubles[index] = (false, "took entries back: \(setback)")
            } else if let checkpoint = known.checkpoint {
                switch policy.quorumTime(of: checkpoint, now: time) {
                case .unneeded: continue
                case .unmet: troubles[index] = (false, "has shown nothing that enough of the witnesses cosigned")
                case .at(let seen):
                    let seen = Timestamp(secondsSince1970: Int64(clamping: seen))
                    guard time.secondsSince1970 - seen.secondsSince1970 > maximumAge else { continue }
                    troubles[index] = (
                        false, "is frozen: its witnesses have seen nothing of it since \(seen)"
                    )
                }
            } else {
                troubles[index] = (false, "has not been seen yet")
            }
        }
        return troubles
    }

    /// What the newest pass over each log told, in the logs' order.
    package var lastMessages: [String?] { known.withLock { $0.map { $0.last?.message } } }

    /// Why the newest pass over a log that holds a builder's claims brought nothing, for people.
    func lastTrouble(of log: KeyIdentity) -> String? {
        guard let index = logs.firstIndex(where: { $0.key == log }) else { return nil }
        guard let last = known.withLock({ $0[index].last }), last.standing != .current else { return nil }
        return last.message
    }

    /// The newest checkpoint of a log that was believed.
    func checkpoint(_ index: Int) -> VerifiedCheckpoint? { known.withLock { $0[index].checkpoint } }

    // MARK: - Proofs

    /// Whether a claim follows from evidence that no seal vouches for: the entry is read and its signature checked
    /// anew, and its place in the log is shown with tiles below the newest checkpoint.
    package func proves(_ claim: Claim, by evidence: [UInt8]) async -> Bool {
        guard let index = logs.firstIndex(where: { $0.key == claim.log }) else { return false }
        let follower = followers[index]
        guard let entry = follower.reader.index(in: claim.source),
            let checkpoint = known.withLock({ $0[index].checkpoint }),
            entry < checkpoint.size
        else { return false }
        let leaf = MerkleHash.leaf(evidence)
        for (source, tiles) in zip(follower.sources, readers(index, below: checkpoint)) {
            guard (try? await tiles.hash(of: entry..<(entry + 1))) == leaf else { continue }
            let read = await follower.reader.read(
                evidence, index: entry, at: claim.observedAt, listsFrom: source)
            guard case .claims(let claims) = read else { return false }
            return claims.contains(claim)
        }
        return false
    }

    private func readers(_ index: Int, below checkpoint: VerifiedCheckpoint) -> [TileReader] {
        known.withLock { known in
            if known[index].checkpoint == checkpoint, !known[index].tiles.isEmpty { return known[index].tiles }
            let readers = followers[index].sources.map { TileReader(source: $0, checkpoint: checkpoint) }
            known[index].tiles = readers
            return readers
        }
    }
}

package import ClaimSources
package import Ledger
package import Quorum
internal import Synchronization
internal import TransparencyLog

/// Watches logs for what nobody else would tell: histories that differ between those who look, builders that contradict
/// themselves, and claims under one's own key that one did not make.
///
/// It reads every claim, so its logs are to be followed into a ledger of its own: what another program has recorded
/// already is not new, and would be passed over.
package struct LogMonitor: Sendable {
    private let logs: LogSet
    private let ledger: any Ledger
    private let witnesses: [(name: String, source: LogTileSource)]
    private let ownKeys: Set<KeyIdentity>
    private let isOwn: @Sendable (Claim) async -> Bool
    private let troubles: [String]

    /// - Parameters:
    ///   - logs: Made with the own keys as `others`, over `ledger`.
    ///   - ledger: Where its claims go.
    ///   - ownKeys: The keys whose every claim should be one's own.
    ///   - isOwn: Whether a claim under one of those was made here.
    package init(
        logs: LogSet, ledger: any Ledger, limits: HTTPLimits = HTTPLimits(), resources: HTTPResources,
        ownKeys: Set<KeyIdentity> = [], isOwn: @escaping @Sendable (Claim) async -> Bool = { _ in true }
    ) {
        self.logs = logs
        self.ledger = ledger
        self.ownKeys = ownKeys
        self.isOwn = isOwn
        var (witnesses, troubles) = ([(String, LogTileSource)](), [String]())
        for witness in logs.policy.witnesses {
            guard let url = witness.url else { continue }
            do throws(SourceTrouble) {
                witnesses.append((witness.name, try LogTileSource(url: url, limits: limits, resources: resources)))
            } catch {
                troubles.append("the witness \(witness.name): \(error)")
            }
        }
        self.witnesses = witnesses
        self.troubles = troubles
    }

    /// Looks once: follows the logs, asks the witnesses what they have seen of each, and compares.
    package func check(_ options: FollowOptions = FollowOptions()) async -> MonitorReport {
        let found = Mutex<[MonitorAlarm]>([])
        var options = options
        options.beforeRecording = { claims in
            let alarms = try await examine(claims)
            found.withLock { $0 += alarms }
        }
        let statuses = await logs.follow(options)
        var report = MonitorReport(statuses: statuses, alarms: [], troubles: troubles)
        for status in statuses where status.isAlarm {
            report.alarms.append(.log(status))
        }
        for status in statuses where !status.isAlarm {
            if let message = status.message { report.troubles.append("\(status.log.origin): \(message)") }
        }
        for index in logs.logs.indices where statuses[index].standing != .forked {
            await compare(index, into: &report)
        }
        report.alarms += found.withLock { $0 }
        return report
    }

    /// Compares what each witness has seen of a log with what the log showed here.
    private func compare(_ index: Int, into report: inout MonitorReport) async {
        guard let own = logs.checkpoint(index) else { return }
        let (log, follower) = (logs.logs[index], logs.followers[index])
        for (name, witness) in witnesses {
            do {
                let path = Checkpoint.pathName(ofOrigin: log.origin) + "/checkpoint"
                guard let bytes = try await witness.file(path) else { continue }
                let seen = try follower.verify(try SignedNote(parsing: bytes))
                try await compare(own, seen, of: log, index, witness: name, into: &report)
            } catch {
                report.troubles.append("the witness \(name) on \(log.origin): \(follower.describe(error))")
            }
        }
    }

    private func compare(
        _ own: VerifiedCheckpoint, _ seen: VerifiedCheckpoint, of log: FollowedLog, _ index: Int, witness: String,
        into report: inout MonitorReport
    ) async throws {
        let follower = logs.followers[index]
        var evidence: LogEvidence?
        var failure: (any Error)?
        for source in follower.sources {
            do {
                evidence = try await follower.contradiction(own, seen, source)
                failure = nil
                break
            } catch {
                failure = error
            }
        }
        // A witness may have seen less: it is asked again and again, and not at the same moments.
        if let evidence, evidence.kind == .fork {
            let place = logs.memory.keep(evidence)
            logs.reload(index)
            report.alarms.append(.split(log: log.origin, witness: witness, why: evidence.why, evidence: place))
        } else if let failure {
            guard seen.size > own.size, let failure = failure as? TransparencyLogError else { throw failure }
            // The tiles are there before a witness is asked to sign.
            report.alarms.append(
                .withheld(log: log.origin, witness: witness, seen: seen.size, shown: own.size, why: failure.message))
        }
    }

    /// What is wrong with claims that are about to be recorded.
    private func examine(_ claims: [Claim]) async throws -> [MonitorAlarm] {
        var alarms: [MonitorAlarm] = []
        for claim in claims where ownKeys.contains(claim.key) {
            if !(await isOwn(claim)) { alarms.append(.foreign(claim)) }
        }
        var known: [Statement: Claim] = [:]
        let earlier = try await ledger.contents(at: Array(Set(claims.map { LookupKey($0.subject) })))
        for (_, group) in Dictionary(grouping: claims, by: \.voice).sorted(by: {
            $0.value[0].source < $1.value[0].source
        }) {
            known.removeAll(keepingCapacity: true)
            let before = earlier[LookupKey(group[0].subject)]?.claims.map(\.claim).filter { $0.voice == group[0].voice }
            for claim in (before ?? []) + group where claim.statement != .failed {
                if known[claim.statement] == nil { known[claim.statement] = claim }
            }
            // Told when a new one differs; what differed before was told then.
            guard known.count > 1, group.contains(where: { $0.statement != .failed }) else { continue }
            alarms.append(.contradiction(known.values.sorted()))
        }
        return alarms
    }
}

extension Claim {
    /// Who speaks about what.
    fileprivate struct Voice: Hashable {
        let key: KeyIdentity
        let subject: Subject
    }

    fileprivate var voice: Voice { Voice(key: key, subject: subject) }
}

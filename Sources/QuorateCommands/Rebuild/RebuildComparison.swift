internal import Building
internal import Ledger
internal import LocalStore
internal import Quorum
internal import StoreFormats
internal import Verification

/// Compares what was built with what others state: the policy's voters, and the stores of this machine.
struct RebuildComparison: Sendable {
    let bench: Workbench
    let inquirer: Inquirer
    /// This machine's builder, which is nobody else.
    let own: KeyIdentity
    let maximumAge: Int64

    /// Fills in what is stated about each entry, and the verdict.
    func compare(_ entries: inout [RebuildReport.Entry]) async throws -> String? {
        var subjects: [LookupKey: [Subject]] = [:]
        for entry in entries {
            let subject = Subject.storePath(entry.path.path)
            subjects[LookupKey(subject), default: []].append(subject)
        }
        var options = Inquirer.Options()
        options.maximumAge = maximumAge
        let result = await inquirer.inquire(Array(subjects.keys), subjects: subjects, options: options)
        var verdicts: [Subject: Verdict] = [:]
        for verdict in result.findings.flatMap(\.verdicts) { verdicts[verdict.subject] = verdict }
        let paths = entries.map(\.path)
        let known = try await bench.store.infos(of: paths)
        var hosts: [StorePath: PathInfo] = [:]
        for host in bench.hosts {
            let infos = try await host.infos(of: paths.filter { $0.directory == host.directory })
            hosts.merge(infos) { first, _ in first }
        }
        for index in entries.indices {
            let path = entries[index].path
            let verdict = verdicts[.storePath(path.path)]
            entries[index].verdict = verdict
            var stated = verdict.map(stated) ?? []
            if let info = hosts[path] { stated.append(.init(who: "this machine's store", outcome: .init(info))) }
            if let info = known[path], info.origin != .host {
                stated.append(.init(who: "Quorate's store", outcome: .init(info)))
            }
            entries[index].stated = stated
        }
        return result.ledgerTrouble
    }

    /// What others than this machine's builder claim. Claims of revoked keys say nothing; others do, even where the
    /// policy does not count them.
    private func stated(_ verdict: Verdict) -> [RebuildReport.Stated] {
        var all: [RebuildReport.Stated] = []
        for assessment in verdict.assessments where assessment.claim.key != own {
            guard case .outcome(.storePath(let outcome)) = assessment.claim.statement else { continue }
            let who: String
            switch assessment.result {
            case .counted(let party, _, _): who = party
            case .failed: continue
            case .refused(let reason):
                switch reason {
                case .outsideQuorum(let leaf, _), .vouchedWhereBuiltCounts(let leaf, _), .wrongScope(let leaf, _):
                    who = leaf
                case .noQuorum: who = inquirer.leafName(at: assessment.claim.source)
                default: continue
                }
            }
            let new = RebuildReport.Stated(who: who, outcome: outcome)
            if !all.contains(new) { all.append(new) }
        }
        return all
    }
}

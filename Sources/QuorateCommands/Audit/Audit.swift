internal import ClientSetup
internal import Ledger
internal import Quorum
internal import Verification

/// Asks the caches about everything installed, in batches that bound the memory, and compares.
struct Audit {
    /// Paths asked about at a time.
    private static let batch = 4096

    let inquirer: Inquirer
    let revocations: Revocations
    /// Answers younger than this many seconds are not asked for again.
    let maximumAge: Int64
    let terminal: Terminal

    /// - Parameter disk: Where to read the contents too; nil to believe the store's record.
    func run(_ installed: InstalledPaths, disk: DiskContents?) async -> AuditReport {
        var report = AuditReport(problems: installed.problems)
        let proofs = installed.paths.map(SelfProof.init)
        var findings: [DiskContents.Finding?] = Array(repeating: nil, count: installed.paths.count)
        if let disk { findings = await read(disk, Array(zip(installed.paths, proofs))) }
        // Paths that prove themselves need no votes, so nobody is told that they are here.
        var asked: [Int] = []
        for index in installed.paths.indices {
            if proofs[index] == .none {
                asked.append(index)
            } else {
                report.add(entry(installed.paths[index], proofs[index], nil, [], findings[index]))
            }
        }
        let caches = inquirer.caches.members.count
        let bar = ProgressBar(
            terminal, "Asking \(caches) cache\(caches == 1 ? "" : "s")", total: asked.count * caches, plainLines: true)
        defer { bar.finish() }
        var options = Inquirer.Options()
        options.maximumAge = maximumAge
        options.onProgress = { bar.advance(by: $0) }
        while !asked.isEmpty {
            let indices = asked.prefix(Self.batch)
            asked.removeFirst(indices.count)
            let subjects = indices.map { installed.paths[$0].subject }
            let keys = subjects.map(LookupKey.init)
            let byKey = Dictionary(zip(keys, subjects.map { [$0] }), uniquingKeysWith: +)
            let result = await inquirer.inquire(Array(byKey.keys), subjects: byKey, options: options)
            report.ledgerTrouble = report.ledgerTrouble ?? result.ledgerTrouble
            let byAnswer = Dictionary(result.findings.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
            for finding in result.findings { report.note(finding.reports) }
            for (index, key) in zip(indices, keys) {
                let finding = byAnswer[key]
                let path = installed.paths[index]
                report.add(
                    entry(
                        path, proofs[index], finding?.verdict(on: path.subject), finding?.reports ?? [],
                        findings[index]))
            }
        }
        report.finish()
        return report
    }

    private func entry(
        _ path: InstalledPath, _ proof: SelfProof, _ verdict: Verdict?, _ sources: [SourceReport],
        _ disk: DiskContents.Finding?
    ) -> AuditReport.Entry {
        let isRevoked = revocations.covers(.storePath(path.outcome), of: path.subject)
        let standing = AuditStanding(path, proof: proof, verdict: verdict, isRevoked: isRevoked, disk: disk)
        return AuditReport.Entry(path, standing: standing, verdict: verdict, sources: sources, disk: disk)
    }

    private func read(
        _ disk: DiskContents, _ paths: [(InstalledPath, SelfProof)]
    ) async -> [DiskContents.Finding?] {
        let total = paths.reduce(UInt64(0)) { $0 &+ $1.0.outcome.narSize }
        return await ProgressBar.run(
            terminal, "Reading the disk", total: Int(clamping: total), unit: .bytes, plainLines: true
        ) { bar in
            await disk.check(paths.map { (installed: $0.0, proof: $0.1) }, onBytes: { bar.advance(by: $0) })
        }
    }
}

internal import Ledger
internal import Quorum
internal import StoreFormats
internal import Verification

/// Verifies many paths, in batches that bound the memory, following references where that is asked for.
struct PathVerification {
    /// Paths asked about at a time.
    private static let batch = 4096

    let inquirer: Inquirer
    let maximumAge: Int64
    let followsReferences: Bool
    let terminal: Terminal

    func run(_ paths: [StorePath]) async -> VerificationReport {
        var report = VerificationReport(followsReferences: followsReferences)
        let caches = inquirer.caches.members.count
        let bar = ProgressBar(terminal, "Asking \(caches) caches", total: paths.count * caches)
        defer { bar.finish() }
        var options = Inquirer.Options()
        options.maximumAge = maximumAge
        options.onProgress = { bar.advance(by: $0) }
        var known = Set(paths.map(\.path))
        var queue = paths.map(\.path)
        var total = queue.count
        while !queue.isEmpty {
            let subjects = queue.prefix(Self.batch).map { Subject.storePath($0) }
            queue.removeFirst(subjects.count)
            var byKey: [LookupKey: [Subject]] = [:]
            var keys: [LookupKey] = []
            for subject in subjects {
                let key = LookupKey(subject)
                if byKey[key] == nil { keys.append(key) }
                byKey[key, default: []].append(subject)
            }
            let result = await inquirer.inquire(keys, subjects: byKey, options: options)
            report.ledgerTrouble = report.ledgerTrouble ?? result.ledgerTrouble
            for finding in result.findings {
                for subject in byKey[finding.key] ?? [] {
                    guard let verdict = finding.verdict(on: subject) else { continue }
                    report.add(verdict, finding.reports)
                    guard followsReferences, let outcome = verdict.agreed else { continue }
                    for reference in outcome.references where known.insert(reference).inserted {
                        queue.append(reference)
                        total += 1
                    }
                }
            }
            bar.setTotal(total * caches)
        }
        report.finish()
        return report
    }
}

internal import Ledger
internal import Quorum
internal import StoreFormats
internal import Verification

/// Verifies many paths in batches, following references where that is asked for.
///
/// Some batches are under way at a time: while one waits for caches, another is tallied or recorded. Together they bound
/// the memory.
struct PathVerification {
    /// Paths asked about together.
    private static let batch = 256
    /// Batches under way at a time.
    private static let width = 3

    let inquirer: Inquirer
    let maximumAge: Int64
    let followsReferences: Bool
    let terminal: Terminal

    /// The findings about one batch.
    private struct Part: Sendable {
        let number: Int
        let entries: [VerificationReport.Entry]
        let ledgerTrouble: String?
    }

    func run(_ paths: [StorePath]) async -> VerificationReport {
        let caches = inquirer.caches.members.count
        let bar = ProgressBar(terminal, "Asking \(caches) caches", total: paths.count * caches)
        defer { bar.finish() }
        var options = Inquirer.Options()
        options.maximumAge = maximumAge
        options.onProgress = { bar.advance(by: $0) }
        var known = followsReferences ? Set(paths.map(\.path)) : []
        var queue = paths.map(\.path)[...]
        var parts: [Part] = []
        await withTaskGroup(of: Part.self) { group in
            var started = 0
            var total = queue.count
            while true {
                while started - parts.count < Self.width, !queue.isEmpty {
                    let (number, subjects) = (started, queue.prefix(Self.batch).map { Subject.storePath($0) })
                    queue = queue.dropFirst(subjects.count)
                    group.addTask { [options] in await verify(subjects, number: number, options: options) }
                    started += 1
                }
                guard let part = await group.next() else { break }
                parts.append(part)
                guard followsReferences else { continue }
                for case .storePath(let outcome)? in part.entries.map(\.verdict.agreed) {
                    for reference in outcome.references where known.insert(reference).inserted {
                        queue.append(reference)
                        total += 1
                    }
                }
                bar.setTotal(total * caches)
            }
        }
        var report = VerificationReport(followsReferences: followsReferences)
        for part in parts.sorted(by: { $0.number < $1.number }) {
            report.add(part.entries)
            report.ledgerTrouble = report.ledgerTrouble ?? part.ledgerTrouble
        }
        report.finish()
        return report
    }

    private func verify(_ subjects: [Subject], number: Int, options: Inquirer.Options) async -> Part {
        var byKey: [LookupKey: [Subject]] = [:]
        var keys: [LookupKey] = []
        for subject in subjects {
            let key = LookupKey(subject)
            if byKey[key] == nil { keys.append(key) }
            byKey[key, default: []].append(subject)
        }
        let result = await inquirer.inquire(keys, subjects: byKey, options: options)
        var entries: [VerificationReport.Entry] = []
        entries.reserveCapacity(subjects.count)
        for finding in result.findings {
            for subject in byKey[finding.key] ?? [] {
                guard let verdict = finding.verdict(on: subject) else { continue }
                entries.append(VerificationReport.Entry(verdict: verdict, sources: finding.reports))
            }
        }
        return Part(number: number, entries: entries, ledgerTrouble: result.ledgerTrouble)
    }
}

internal import Quorum
internal import StoreFormats
internal import Verification

/// Verifies many paths, following references where that is asked for.
struct PathVerification {
    let inquirer: Inquirer
    let maximumAge: Int64
    let followsReferences: Bool
    let terminal: Terminal

    func run(_ paths: [StorePath]) async -> VerificationReport {
        let inquiry = BatchedInquiry(
            inquirer: inquirer, maximumAge: maximumAge, followsReferences: followsReferences, terminal: terminal)
        let (entries, trouble) = await inquiry.run(paths) { path, finding in
            finding.verdict(on: .storePath(path.path)).map {
                VerificationReport.Entry(verdict: $0, sources: finding.reports)
            }
        }
        var report = VerificationReport(followsReferences: followsReferences)
        report.add(entries.compactMap { $0 })
        report.ledgerTrouble = trouble
        report.finish()
        return report
    }
}

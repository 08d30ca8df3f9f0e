internal import Quorum
internal import Verification

/// What a verification found, and how it is told.
struct VerificationReport {
    struct Entry: Sendable {
        let verdict: Verdict
        let sources: [SourceReport]
        /// With `--closure`: what stands in the way of installing it.
        var blockedBy: Installability.Blocker?
    }

    private(set) var entries: [Entry] = []
    var ledgerTrouble: String?
    private let followsReferences: Bool

    init(followsReferences: Bool) { self.followsReferences = followsReferences }

    mutating func add(_ more: [Entry]) { entries += more }

    /// Applies the rule that nothing is installable whose references are not.
    mutating func finish() {
        guard followsReferences else { return }
        var verdicts: [Subject: Verdict] = [:]
        for entry in entries { verdicts[entry.verdict.subject] = entry.verdict }
        let all = installable(verdicts: verdicts)
        for index in entries.indices {
            if case .blocked(let blocker)? = all[entries[index].verdict.subject] {
                entries[index].blockedBy = blocker
            }
        }
    }

    var status: ExitStatus {
        var status = ExitStatus.ok
        for entry in entries {
            switch entry.verdict.status {
            case .split, .conflict: return .disagreement
            case .short, .unclaimed: status = .short
            case .quorate, .selfVerifying: break
            }
        }
        return status
    }

    /// How many paths have each verdict, in a fixed order.
    var counts: [(word: String, count: Int)] {
        var counts: [String: Int] = [:]
        for entry in entries { counts[entry.verdict.status.word, default: 0] += 1 }
        return VerdictWords.all.compactMap { word in counts[word].map { (word, $0) } }
    }

    func print(to terminal: Terminal) {
        var columns = [Table.Column("verdict"), Table.Column("path"), Table.Column("who states what")]
        if followsReferences { columns.insert(Table.Column("installable"), at: 1) }
        var table = Table(columns: columns, overflow: .wrap)
        for entry in entries {
            let word = entry.verdict.status.word
            var cells = [
                StyledText(word, VerdictWords.style(of: word)), StyledText(Self.shortName(entry.verdict.subject)),
                VerdictWords.explanation(entry.verdict, entry.sources),
            ]
            if followsReferences { cells.insert(entry.blockedBy == nil ? "yes" : "no", at: 1) }
            table.add(cells)
        }
        terminal.output.line(table)
        let summary = counts.map { "\($0.count.grouped) \($0.word)" }.joined(separator: ", ")
        terminal.output.line("\(entries.count.counted("path")): \(summary)")
        for entry in entries where entry.verdict.status.isAccepting {
            guard let blocker = entry.blockedBy else { continue }
            terminal.output.line(
                "Not installable as a whole: \(Self.shortName(entry.verdict.subject)) needs "
                    + "\(blocker.culprit.description), which \(blocker.reason.description)")
            break
        }
    }

    /// The base name: the store's folder is the same on every line.
    static func shortName(_ subject: Subject) -> String {
        let text = subject.description
        return text.lastIndex(of: "/").map { String(text[text.index(after: $0)...]) } ?? text
    }

    private struct Document: Encodable {
        let version: Int
        let policy: String
        let summary: [String: Int]
        let paths: [VerdictReport]
    }

    func json(policyDigest: Digest256) throws -> [UInt8] {
        try VerdictReport.encode(
            Document(
                version: VerdictReport.version, policy: "sha256:\(policyDigest.hex)",
                summary: Dictionary(uniqueKeysWithValues: counts.map { ($0.word, $0.count) }),
                paths: entries.map { entry in
                    var report = VerdictReport(entry.verdict, reports: entry.sources)
                    if followsReferences {
                        report.installable = entry.blockedBy == nil
                        report.blockedBy = entry.blockedBy?.culprit.description
                        if case .verdict(let word)? = entry.blockedBy?.reason { report.blockingVerdict = word }
                    }
                    return report
                }))
    }
}

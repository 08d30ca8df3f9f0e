internal import ClientSetup
internal import Quorum
internal import StoreFormats
internal import Verification

extension AuditReport {
    /// The version of this format; fields are only ever added within one version.
    static let formatVersion = 1

    private struct Document: Encodable {
        let version: Int
        let policy: String
        let policyFile: String?
        let contentsRead: Bool
        let summary: [String: AmountReport]
        let total: AmountReport
        let problems: [String]
        let troubles: [TroubleReport]
        let paths: [PathReport]
    }

    private struct AmountReport: Encodable {
        let paths: Int
        let bytes: UInt64

        init(_ amount: Amount) { (paths, bytes) = (amount.paths, amount.bytes) }
    }

    private struct TroubleReport: Encodable {
        let cache: String
        let questions: Int
        let reason: String
    }

    private struct PathReport: Encodable {
        let path: String
        let standing: String
        let verdict: String?
        let accepted: Bool
        let builtHere: Bool
        let installed: VerdictReport.OutcomeReport
        let statedBy: [String]
        let contents: String?
        let contentsNarHash: String?
        let contentsNote: String?
        let details: VerdictReport?

        init(_ entry: Entry) {
            path = entry.installed.path
            standing = entry.standing.rawValue
            verdict = entry.word
            accepted = entry.status == .ok
            builtHere = entry.installed.isBuiltHere
            installed = VerdictReport.OutcomeReport(.storePath(entry.installed.outcome))
            statedBy = entry.parties
            contents = entry.disk?.word
            if case .altered(let digest)? = entry.disk {
                contentsNarHash = "sha256:\(digest.hash.hex)"
            } else {
                contentsNarHash = nil
            }
            contentsNote = entry.disk.flatMap { $0 == .matches ? nil : $0.explanation.plain }
            details = entry.evidence.map { VerdictReport($0.verdict, reports: $0.sources) }
        }
    }

    func json(policy: AuditPolicy, digest: Digest256, readContents: Bool) throws -> [UInt8] {
        try VerdictReport.encode(
            Document(
                version: Self.formatVersion, policy: "sha256:\(digest.hex)", policyFile: policy.file,
                contentsRead: readContents,
                summary: Dictionary(
                    uniqueKeysWithValues: amounts.map { ($0.key.rawValue, AmountReport($0.value)) }),
                total: AmountReport(total), problems: problems.map(\.description),
                troubles: troubles.map {
                    TroubleReport(cache: $0.cache, questions: $0.questions, reason: $0.reason)
                },
                paths: entries.map(PathReport.init)))
    }
}

internal import Proofs
internal import Quorum
internal import Verification

/// A proof's report as JSON; docs/json.md describes it.
struct ProofDocument: Encodable {
    let version = 1
    let path: String
    let verdict: String
    let requirement: String
    let accepted: Bool
    let contents: String
    let asOf: String
    let policy: String
    let policyInFile: String
    let evidence: [Evidence]
    let reproducedBy: [String]
    let reliedOn: [String]
    let cannotShow: [String]

    struct Evidence: Encodable {
        let party: String?
        let key: String?
        let source: String
        let digest: String
        let refused: String?
        let startedOn: String?
        let cosigners: [Cosigner]
    }

    struct Cosigner: Encodable {
        let name: String
        let time: String
    }

    init(_ report: ProofReport) {
        path = report.subject.description
        verdict = report.verdict.status.word
        requirement = report.verdict.requirement
        accepted = report.isAccepted
        contents =
            switch report.contents {
            case .notGiven: "not-given"
            case .agree: "agree"
            case .differ: "differ"
            case .nothingAgreed: "nothing-agreed"
            }
        asOf = report.asOf.description
        policy = "sha256:\(report.policyDigest.hex)"
        policyInFile = "sha256:\(report.containerPolicyDigest.hex)"
        evidence = report.evidence.map { evidence in
            var refused: String?
            if case .refused(let why) = evidence.result { refused = why }
            return Evidence(
                party: evidence.voter?.party, key: evidence.voter?.leaf, source: evidence.source.description,
                digest: "sha256:\(evidence.digest.hex)", refused: refused, startedOn: evidence.startedOn?.description,
                cosigners: evidence.cosigners.map { Cosigner(name: $0.name, time: $0.time.description) })
        }
        reproducedBy = report.reproducedBy
        reliedOn = report.reliedOn
        cannotShow = report.cannotShow
    }

    func bytes() throws -> [UInt8] { try VerdictReport.encode(self) }
}

internal import FoundationEssentials
package import Quorum

/// A verdict as JSON, for `verify --json`, `audit --json` and the gateway's API. `docs/json.md` describes it.
///
/// Words are those of the design; fields are only ever added within one format version.
package struct VerdictReport: Codable, Sendable {
    /// The version of this format.
    package static let version = 1

    /// An outcome of a store path.
    package struct OutcomeReport: Codable, Sendable {
        /// `sha256:` and 64 hexadecimal digits.
        package let narHash: String
        package let narSize: UInt64?
        package let references: [String]?
    }

    /// Who states an outcome.
    package struct Support: Codable, Sendable {
        package let outcome: OutcomeReport
        package let parties: [String]
        package let vouching: [String]
        package let votes: Int
        package let meetsQuorum: Bool
    }

    /// One claim and what became of it.
    package struct ClaimReport: Codable, Sendable {
        package let narHash: String?
        package let source: String
        package let observedAt: String
        /// `counted`, `failed` or `refused`.
        package let result: String
        package let party: String?
        /// `built` or `vouched`, for a counted claim.
        package let kind: String?
        package let reason: String?
    }

    /// What one cache answered.
    package struct SourceEntry: Codable, Sendable {
        package let name: String
        package let address: String
        /// `stated`, `absent`, `refused` or `trouble`.
        package let answer: String
        /// Why nothing that it said counts; nil when it stated something or has nothing.
        package let reason: String?
        package let remarks: [String]
    }

    package let path: String
    package let verdict: String
    package let requirement: String
    package let outcome: OutcomeReport?
    package let support: [Support]
    package let claims: [ClaimReport]
    package let silent: [String]
    package let failed: [String]
    package let notes: [String]
    package let exception: String?
    package let sources: [SourceEntry]
    /// With `--closure`: whether the path may be installed with everything that it refers to.
    package var installable: Bool?
    /// With `--closure`: which path stands in the way.
    package var blockedBy: String?
    /// The verdict on that path, in one word; nil when there is none.
    package var blockingVerdict: String?

    package init(_ verdict: Verdict, reports: [SourceReport] = []) {
        path = verdict.subject.description
        self.verdict = verdict.status.word
        requirement = verdict.requirement
        outcome = verdict.agreed.map(OutcomeReport.init)
        support = verdict.support.map {
            Support(
                outcome: OutcomeReport($0.outcome), parties: $0.parties, vouching: $0.vouchingParties, votes: $0.votes,
                meetsQuorum: $0.meetsQuorum)
        }
        claims = verdict.assessments.map(ClaimReport.init)
        silent = verdict.silentParties
        failed = verdict.failedParties
        notes = verdict.notes.map(\.description)
        exception = verdict.exception.map { "\($0.threshold) until \($0.until): \($0.reason)" }
        sources = reports.map {
            SourceEntry(name: $0.leaf, address: $0.address, answer: $0.word, reason: $0.reason, remarks: $0.remarks)
        }
    }

    /// The report as one JSON text.
    package func json() throws -> [UInt8] { try Self.encode(self) }

    /// Any report of ours as one JSON text: keys in order, slashes as they are.
    package static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value)) + [UInt8(ascii: "\n")]
    }
}

extension VerdictReport.OutcomeReport {
    package init(_ outcome: Outcome) {
        narHash = "sha256:\(outcome.digest.hex)"
        if case .storePath(let outcome) = outcome {
            narSize = outcome.narSize
            references = outcome.references
        } else {
            narSize = nil
            references = nil
        }
    }
}

extension VerdictReport.ClaimReport {
    init(_ assessment: ClaimAssessment) {
        let claim = assessment.claim
        if case .outcome(let outcome) = claim.statement {
            narHash = "sha256:\(outcome.digest.hex)"
        } else {
            narHash = nil
        }
        source = claim.source
        observedAt = claim.observedAt.description
        switch assessment.result {
        case .counted(let party, _, let built):
            (result, self.party, kind, reason) = ("counted", party, built ? "built" : "vouched", nil)
        case .failed(let party, _): (result, self.party, kind, reason) = ("failed", party, nil, nil)
        case .refused(let why): (result, self.party, kind, reason) = ("refused", nil, nil, why.description)
        }
    }
}

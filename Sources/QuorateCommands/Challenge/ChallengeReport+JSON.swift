internal import Quorum
internal import StoreFormats
internal import Verification

extension ChallengeReport {
    /// The version of this format; fields are only ever added within one version.
    static let formatVersion = 1

    private struct Document: Encodable {
        let version: Int
        let policy: String
        let contentsRead: Bool
        let summary: [String: Int]
        let paths: [Entry]
    }

    private struct Entry: Encodable {
        let path: String
        let result: String
        let reason: String?
        let statements: [Statement]
        let earlier: [Statement]
        let silent: [Silent]
        let comparison: Comparison?
    }

    private struct Statement: Encodable {
        let who: String
        let kind: String
        let address: String?
        let standing: String
        let signedBy: [String]?
        let note: String?
        let outcome: VerdictReport.OutcomeReport
        let remarks: [String]
    }

    private struct Silent: Encodable {
        let who: String
        let address: String?
        let reason: String
    }

    private struct Comparison: Encodable {
        let versions: [Version]
        let files: [File]
        let disagreements: [Disagreement]
        let troubles: [String]
    }

    private struct Version: Encodable {
        let narHash: String
        let readFrom: String?
    }

    private struct File: Encodable {
        let path: String
        let difference: String
        let nodes: [Node?]
    }

    private struct Node: Encodable {
        let kind: String
        var size: UInt64?
        var sha256: String?
        var executable: Bool?
        var target: String?

        init(_ node: TreeContents.Node) {
            kind = node.kind
            switch node {
            case .file(let size, let hash, let isExecutable):
                self.size = size
                sha256 = Base16.encode(hash)
                executable = isExecutable
            case .link(let target): self.target = String(decoding: target, as: UTF8.self)
            case .folder: break
            }
        }
    }

    private struct Disagreement: Encodable {
        let who: String
        let address: String
        let statedNarHash: String
        let foundNarHash: String?
        let foundNarSize: UInt64?
    }

    func json(policyDigest: Digest256, contentsRead: Bool) throws -> [UInt8] {
        try VerdictReport.encode(
            Document(
                version: Self.formatVersion, policy: "sha256:\(policyDigest.hex)", contentsRead: contentsRead,
                summary: Dictionary(
                    uniqueKeysWithValues: ChallengeResult.allCases.map { ($0.rawValue, count($0)) }),
                paths: items.map(Self.entry)))
    }

    private static func entry(_ item: ChallengedItem) -> Entry {
        Entry(
            path: item.path.path, result: item.result.rawValue, reason: item.reason,
            statements: item.testimonies.map(statement), earlier: item.earlier.map(statement),
            silent: item.silences.map { Silent(who: $0.name, address: $0.address, reason: $0.why) },
            comparison: item.inspection.map(comparison))
    }

    private static func statement(_ testimony: Testimony) -> Statement {
        var signers: [String]?
        var note: String?
        switch testimony.standing {
        case .signed(let parties): signers = parties
        case .copied(let why), .builtAgain(let why), .unsigned(let why): note = why
        case .builtHere, .proven: break
        }
        return Statement(
            who: testimony.source.name, kind: testimony.source.kind, address: testimony.source.address,
            standing: testimony.standing.word, signedBy: signers, note: note,
            outcome: VerdictReport.OutcomeReport(.storePath(testimony.outcome)), remarks: testimony.remarks)
    }

    private static func comparison(_ inspection: Inspection) -> Comparison {
        Comparison(
            versions: inspection.versions.map {
                Version(narHash: "sha256:\($0.outcome.narHash.hex)", readFrom: $0.readFrom)
            },
            files: inspection.differences.map { difference in
                File(
                    path: difference.path, difference: difference.word,
                    nodes: difference.nodes.map { $0.map(Node.init) })
            },
            disagreements: inspection.disagreements.map {
                Disagreement(
                    who: $0.name, address: $0.address, statedNarHash: "sha256:\($0.stated.narHash.hex)",
                    foundNarHash: $0.found.map { "sha256:\($0.hash.hex)" }, foundNarSize: $0.found?.size)
            }, troubles: inspection.troubles)
    }
}

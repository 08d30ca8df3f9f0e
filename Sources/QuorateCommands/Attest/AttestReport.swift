internal import ClaimSources
internal import Quorum
internal import StoreFormats
internal import Verification

/// What attesting some paths gave, and how it is told.
struct AttestReport {
    /// What became of one path.
    enum Finding: Sendable {
        /// It stands in the log now.
        case attested(index: UInt64)
        /// It stood there before.
        case known(index: UInt64)
        /// It would be attested, but for `--dry-run`.
        case ready
        /// The path proves what it holds: nobody needs a claim about it.
        case selfVerifying
        /// This machine did not build it, as far as its stores say.
        case notBuilt(String)
        /// It is known to nobody outside, or whether it is cannot be found out now.
        case notPublic(String, isFinal: Bool)
        /// It should stand in the log and does not.
        case failed(String)

        var word: String {
            switch self {
            case .attested: "attested"
            case .known: "known"
            case .ready: "ready"
            case .selfVerifying: "self-verifying"
            case .notBuilt: "not-built"
            case .notPublic: "not-public"
            case .failed: "failed"
            }
        }

        var style: Style {
            switch self {
            case .attested, .known, .ready, .selfVerifying: .green
            case .notBuilt, .notPublic: .yellow
            case .failed: .red
            }
        }

        var status: ExitStatus {
            switch self {
            case .attested, .known, .ready, .selfVerifying: .ok
            case .notBuilt, .notPublic: .short
            case .failed: .unavailable
            }
        }

        /// Whether a later try may end in another way, so that what waits goes on waiting.
        var isOpen: Bool {
            switch self {
            case .failed, .notPublic(_, isFinal: false): true
            default: false
            }
        }

        fileprivate var index: UInt64? {
            switch self {
            case .attested(let index), .known(let index): index
            default: nil
            }
        }

        fileprivate var reason: String? {
            switch self {
            case .notBuilt(let why), .failed(let why), .notPublic(let why, _): why
            default: nil
            }
        }
    }

    struct Entry: Sendable {
        let path: StorePath
        /// What is attested; nil where there is nothing.
        let build: LocalBuild?
        var finding: Finding
    }

    var entries: [Entry]
    /// Whether a checkpoint that was published covers all of it; nil where nobody waited for that.
    var isPublished: Bool?

    private static let words = ["attested", "known", "ready", "self-verifying", "not-built", "not-public", "failed"]

    /// All that was asked for stands in the log, or needs not to.
    var status: ExitStatus {
        let all = entries.map(\.finding.status)
        if all.contains(.unavailable) { return .unavailable }
        return all.contains(.short) ? .short : .ok
    }

    // MARK: - Text

    func print(to terminal: Terminal) {
        var table = Table(
            columns: [Table.Column("attest"), Table.Column("path"), Table.Column("what is said, or why nothing is")],
            overflow: .wrap)
        for entry in entries {
            table.add([
                StyledText(entry.finding.word, entry.finding.style), StyledText(entry.path.baseName),
                StyledText(explanation(entry)),
            ])
        }
        if !entries.isEmpty { terminal.output.line(table) }
        let counts = Self.words.compactMap { word -> String? in
            let count = entries.count { $0.finding.word == word }
            return count > 0 ? "\(count.grouped) \(word)" : nil
        }
        terminal.output.line(
            "\(entries.count.counted("path"))\(counts.isEmpty ? "" : ": " + counts.joined(separator: ", "))")
        if isPublished == false {
            terminal.errors.line(
                "quorate: \("warning", .yellow): too few witnesses have cosigned the log's checkpoint yet; it is "
                    + "published when they have")
        }
    }

    private func explanation(_ entry: Entry) -> String {
        if let reason = entry.finding.reason { return reason }
        guard let build = entry.build else { return "" }
        var text =
            switch build.result {
            case .built(let narHash, let narSize, _):
                "built: sha256:\(narHash.hex.prefix(12))…, \(ByteSize(narSize))"
            case .failed(let reason): "the build failed: \(reason)"
            }
        text += " (\(build.witness.rawValue))"
        if build.inputs == nil { text += "; its inputs are not known any more" }
        if let index = entry.finding.index { text += "; entry \(index)" }
        return text
    }

    // MARK: - JSON

    private struct Document: Encodable {
        let version = 1
        let published: Bool?
        let summary: [String: Int]
        let paths: [Path]
    }

    private struct Path: Encodable {
        let path: String
        let result: String
        let index: UInt64?
        let outcome: VerdictReport.OutcomeReport?
        let failed: String?
        let derivation: String?
        let witness: String?
        let inputsKnown: Bool?
        let reason: String?
    }

    func json() throws -> [UInt8] {
        var summary: [String: Int] = [:]
        for entry in entries { summary[entry.finding.word, default: 0] += 1 }
        return try VerdictReport.encode(
            Document(
                published: isPublished, summary: summary,
                paths: entries.map { entry in
                    var outcome: VerdictReport.OutcomeReport?
                    var failed: String?
                    switch entry.build?.result {
                    case .built(let narHash, let narSize, let references)?:
                        outcome = VerdictReport.OutcomeReport(
                            .storePath(StorePathOutcome(narHash, narSize, references)))
                    case .failed(let reason)?: failed = reason
                    case nil: break
                    }
                    return Path(
                        path: entry.path.path, result: entry.finding.word, index: entry.finding.index,
                        outcome: outcome, failed: failed, derivation: entry.build?.derivation.path,
                        witness: entry.build?.witness.rawValue, inputsKnown: entry.build.map { $0.inputs != nil },
                        reason: entry.finding.reason)
                }))
    }
}

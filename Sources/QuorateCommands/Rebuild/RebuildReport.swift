internal import Building
internal import Quorum
internal import StoreFormats
internal import Verification

/// What rebuilding some paths showed, and how it is told.
struct RebuildReport {
    /// What became of one path.
    enum Finding: String, Sendable, CaseIterable {
        /// Built, and everybody who states anything states the same.
        case same
        /// Built, and the path itself proves that it is right.
        case selfVerifying = "self-verifying"
        /// Built, and nobody states anything to compare it with.
        case alone
        /// The build failed.
        case failed
        /// It could not be tried: no derivation, or something that it needs is missing.
        case notTried = "not-tried"
        /// Built, and the same each time, but not under other conditions.
        case fragile
        /// Built, and different from what somebody states.
        case different
        /// Several builds on this machine gave different outcomes.
        case unstable

        var status: ExitStatus {
            switch self {
            case .same, .selfVerifying: .ok
            case .alone, .failed, .notTried: .short
            case .fragile, .different, .unstable: .disagreement
            }
        }

        /// Whether something came out in more than one way.
        var isDifference: Bool { status == .disagreement }

        var style: Style {
            switch status {
            case .ok: .green
            case .disagreement: .red
            default: .yellow
            }
        }
    }

    /// Somebody who states an outcome of the path.
    struct Stated: Sendable, Hashable {
        let who: String
        let outcome: StorePathOutcome
    }

    struct Entry: Sendable {
        let path: StorePath
        let derivation: StorePath?
        var run: RebuildRun?
        /// Why it could not be tried.
        var trouble: String?
        var stated: [Stated] = []
        /// Where copies of what was built are, with `--keep`.
        var kept: [String] = []
        /// What is agreed on now, with this machine's own builds among the claims.
        var verdict: Verdict?

        var built: [StorePathOutcome] { run?.outcomes(of: path) ?? [] }

        var finding: Finding {
            guard run?.failure == nil || !built.isEmpty else { return .failed }
            guard let first = built.first else { return .notTried }
            if built.count > 1 || run?.failure != nil { return .unstable }
            if stated.contains(where: { $0.outcome != first }) { return .different }
            if run?.culprits?.isEmpty == false { return .fragile }
            if case .selfVerifying(let outcome)? = verdict?.status, outcome == nil || outcome == .storePath(first) {
                return .selfVerifying
            }
            return stated.isEmpty ? .alone : .same
        }
    }

    let entries: [Entry]
    let policyDigest: Digest256
    /// Whether conditions were varied.
    let isVaried: Bool

    var status: ExitStatus {
        let all = entries.map(\.finding.status)
        if all.contains(.disagreement) { return .disagreement }
        return all.contains(.short) ? .short : .ok
    }

    // MARK: - Text

    func print(to terminal: Terminal) {
        var table = Table(
            columns: [Table.Column("rebuild"), Table.Column("path"), Table.Column("what was found")], overflow: .wrap)
        for entry in entries {
            let finding = entry.finding
            table.add([
                StyledText(finding.rawValue, finding.style), StyledText(entry.path.baseName), explanation(entry),
            ])
        }
        terminal.output.line(table)
        let counts = Finding.allCases.compactMap { finding -> String? in
            let count = entries.count { $0.finding == finding }
            return count > 0 ? "\(count.grouped) \(finding.rawValue)" : nil
        }
        terminal.output.line("\(entries.count.counted("path")): \(counts.joined(separator: ", "))")
    }

    private func explanation(_ entry: Entry) -> StyledText {
        var parts: [StyledText] = []
        if !entry.built.isEmpty {
            parts.append("here \(entry.built.map(Self.short).joined(separator: " and "), .bold)")
        }
        for outcome in Set(entry.stated.map(\.outcome)).sorted() {
            let names = entry.stated.filter { $0.outcome == outcome }.map(\.who).joined(separator: ", ")
            let isOurs = entry.built.contains(outcome)
            let text: StyledText = "\(Self.short(outcome), isOurs ? .green : .red) \(names)"
            let difference = entry.built.first.flatMap { isOurs ? nil : Self.difference($0, outcome) }
            parts.append(difference.map { text + " (\($0))" } ?? text)
        }
        if let failure = entry.run?.failure, let derivation = entry.derivation {
            parts.append("\(failure.message(for: derivation).split(separator: "\n").joined(separator: " "))")
        }
        if let trouble = entry.trouble ?? entry.run?.trouble { parts.append("\(trouble)") }
        if let culprits = entry.run?.culprits {
            if culprits.isEmpty {
                parts.append("no condition that was varied matters")
            } else {
                let words = culprits.map { group in
                    group.map { "\($0.name) (\($0.change))" }.joined(separator: " together with ")
                }
                parts.append("depends on \(words.joined(separator: "; and on "), .red)")
            }
        } else if isVaried, entry.finding == .unstable {
            parts.append("no condition is to blame: it differs without")
        }
        if entry.run?.sawTrueTime == true { parts.append("a program saw the true time when another was varied") }
        for place in entry.kept { parts.append("kept in \(place)") }
        if let verdict = entry.verdict { parts.append("verdict now: \(verdict.status.word)") }
        if let duration = entry.run?.duration { parts.append("\(duration.brief, .dim)") }
        return parts.joined(separator: "; ")
    }

    private static func short(_ outcome: StorePathOutcome) -> String {
        VerdictWords.shortHash(.storePath(outcome))
    }

    /// Which parts of two outcomes differ besides the hash, which always does.
    private static func difference(_ left: StorePathOutcome, _ right: StorePathOutcome) -> String? {
        var parts: [String] = []
        if left.narHash == right.narHash { parts.append("the same NAR") }
        if left.narSize != right.narSize { parts.append("\(right.narSize) bytes, not \(left.narSize)") }
        if left.references != right.references { parts.append("other references") }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }

    // MARK: - JSON

    private struct Document: Encodable {
        let version = 1
        let policy: String
        let summary: [String: Int]
        let paths: [Path]
    }

    private struct Path: Encodable {
        let path: String
        let result: String
        let derivation: String?
        let built: [VerdictReport.OutcomeReport]
        let stated: [Statement]
        let reason: String?
        let logTail: [String]?
        let seconds: Double?
        let dependsOn: [[String]]?
        let sawTrueTime: Bool?
        let kept: [String]?
        let verdict: VerdictReport?
    }

    private struct Statement: Encodable {
        let who: String
        let outcome: VerdictReport.OutcomeReport
    }

    func json() throws -> [UInt8] {
        var summary: [String: Int] = [:]
        for entry in entries { summary[entry.finding.rawValue, default: 0] += 1 }
        return try VerdictReport.encode(
            Document(
                policy: "sha256:\(policyDigest.hex)", summary: summary,
                paths: entries.map { entry in
                    let failure = entry.run?.failure
                    let reason = entry.derivation.flatMap { failure?.message(for: $0) }
                    return Path(
                        path: entry.path.path, result: entry.finding.rawValue, derivation: entry.derivation?.path,
                        built: entry.built.map { .init(.storePath($0)) },
                        stated: entry.stated.map { Statement(who: $0.who, outcome: .init(.storePath($0.outcome))) },
                        reason: reason ?? entry.trouble ?? entry.run?.trouble, logTail: failure?.logTail,
                        seconds: entry.run?.duration.map { $0 / .seconds(1) },
                        dependsOn: entry.run?.culprits.map { $0.map { $0.map(\.name) } },
                        sawTrueTime: entry.run?.sawTrueTime == true ? true : nil,
                        kept: entry.kept.isEmpty ? nil : entry.kept,
                        verdict: entry.verdict.map { VerdictReport($0) })
                }))
    }
}

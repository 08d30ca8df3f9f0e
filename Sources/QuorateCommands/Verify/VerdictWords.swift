internal import Quorum
internal import StoreFormats
internal import Verification

/// Verdicts in words for people.
enum VerdictWords {
    /// Every verdict's word, from best to worst.
    static let all = ["quorate", "self-verifying", "short", "unclaimed", "split", "conflict"]

    static func style(of word: String) -> Style {
        switch word {
        case "quorate", "self-verifying": .green
        case "short", "unclaimed": .yellow
        default: .red
        }
    }

    /// Who states what, in one line: each outcome by the first digits of its NAR hash, then who said nothing and why.
    static func explanation(_ verdict: Verdict, _ sources: [SourceReport]) -> StyledText {
        var parts: [StyledText] = []
        for support in verdict.support {
            let isAgreed = support.outcome == verdict.agreed
            parts.append(
                "\(shortHash(support.outcome), isAgreed ? .green : .red) \(support.parties.joined(separator: ", "))")
        }
        if case .selfVerifying = verdict.status { parts.append("the path itself proves its contents") }
        parts += refusals(verdict)
        for party in verdict.failedParties { parts.append("\(party): its build failed") }
        if !verdict.status.isAccepting || !verdict.silentParties.isEmpty {
            for source in sources {
                switch source.answer {
                case .stated: break
                case .absent: parts.append("\(source.leaf): does not have it")
                case .refused(let why), .trouble(let why): parts.append("\(source.leaf): \(why)")
                }
            }
        }
        for source in sources where !source.remarks.isEmpty {
            parts.append("\(source.leaf): \(source.remarks.joined(separator: ", "))")
        }
        for note in verdict.notes { parts.append("\(note.description)") }
        if let exception = verdict.exception {
            parts.append("exception until \(exception.until.description): \(exception.reason)")
        }
        if !verdict.status.isAccepting, verdict.support.isEmpty || verdict.status == .short {
            let isPossible = !verdict.requirement.hasPrefix(Verdict.nothingIsEnough)
            parts.append(isPossible ? "needs \(verdict.requirement)" : "\(verdict.requirement)")
        }
        return parts.joined(separator: "; ")
    }

    /// What was said and does not count, a line for each reason. What the policy never asked for is passed over.
    private static func refusals(_ verdict: Verdict) -> [StyledText] {
        var order: [String] = []
        var leaves: [String: Set<String>] = [:]
        for case .refused(let reason) in verdict.assessments.map(\.result) {
            switch reason {
            case .otherSubject, .unknownKey, .noQuorum, .outsideQuorum, .wrongScope: continue
            default: break
            }
            let words = reason.description
            if leaves[words] == nil { order.append(words) }
            leaves[words, default: []].formUnion(reason.unnamedLeaf.map { [$0] } ?? [])
        }
        return order.map { words in
            let named = (leaves[words] ?? []).sorted()
            return named.isEmpty ? "\(words)" : "\(named.joined(separator: ", ")): refused, \(words)"
        }
    }

    /// The first eight digits of the NAR hash as package managers write it.
    static func shortHash(_ outcome: Outcome) -> String {
        NarHash(outcome.digest.bytes).map { String($0.nix32.prefix(8)) } ?? String(outcome.digest.hex.prefix(8))
    }
}

internal import Quorum

extension ProofReport {
    /// What the verdict rests on, a line for each piece of evidence that counts.
    package var reliedOn: [String] {
        supporting.map { evidence, isBuilt in
            let voter = evidence.voter.map { $0.party == $0.leaf ? $0.party : "\($0.party) (\($0.leaf))" } ?? "?"
            return "\(voter) \(isBuilt ? "built" : "vouches for") it: \(words(for: evidence))"
        }
    }

    /// What was in the file and does not count, a line for each, and why.
    package var notCounted: [String] {
        evidence.flatMap { report -> [String] in
            switch report.result {
            case .refused(let why): return ["\(report.source.description): \(why)"]
            case .claims(let claims):
                return verdict.assessments.compactMap { assessment in
                    guard claims.contains(assessment.claim) else { return nil }
                    switch assessment.result {
                    case .counted:
                        guard case .outcome(let outcome) = assessment.claim.statement, outcome != verdict.agreed else {
                            return nil
                        }
                        let what = verdict.agreed == nil ? "states, with too few others," : "states another outcome,"
                        return "\(report.source.description): \(what) \(outcome)"
                    case .failed(_, let leaf): return "\(report.source.description): \(leaf) reports a failed build"
                    case .refused(let reason): return "\(report.source.description): \(reason)"
                    }
                }
            }
        }
    }

    /// What no proof file can show, or this one does not, as sentences.
    package var cannotShow: [String] {
        var sentences = [
            "Whether a key or an outcome was revoked after the file was made, unless the policy or a list here says so.",
            "Whether somebody who is not in the file states something else.",
            "Whether a log in it has shown another history to somebody else since.",
        ]
        if case .storePath = subject { sentences.append("Anything about the paths that this one refers to.") }
        let sources = supporting.map(\.evidence)
        let caches = sources.compactMap { report -> String? in
            switch report.source {
            case .cache(let key): key
            case .guixCache(let key): report.voter?.leaf ?? key
            case .log, .link: nil
            }
        }
        if !caches.isEmpty {
            sentences.append(
                "When these caches signed, and whether they built or copied: \(caches.joined(separator: ", ")).")
        }
        let unseen = sources.compactMap { report -> String? in
            guard case .log(let origin, _) = report.source, report.checkpointTime == .unneeded else { return nil }
            return origin
        }
        if !unseen.isEmpty {
            sentences.append(
                "When these logs were in the state shown, since the policy asks for no witnesses: "
                    + "\(unseen.joined(separator: ", ")).")
        }
        let links = sources.contains { if case .link = $0.source { true } else { false } }
        if links { sentences.append("When the rebuilders rebuilt it, and with what but the buildinfo.") }
        if sources.contains(where: { $0.startedOn != nil }) {
            sentences.append("That builders' clocks were right.")
        }
        return sentences
    }

    private func words(for evidence: EvidenceReport) -> String {
        var words = evidence.source.description
        if let size = evidence.treeSize { words += " of \(size)" }
        switch evidence.checkpointTime {
        case .at(let time)?:
            let names = evidence.cosigners.map(\.name).joined(separator: ", ")
            words += ", seen by \(names), at \(time) (\(age(of: time)))"
        case .unneeded?: words += ", no witnesses asked for"
        case nil: break
        }
        if let started = evidence.startedOn { words += ", build started \(started)" }
        return words
    }

    /// How long before the moment that was asked about.
    private func age(of time: Timestamp) -> String {
        let seconds = asOf.secondsSince1970 - time.secondsSince1970
        let units: [(length: Int64, name: String)] = [(86_400, "day"), (3_600, "hour"), (60, "minute")]
        for unit in units where seconds >= unit.length {
            let count = seconds / unit.length
            return "\(count) \(unit.name)\(count == 1 ? "" : "s") before"
        }
        return seconds >= 0 ? "less than a minute before" : "by clocks that are ahead"
    }
}

extension EvidenceReport.Source: CustomStringConvertible {
    /// In words.
    package var description: String {
        switch self {
        case .log(let origin, let index): "log \(origin), entry \(index)"
        case .cache(let key): "cache signature \(key)"
        case .guixCache(let key): "Guix signature of the key \(key)"
        case .link(let name): "rebuilder's link '\(name)'"
        }
    }

    /// As an address for summaries.
    var address: String {
        switch self {
        case .log(let origin, let index): "\(origin)/proof/\(index)"
        case .cache(let key): "narinfo-signature:\(key)"
        case .guixCache(let key): "guix-narinfo-signature:\(key)"
        case .link(let name): "rebuilder-link:\(name)"
        }
    }
}

internal import Quorum
internal import StoreFormats

extension ChallengeReport {
    /// Inconclusive items named, and differing files of one item, unless all are asked for.
    private static let sample = 20

    /// - Parameter listsAll: Whether to show what matches too, and everything else without an end.
    func print(to terminal: Terminal, listsAll: Bool) {
        var lines: [StyledText] = []
        func isShown(_ item: ChallengedItem) -> Bool { listsAll || item.result == .mismatch || item.hasWithdrawn }
        for item in items where isShown(item) { lines += self.lines(item, listsAll: listsAll) }
        let open = items.filter { $0.result == .inconclusive && !isShown($0) }
        if !listsAll {
            lines += open.prefix(Self.sample).map { "\($0.path): \("inconclusive", .yellow): \($0.reason ?? "")" }
            if open.count > Self.sample {
                lines.append("and \((open.count - Self.sample).grouped) more inconclusive (--verbose names them)")
            }
        }
        terminal.output.lines(lines)
        let sums = ChallengeResult.allCases.map { "\(count($0).grouped) \($0.noun) (\(share(of: count($0))))" }
        terminal.output.line(
            "\(items.count.grouped) path\(items.count == 1 ? "" : "s"): \(sums.joined(separator: ", "))")
    }

    private func share(of count: Int) -> String {
        items.isEmpty ? "0 %" : "\((Double(count) * 100 / Double(items.count)).tenths) %"
    }

    private func lines(_ item: ChallengedItem, listsAll: Bool) -> [StyledText] {
        var lines: [StyledText] = ["\(item.path): \(item.result.words, item.result.style)"]
        if let reason = item.reason { lines[0] += ": \(reason)" }
        let differs = Set(item.testimonies.map { "\($0.outcome.narHash)" }).count < item.outcomes.count
        for testimony in item.testimonies {
            var line: StyledText = "  \(Self.hash(testimony.outcome)) \(testimony.source.name)"
            // The hash is the same, so the difference has to be shown.
            if differs {
                line += " (\(testimony.outcome.narSize) bytes, \(testimony.outcome.references.count) references)"
            }
            line += ", \(testimony.words(countingUnsigned: item.countsUnsigned))"
            for remark in testimony.remarks { line += "; \(remark)" }
            lines.append(line)
        }
        lines += item.silences.map { "  \($0.name): \($0.why)" }
        lines += item.earlier.map { old in
            let words = old.words(countingUnsigned: item.countsUnsigned)
            return "  \(Self.hash(old.outcome)) \(old.source.name), \(words), \("earlier and not now", .yellow)"
        }
        if let inspection = item.inspection { lines += self.lines(inspection, item, listsAll: listsAll) }
        return lines
    }

    private func lines(_ inspection: Inspection, _ item: ChallengedItem, listsAll: Bool) -> [StyledText] {
        var lines: [StyledText] = inspection.disagreements.map { disagreement in
            var line: StyledText =
                "  \("narinfo and NAR disagree", .red): \(disagreement.name) states \(Self.hash(disagreement.stated)) and "
            guard let found = disagreement.found else {
                return line + "hands out more than the \(disagreement.stated.narSize) bytes stated"
            }
            line += "hands out \(found.hash.nix32) (\(found.size) bytes)"
            let others = item.testimonies.filter { $0.outcome.narHash.bytes == found.hash.bytes }.map(\.source.name)
            if let other = others.first { line += ", which is what \(other) has" }
            return line
        }
        lines += inspection.troubles.map { "  not compared: \($0)" }
        let compared = inspection.compared
        guard compared.count > 1 else { return lines }
        guard !inspection.differences.isEmpty else {
            return lines + ["  the contents are the same; what is said about them is not"]
        }
        let count = inspection.differences.count
        lines.append("  \(count.grouped) differ\(count == 1 ? "s" : "") in it:")
        let shown = listsAll ? inspection.differences[...] : inspection.differences.prefix(Self.sample)
        for difference in shown {
            let words = zip(compared, difference.nodes).map { version, node in
                "\(node?.words ?? "nothing") in \(Self.hash(version.outcome).prefix(8))"
            }
            lines.append("    \(difference.path, .bold)  \(difference.word): \(words.joined(separator: ", "))")
        }
        if shown.count < count {
            lines.append("    and \((count - shown.count).grouped) more (--verbose names them)")
        }
        return lines
    }

    /// As package managers write it.
    private static func hash(_ outcome: StorePathOutcome) -> String {
        NarHash(outcome.narHash.bytes)?.nix32 ?? outcome.narHash.hex
    }
}

extension ChallengeResult {
    var style: Style {
        switch self {
        case .match: .green
        case .mismatch: .red
        case .inconclusive: .yellow
        }
    }

    fileprivate var words: String {
        switch self {
        case .match: "contents match"
        case .mismatch: "contents differ"
        case .inconclusive: "inconclusive"
        }
    }

    fileprivate var noun: String {
        switch self {
        case .match: "match"
        case .mismatch: "differ"
        case .inconclusive: "inconclusive"
        }
    }
}

import Glibc

/// The figures, told as they come and kept for the end.
final class Report {
    /// What a figure has to be.
    enum Bar {
        case atLeast(Double)
        case atMost(Double)

        func isMet(_ value: Double) -> Bool {
            switch self {
            case .atLeast(let least): value >= least
            case .atMost(let most): value <= most
            }
        }

        func text(_ unit: Unit) -> String {
            switch self {
            case .atLeast(let least): "≥ \(unit.text(least))"
            case .atMost(let most): "≤ \(unit.text(most))"
            }
        }
    }

    private(set) var rows = ["| what | Quorate | beside | ratio | bar |", "|---|---|---|---|---|"]
    private(set) var missed = 0

    /// A measurement with a peer's; the ratio is the one that the bar is about.
    func compare(
        _ what: String, _ ours: Samples, _ peer: String, _ theirs: Samples, _ unit: Unit, ratio: Double, _ bar: Bar?
    ) {
        row([
            what, ours.text(unit), "\(peer) \(theirs.text(unit))", Unit.ratio.text(ratio), verdict(bar, ratio, .ratio),
        ])
    }

    /// A measurement with a bar of its own.
    func single(_ what: String, _ samples: Samples, _ unit: Unit, _ bar: Bar?, note: String = "") {
        row([what, samples.text(unit), note, "", verdict(bar, samples.median, unit)])
    }

    func note(_ text: String) {
        Self.say(text)
    }

    private func verdict(_ bar: Bar?, _ value: Double, _ unit: Unit) -> String {
        guard let bar else { return "" }
        if bar.isMet(value) { return "\(bar.text(unit)): met" }
        missed += 1
        return "\(bar.text(unit)): MISSED"
    }

    private func row(_ cells: [String]) {
        let line = "| \(cells.joined(separator: " | ")) |"
        rows.append(line)
        Self.say(line)
    }

    static func say(_ text: String) {
        text.withCString { _ = puts($0) }
        fflush(nil)
    }
}

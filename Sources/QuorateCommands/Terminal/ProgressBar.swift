import Synchronization

/// How far a long job is: `Fetching narinfos [====>     ] 1,234/5,000  320/s  12 s left`.
///
/// Shown on standard error, and only where that is a terminal; it leaves nothing behind.
package final class ProgressBar: LiveLine {
    package enum Unit: Sendable {
        case items
        case bytes
    }

    private struct Pace {
        var time: Duration
        var done: Int
        /// Per second, smoothed.
        var rate: Double?
        var lastPlainLine: Duration
    }

    /// How often a line appears where none can be redrawn.
    static let plainInterval = Duration.seconds(10)
    /// Seconds over which the rate is smoothed.
    private static let smoothing = 3.0
    /// Columns of the bar between its brackets, if there is room.
    private static let barWidth = 24
    private static let minimumBarWidth = 6

    private let terminal: Terminal
    private let label: StyledText
    private let unit: Unit
    private let start: Duration
    let hasPlainText: Bool
    private let done = Atomic<Int>(0)
    /// Negative while it is not known.
    private let total: Atomic<Int>
    /// What the last drawing saw; only drawing touches it.
    private let pace: Mutex<Pace>

    /// Shows it from the next redraw on, until ``finish()``.
    ///
    /// - Parameter plainLines: off a terminal, writes a line every ten seconds.
    package init(
        _ terminal: Terminal, _ label: StyledText, total: Int? = nil, unit: Unit = .items, plainLines: Bool = false
    ) {
        self.terminal = terminal
        self.label = label
        self.unit = unit
        self.total = Atomic(total ?? -1)
        hasPlainText = plainLines
        start = terminal.now()
        pace = Mutex(Pace(time: start, done: 0, rate: nil, lastPlainLine: start))
        terminal.add(self)
    }

    /// Shows a bar while `body` runs.
    package static func run<Value>(
        _ terminal: Terminal, _ label: StyledText, total: Int? = nil, unit: Unit = .items, plainLines: Bool = false,
        isolation: isolated (any Actor)? = #isolation, _ body: (ProgressBar) async throws -> Value
    ) async rethrows -> Value {
        let bar = ProgressBar(terminal, label, total: total, unit: unit, plainLines: plainLines)
        defer { bar.finish() }
        return try await body(bar)
    }

    /// Counts work that is done; never waits, so event loops may call it.
    package func advance(by amount: Int = 1) {
        done.wrappingAdd(amount, ordering: .relaxed)
    }

    package func setTotal(_ total: Int) {
        self.total.store(total, ordering: .relaxed)
    }

    /// Takes it away; to call it again does nothing.
    package func finish() {
        terminal.remove(self)
    }

    // MARK: - Drawing

    func liveText(now: Duration, width: Int) -> StyledText? {
        let numbers = numbers(now: now)
        guard let fraction = fraction else { return label + "  " + numbers }
        let rest = width - label.width - numbers.width - 5
        guard rest >= Self.minimumBarWidth else { return label + "  " + numbers }
        return label + " [\(bar(fraction, width: min(rest, Self.barWidth)), .cyan)] " + numbers
    }

    func plainText(now: Duration) -> StyledText? {
        guard hasPlainText else { return nil }
        let isDue = pace.withLock { pace in
            guard now - pace.lastPlainLine >= Self.plainInterval else { return false }
            pace.lastPlainLine = now
            return true
        }
        return isDue ? label + ": " + numbers(now: now) : nil
    }

    private var fraction: Double? {
        let total = total.load(ordering: .relaxed)
        guard total > 0 else { return nil }
        return min(1, max(0, Double(done.load(ordering: .relaxed)) / Double(total)))
    }

    private func bar(_ fraction: Double, width: Int) -> String {
        let filled = Int(fraction * Double(width))
        guard filled < width else { return String(repeating: "=", count: width) }
        return String(repeating: "=", count: filled) + ">" + String(repeating: " ", count: width - filled - 1)
    }

    private func numbers(now: Duration) -> StyledText {
        let done = done.load(ordering: .relaxed)
        let total = total.load(ordering: .relaxed)
        var text: StyledText = "\(amount(done))"
        if total >= 0 { text += "/\(amount(total))" }
        guard let rate = rate(now: now, done: done), rate > 0 else { return text }
        text += "  \(amount(Int(min(rate, 1e15).rounded())))/s"
        if total > done {
            let seconds = Double(total - done) / rate
            // An estimate of more than four days is a guess about something that stands still.
            if seconds < 4 * 86400 { text += "  \(Duration.seconds(seconds.rounded(.up)).briefSeconds, .dim) left" }
        }
        return text
    }

    private func amount(_ number: Int) -> String {
        switch unit {
        case .items: number.grouped
        case .bytes: ByteSize(number).description
        }
    }

    /// Units per second, nil until it can be told.
    private func rate(now: Duration, done: Int) -> Double? {
        pace.withLock { pace in
            let elapsed = (now - pace.time) / .seconds(1)
            // Two drawings at the same moment have no rate between them.
            guard elapsed >= 0.05 else { return pace.rate }
            let recent = Double(max(0, done - pace.done)) / elapsed
            let weight = min(1, elapsed / Self.smoothing)
            pace.rate = pace.rate.map { $0 + (recent - $0) * weight } ?? (done > 0 ? recent : nil)
            pace.time = now
            pace.done = done
            return pace.rate
        }
    }
}

import Synchronization

/// One step of a ``StepList``.
package final class Step: LiveLine {
    private struct State {
        var text: StyledText = ""
        var result: StyledText?
        var isOver = false
    }

    private let terminal: Terminal
    /// Number and title.
    private let title: StyledText
    private let start: Duration
    private let state = Mutex(State())

    init(_ terminal: Terminal, _ title: StyledText) {
        self.terminal = terminal
        self.title = title
        start = terminal.now()
        if terminal.drawsLive {
            terminal.add(self)
        } else {
            terminal.output.line(title + " …")
        }
    }

    /// What it is doing right now, for the live line.
    package func state(_ text: StyledText) {
        state.withLock { $0.text = text }
    }

    /// What came out of it, for the line that stays.
    package func result(_ text: StyledText) {
        state.withLock { $0.result = text }
    }

    /// A line that stays, indented under the steps.
    package func note(_ text: StyledText) {
        terminal.output.line("      " + text)
    }

    /// Ends it well; only the first end counts.
    package func finish(_ result: StyledText? = nil) {
        end { result ?? $0.result ?? "done" }
    }

    /// Ends it badly; only the first end counts.
    package func fail(_ reason: StyledText) {
        end { _ in "\("failed", [.bold, .red]): " + reason }
    }

    private func end(_ outcome: (State) -> StyledText) {
        let text: StyledText? = state.withLock { state in
            guard !state.isOver else { return nil }
            state.isOver = true
            return outcome(state)
        }
        guard let text else { return }
        terminal.remove(self)
        terminal.output.line(title + ": " + text + " \("(\(elapsed(terminal.now()).brief))", .dim)")
    }

    private func elapsed(_ now: Duration) -> Duration { now - start }

    // MARK: - Live line

    let hasPlainText = false

    func plainText(now: Duration) -> StyledText? { nil }

    func liveText(now: Duration, width: Int) -> StyledText? {
        let text = state.withLock { $0.text }
        var line = title + " …"
        if !text.isEmpty { line += " " + text }
        let elapsed = elapsed(now)
        guard elapsed >= .seconds(1) else { return line }
        let time: StyledText = " \("(\(elapsed.briefSeconds))", .dim)"
        return line.truncated(to: width - time.width) + time
    }
}

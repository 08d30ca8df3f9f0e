import Glibc
import Synchronization

/// Standard output and standard error of this process, as people and programs see them.
///
/// Results go to ``output``, everything else to ``errors``. Both are written in whole pieces, and live lines (progress)
/// keep out of their way.
package final class Terminal: Sendable {
    /// Who calls ``tick()``.
    package enum Pacing: Sendable {
        /// A thread, ten times a second, while there are live lines.
        case thread
        /// Nobody: a test does.
        case manual
    }

    enum Target {
        case output
        case errors
    }

    struct State {
        var live: [any LiveLine] = []
        /// The lines that stand at the bottom now, as they were written.
        var drawn: [String] = []
        /// Something was written to a terminal without a line's end: live lines wait, or they would wipe it out.
        var isInsideLine = false
        var isTicking = false
        var outputFailure: Int32?
        var isOutputClosed = false
        var isErrorsClosed = false
    }

    /// Live lines shown at once; more would push the rest off a small terminal.
    static let maximumLiveLines = 8
    /// For a terminal that does not tell its width.
    static let defaultWidth = 80
    private static let variables = ["CLICOLOR", "CLICOLOR_FORCE", "COLUMNS", "NO_COLOR", "TERM"]

    private let sinks: (output: any TerminalSink, errors: any TerminalSink)
    private let colors: (output: Bool, errors: Bool)
    private let fixedWidth: Int?
    private let pacing: Pacing
    private let onBrokenPipe: @Sendable () -> Void
    /// Time since some fixed moment.
    let now: @Sendable () -> Duration
    /// Whether lines can be redrawn on standard error.
    let drawsLive: Bool
    /// Held while something is written, so that two writers never mix.
    private let state = Mutex(State())

    /// - Parameters:
    ///   - color: what the user asked for.
    ///   - environment: `NO_COLOR`, `CLICOLOR`, `CLICOLOR_FORCE`, `TERM` and `COLUMNS` are looked at.
    ///   - onBrokenPipe: runs when the reader of standard output has gone.
    package init(
        color: ColorChoice = .auto, environment: [String: String], output: any TerminalSink, errors: any TerminalSink,
        pacing: Pacing = .thread, now: @escaping @Sendable () -> Duration = Terminal.uptime,
        onBrokenPipe: @escaping @Sendable () -> Void = Terminal.endByBrokenPipe
    ) {
        sinks = (output, errors)
        colors = (
            color.wantsColor(isTerminal: output.isTerminal, environment: environment),
            color.wantsColor(isTerminal: errors.isTerminal, environment: environment)
        )
        fixedWidth = environment["COLUMNS"].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
        drawsLive = errors.isTerminal && Self.canMoveCursor(environment)
        self.pacing = pacing
        self.now = now
        self.onBrokenPipe = onBrokenPipe
    }

    /// The terminal of this process.
    package static func standard(color: ColorChoice = .auto) -> Terminal {
        var environment: [String: String] = [:]
        for name in variables {
            if let value = getenv(name) { environment[name] = String(cString: value) }
        }
        return Terminal(
            color: color, environment: environment, output: DescriptorSink(descriptor: STDOUT_FILENO),
            errors: DescriptorSink(descriptor: STDERR_FILENO))
    }

    /// For results.
    package var output: TerminalStream { TerminalStream(terminal: self, target: .output) }
    /// For what happens on the way, and for what went wrong.
    package var errors: TerminalStream { TerminalStream(terminal: self, target: .errors) }

    /// Says at the end of a command whether all of its results were written.
    package func checkOutput() throws(TerminalError) {
        guard let failure = state.withLock({ $0.outputFailure }) else { return }
        throw TerminalError(
            .outputFailed, "cannot write to standard output: \(String(cString: strerror(failure)))")
    }

    // MARK: - For streams

    func isTerminal(_ target: Target) -> Bool { sink(target).isTerminal }

    func usesColor(_ target: Target) -> Bool { target == .output ? colors.output : colors.errors }

    /// Asked each time, since people change the size of their windows.
    func width(_ target: Target) -> Int? {
        let sink = sink(target)
        guard sink.isTerminal else { return nil }
        return max(20, fixedWidth ?? sink.columns ?? Self.defaultWidth)
    }

    func write(_ bytes: [UInt8], to target: Target) {
        guard !bytes.isEmpty else { return }
        let isClosed = state.withLock { state in
            let onScreen = sink(target).isTerminal
            // What stood there comes back as it was; the next tick brings the news.
            let drawn = state.drawn
            if onScreen { erase(&state) }
            let isClosed = send(bytes, to: target, &state)
            if onScreen {
                state.isInsideLine = bytes.last != UInt8(ascii: "\n")
                draw(drawn, &state)
            }
            return isClosed
        }
        if isClosed { onBrokenPipe() }
    }

    // MARK: - Live lines

    func add(_ line: any LiveLine) {
        guard drawsLive || line.hasPlainText else { return }
        let start = state.withLock { state in
            state.live.append(line)
            defer { state.isTicking = true }
            return !state.isTicking
        }
        if start, pacing == .thread { LiveTicker.start(self) }
    }

    func remove(_ line: any LiveLine) {
        state.withLock { state in
            guard let index = state.live.firstIndex(where: { $0 === line }) else { return }
            state.live.remove(at: index)
            guard !state.drawn.isEmpty else { return }
            erase(&state)
            draw(lines(of: state), &state)
        }
    }

    /// Takes all live lines away, for a process that ends in the middle of its work.
    package func clearLive() {
        state.withLock { state in
            state.live = []
            erase(&state)
        }
    }

    /// Draws the live lines anew.
    ///
    /// - Returns: whether there are any, so that it is worth to come again.
    @discardableResult
    package func tick() -> Bool {
        state.withLock { state in
            guard !state.live.isEmpty else {
                state.isTicking = false
                return false
            }
            if drawsLive {
                redraw(&state)
            } else {
                let now = now()
                for text in state.live.compactMap({ $0.plainText(now: now) }) {
                    _ = send(Array((text.rendered(color: colors.errors) + "\n").utf8), to: .errors, &state)
                }
            }
            return true
        }
    }

    private func redraw(_ state: inout State) {
        guard !state.isInsideLine else { return }
        let lines = lines(of: state)
        guard lines != state.drawn else { return }
        let text = Self.erasing(state.drawn.count) + lines.joined(separator: "\n")
        state.drawn = lines
        _ = send(Array(text.utf8), to: .errors, &state)
    }

    private func draw(_ lines: [String], _ state: inout State) {
        guard drawsLive, !lines.isEmpty, !state.isInsideLine else { return }
        state.drawn = lines
        _ = send(Array(lines.joined(separator: "\n").utf8), to: .errors, &state)
    }

    private func erase(_ state: inout State) {
        guard !state.drawn.isEmpty else { return }
        let text = Self.erasing(state.drawn.count)
        state.drawn = []
        _ = send(Array(text.utf8), to: .errors, &state)
    }

    private func lines(of state: State) -> [String] {
        // The last column stays free: many terminals wrap when it is written.
        let width = (width(.errors) ?? Self.defaultWidth) - 1
        let now = now()
        return state.live.prefix(Self.maximumLiveLines).compactMap { line in
            line.liveText(now: now, width: width)?.truncated(to: width).rendered(color: colors.errors)
        }
    }

    /// Back to the start of the first of `count` lines, of which the cursor is in the last, with all of them empty.
    private static func erasing(_ count: Int) -> String {
        guard count > 0 else { return "" }
        return "\r\u{1b}[2K" + String(repeating: "\u{1b}[1A\u{1b}[2K", count: count - 1)
    }

    // MARK: - Writing

    private func sink(_ target: Target) -> any TerminalSink {
        target == .output ? sinks.output : sinks.errors
    }

    /// - Returns: whether standard output was found closed, for the first time.
    private func send(_ bytes: [UInt8], to target: Target, _ state: inout State) -> Bool {
        switch target {
        case .output:
            guard !state.isOutputClosed, state.outputFailure == nil else { return false }
            switch sinks.output.write(bytes) {
            case .written: return false
            case .failed(let error):
                state.outputFailure = error
                return false
            case .closed:
                state.isOutputClosed = true
                return true
            }
        case .errors:
            // Nobody is left to whom one could complain.
            if !state.isErrorsClosed, sinks.errors.write(bytes) == .closed { state.isErrorsClosed = true }
            return false
        }
    }

    // MARK: - Environment

    static func canMoveCursor(_ environment: [String: String]) -> Bool {
        !["", "dumb"].contains(environment["TERM"] ?? "")
    }

    package static func uptime() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }

    /// Ends the process as the signal would have, had nobody ignored it: silently, and the shell sees why.
    package static func endByBrokenPipe() {
        signal(SIGPIPE, SIG_DFL)
        raise(SIGPIPE)
        _exit(128 + SIGPIPE)
    }
}

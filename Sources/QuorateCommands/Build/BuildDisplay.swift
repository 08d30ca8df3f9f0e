internal import Building
internal import LocalStore
internal import StoreFormats
internal import Synchronization

/// Shows what runs while things are built: live lines on a terminal, a line for each build elsewhere.
final class BuildDisplay: LiveLine {
    private struct State {
        var builds = 0
        var built = 0
        /// Built by another process meanwhile.
        var builtElsewhere = 0
        var failed = 0
        var fetches = 0
        var fetched = 0
        var fetchSize: UInt64 = 0
        var fetchedBytes: UInt64 = 0
        /// What came so far of paths that are being fetched, and how much each will be.
        var bytesOfPath: [StorePath: UInt64] = [:]
        var sizes: [StorePath: UInt64] = [:]
        var running: [StorePath: RunningBuild] = [:]
        var fetching: Set<StorePath> = []
    }

    /// What really happened, for the summary.
    struct Counts: Sendable {
        var built = 0
        var builtElsewhere = 0
        var failed = 0
        var fetched = 0
        var fetchedBytes: UInt64 = 0
        let elapsed: Duration
    }

    private let terminal: Terminal
    private let printsLogs: Bool
    private let start: Duration
    private let state = Mutex(State())

    let hasPlainText = false

    /// Shows itself until ``finish()``.
    /// - Parameter printsLogs: Whether every line of every build is printed.
    init(_ terminal: Terminal, printsLogs: Bool) {
        self.terminal = terminal
        self.printsLogs = printsLogs
        start = terminal.now()
        terminal.add(self)
    }

    /// Takes everything away; to call it again does nothing.
    func finish() {
        for running in state.withLock({ Array($0.running.values) }) { terminal.remove(running) }
        terminal.remove(self)
    }

    var counts: Counts {
        let elapsed = terminal.now() - start
        return state.withLock {
            Counts(
                built: $0.built, builtElsewhere: $0.builtElsewhere, failed: $0.failed, fetched: $0.fetched,
                fetchedBytes: $0.fetchedBytes,
                elapsed: elapsed)
        }
    }

    func take(_ event: BuildEvent) {
        switch event {
        case .planned(let plan):
            state.withLock { state in
                state.builds += plan.builds.count
                state.fetches += plan.fetches.count
                state.fetchSize += plan.fetchedNarSize
                for fetch in plan.fetches { state.sizes[fetch.offer.info.path] = fetch.offer.info.narSize }
            }
        case .waiting(let derivation):
            terminal.errors.line("waiting for another process that builds \(Self.name(derivation), .bold)")
        case .started(let derivation): begin(derivation)
        case .line(let derivation, let bytes): log(bytes, of: derivation)
        case .phase(let derivation, let name): state.withLock { $0.running[derivation] }?.begin(phase: name)
        case .registering(let derivation):
            state.withLock { $0.running[derivation] }?.say("hashing and registering")
        case .finished(let derivation, let outcome): end(derivation, outcome)
        case .fetching(let path):
            state.withLock { _ = $0.fetching.insert(path) }
            if !terminal.drawsLive { terminal.errors.line("fetching \(path.path)") }
        case .fetched(let path, let bytes):
            state.withLock { state in
                state.fetchedBytes += bytes - min(bytes, state.bytesOfPath[path] ?? 0)
                state.bytesOfPath[path] = bytes
            }
        case .fetchFinished(let path):
            state.withLock { state in
                state.fetching.remove(path)
                let came = state.bytesOfPath.removeValue(forKey: path) ?? 0
                state.fetchedBytes += max(came, state.sizes[path] ?? 0) - came
                state.fetched += 1
            }
        case .fetchFailed(let path, let message):
            state.withLock { _ = $0.fetching.remove(path) }
            // Whoever fetched may have named the path already.
            let name = "\(path.path): "
            let reason = message.hasPrefix(name) ? String(message.dropFirst(name.count)) : message
            terminal.errors.line("\("not fetched", .yellow): \(path.path): \(reason)")
        case .warning(let text): terminal.errors.line("quorate: \("warning", .yellow): \(text)")
        }
    }

    private func begin(_ derivation: StorePath) {
        let running = RunningBuild(Self.name(derivation), since: terminal.now())
        let old = state.withLock { $0.running.updateValue(running, forKey: derivation) }
        if let old { terminal.remove(old) }
        if terminal.drawsLive {
            terminal.add(running)
        } else {
            terminal.errors.line("building \(derivation.path)")
        }
    }

    /// A rebuild has ended, which tells no event of its own.
    func rebuilt(_ derivation: StorePath) {
        let running = state.withLock { state in
            state.built += 1
            return state.running.removeValue(forKey: derivation)
        }
        if let running { terminal.remove(running) }
    }

    /// So many builds are going to be begun without being planned.
    func expect(builds: Int) { state.withLock { $0.builds += builds } }

    private func log(_ bytes: [UInt8], of derivation: StorePath) {
        let text = String(decoding: bytes, as: UTF8.self)
        if printsLogs {
            terminal.errors.line("\(Self.name(derivation), .dim)\("> ", .dim)\(text)")
        } else {
            state.withLock { $0.running[derivation] }?.say(text)
        }
    }

    private func end(_ derivation: StorePath, _ outcome: BuildOutcome) {
        let running = state.withLock { state -> RunningBuild? in
            switch outcome {
            case .built: state.built += 1
            case .alreadyValid: state.builtElsewhere += 1
            case .failed: state.failed += 1
            }
            return state.running.removeValue(forKey: derivation)
        }
        if let running { terminal.remove(running) }
        guard case .failed(let failure, _) = outcome else { return }
        if case .dependency = failure.kind { return }
        Self.show(failure, of: derivation, on: terminal, withLog: !printsLogs)
    }

    /// Prints why a build failed, with the end of its log.
    static func show(_ failure: BuildFailure, of derivation: StorePath, on terminal: Terminal, withLog: Bool = true) {
        var lines: [StyledText] = []
        let message = failure.message(for: derivation).split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in message.enumerated() {
            lines.append(index == 0 ? "\("error", [.bold, .red]): \(String(line))" : "\(String(line))")
        }
        if withLog, !failure.logTail.isEmpty {
            let count = failure.logTail.count
            lines.append(count == 1 ? "       the end of its log:" : "       the last \(count) lines of its log:")
            for line in failure.logTail { lines.append("       > \(line)") }
        }
        if let folder = failure.keptFolder { lines.append("       its build folder is kept in \(folder)") }
        if !failure.logTail.isEmpty {
            lines.append("       the whole log: quorate log show \(derivation.path)")
        }
        terminal.errors.lines(lines)
    }

    // MARK: - Live line

    func plainText(now: Duration) -> StyledText? { nil }

    func liveText(now: Duration, width: Int) -> StyledText? {
        let (state, running) = state.withLock { ($0, $0.running.count) }
        var parts: [StyledText] = []
        if state.builds > 0 {
            let done = state.built + state.builtElsewhere
            let left = max(0, state.builds - done - state.failed - running)
            parts.append("building \(running.grouped, .bold), \(left.grouped) to go, \(done.grouped) done")
        }
        if state.fetches > 0 {
            parts.append(
                "fetched \(state.fetched.grouped)/\(state.fetches.grouped) "
                    + "(\(ByteSize(state.fetchedBytes).description) of \(ByteSize(state.fetchSize).description))")
        }
        if state.failed > 0 { parts.append("\(state.failed.grouped, [.bold, .red]) failed") }
        if parts.isEmpty { parts.append("looking for what is there") }
        return parts.joined(separator: ", ") + " \("(\((now - start).briefSeconds))", .dim)"
    }

    /// `hello-1.0` of `…-hello-1.0.drv`.
    static func name(_ derivation: StorePath) -> String {
        derivation.isDerivation ? String(derivation.name.dropLast(4)) : derivation.name
    }
}

/// The live line of one build: how long, and what it said last.
private final class RunningBuild: LiveLine {
    private let name: String
    private let start: Duration
    private let words = Mutex((phase: "", last: ""))

    let hasPlainText = false

    init(_ name: String, since start: Duration) {
        self.name = name
        self.start = start
    }

    func say(_ text: String) { words.withLock { $0.last = text } }

    func begin(phase: String) { words.withLock { $0.phase = phase } }

    func plainText(now: Duration) -> StyledText? { nil }

    func liveText(now: Duration, width: Int) -> StyledText? {
        let (phase, last) = words.withLock { $0 }
        let time: StyledText = "  \(name, .cyan) \("\((now - start).briefSeconds)", .dim)"
        return (phase.isEmpty ? time : time + " \(phase)") + "  \(last, .dim)"
    }
}

internal import Synchronization
internal import Verification

/// Follows a policy's logs before a command tallies, and tells what people should know.
enum LogReading {
    /// Longest wait for all of them. A log of a million claims is read in parts: each run goes on where the last ended.
    private static let patience = Duration.seconds(120)

    static func run(_ logs: LogSet, terminal: Terminal) async {
        guard !logs.logs.isEmpty else { return }
        let count = logs.logs.count
        let bar = ProgressBar(terminal, "Reading \(count) log\(count == 1 ? "" : "s")", plainLines: true)
        let read = Mutex(0)
        var options = FollowOptions()
        options.deadline = patience
        options.onProgress = { done, total in
            bar.setTotal(Int(clamping: total))
            let done = Int(clamping: done)
            let more = read.withLock { read in
                defer { read = max(read, done) }
                return max(0, done - read)
            }
            bar.advance(by: more)
        }
        let statuses = await logs.follow(options)
        bar.finish()
        for status in statuses {
            if let line = line(status) { terminal.errors.line(line) }
        }
    }

    private static func without(_ prefix: String, _ text: String) -> String {
        text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : text
    }

    /// What to tell about a log; nil when all is well.
    private static func line(_ status: LogStatus) -> StyledText? {
        let origin = status.log.origin
        if let message = status.message.map({ Self.without("is \(status.standing.rawValue): ", $0) }) {
            return status.isAlarm
                ? "quorate: \("ALARM", .red): the log \(origin) is \(status.standing.rawValue): \(message)"
                : "quorate: \("warning", .yellow): the log \(origin): \(message)"
        }
        if status.pendingEntries > 0 {
            return
                "quorate: \("warning", .yellow): the log \(origin): "
                + "\(status.pendingEntries.counted("entry", "entries")) without the list of references that should stand beside; asked for again"
        }
        return nil
    }
}

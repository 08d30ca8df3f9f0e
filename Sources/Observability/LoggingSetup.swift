import Glibc
package import Logging
import Synchronization

/// How this program logs: from which level on, in which form, and where to.
package struct LoggingSetup: Sendable {
    package var level: Logger.Level
    package var format: LogFormat
    /// Whether the level's word is coloured (text only).
    package var color: Bool
    /// The clock, replaceable for tests.
    package var now: @Sendable () -> LogTime

    /// - Parameter color: nil asks the environment: yes on a terminal that is not `dumb`, unless `NO_COLOR` is set.
    package init(
        level: Logger.Level = .info, format: LogFormat = .text, color: Bool? = nil,
        now: @escaping @Sendable () -> LogTime = LogTime.now
    ) {
        self.level = level
        self.format = format
        self.color = color ?? Self.terminalWantsColor()
        self.now = now
    }

    /// Makes this the process' logging. swift-log takes only one set-up in a process, so a second call changes
    /// nothing.
    ///
    /// - Parameter write: takes one whole line at a time; may be called from any thread.
    /// - Returns: whether this call did it.
    @discardableResult
    package func bootstrap(
        write: @escaping @Sendable ([UInt8]) -> Void = { StandardErrorLog.shared.write($0) }
    ) -> Bool {
        guard !Self.isDone.exchange(true, ordering: .relaxed) else { return false }
        LoggingSystem.bootstrap(
            { label, provider in
                LineLogHandler(label: label, setup: self, metadataProvider: provider, write: write)
            }, metadataProvider: nil)
        return true
    }

    /// A logger of this set-up without touching the process' one.
    package func makeLogger(_ label: String, write: @escaping @Sendable ([UInt8]) -> Void) -> Logger {
        Logger(label: label) { LineLogHandler(label: $0, setup: self, write: write) }
    }

    private static let isDone = Atomic<Bool>(false)

    private static func terminalWantsColor() -> Bool {
        func variable(_ name: String) -> String {
            getenv(name).map { String(cString: $0) } ?? ""
        }
        return isatty(STDERR_FILENO) == 1 && variable("NO_COLOR").isEmpty && !["", "dumb"].contains(variable("TERM"))
    }
}

package import ArgumentParser
package import Logging

/// How much servers tell.
package struct LogLevelOption: ParsableArguments {
    @Option(help: "How much is logged.")
    package var logLevel: LogLevel = .notice

    package init() {}

    package var level: Logger.Level { Logger.Level(rawValue: logLevel.rawValue) ?? .notice }
}

/// The levels of logging, from everything to next to nothing.
package enum LogLevel: String, CaseIterable, Sendable {
    case trace
    case debug
    case info
    case notice
    case warning
    case error
    case critical
}

extension LogLevel: ExpressibleByArgument {}

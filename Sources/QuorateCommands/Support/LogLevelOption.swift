internal import ArgumentParser
package import Logging

/// How much servers tell.
package struct LogLevelOption: ParsableArguments {
    @Option(help: "trace, debug, info, notice, warning, error or critical.")
    package var logLevel = "notice"

    package init() {}

    package func validate() throws {
        guard Logger.Level(rawValue: logLevel) != nil else {
            throw ValidationError("--log-level: '\(logLevel)' is none of trace … critical")
        }
    }

    /// The level meant; the default one for a word that validation has refused.
    package var level: Logger.Level { Logger.Level(rawValue: logLevel) ?? .notice }
}

package import ArgumentParser
internal import Gateway

/// How much one client may have of a log's or a witness's server.
package struct LogServerLimitOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Entries and checkpoints that one address may send in a second, for long; 0 for any number.",
            discussion: "What comes from this machine itself is not counted.", valueName: "number"))
    package var perAddress: Int = LogServerLimits().requestsPerAddress ?? 0

    package init() {}

    package func validate() throws {
        guard (0...1_000_000).contains(perAddress) else {
            throw ValidationError("--per-address: from 0 to 1000000 a second")
        }
    }

    var limits: LogServerLimits {
        var limits = LogServerLimits()
        limits.requestsPerAddress = perAddress == 0 ? nil : perAddress
        if perAddress == 0 { limits.connectionsPerAddress = limits.connections }
        return limits
    }
}

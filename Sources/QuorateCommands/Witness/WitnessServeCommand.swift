package import ArgumentParser
internal import Logging
internal import Observability

/// `quorate witness serve`.
package struct WitnessServeCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve a witness and a mirror over HTTP for the logs of a policy.",
        discussion: """
            Below its address: /witness (C2SP tlog-witness) and /mirror (tlog-mirror). Which logs: the 'log' lines of the
            policy, which may have nothing else in it. Never run it with another copy of the same keys. Ends on SIGTERM
            or Ctrl-C.

            Example:
              quorate witness serve --policy logs.policy --listen 127.0.0.1:8434
            """.flowing)

    @OptionGroup package var policyOptions: PolicyOptions

    @Option(help: ArgumentHelp("Address and port.", valueName: "host:port"))
    package var listen = "127.0.0.1:8434"

    @OptionGroup package var limits: LogServerLimitOptions
    @OptionGroup package var logging: LogLevelOption

    package init() {}

    package func validate() throws {
        guard ListenAddress(listen) != nil else {
            throw ValidationError("--listen: expected HOST:PORT, got '\(listen)'")
        }
    }

    package func run() async throws {
        guard let address = ListenAddress(listen) else {
            throw CommandError(.usage, "witness serve: an option that cannot be read")
        }
        let terminal = Terminal.standard(color: .auto)
        LoggingSetup(level: logging.level).bootstrap { terminal.errors.raw($0) }
        var logger = Logger(label: "witness")
        logger.logLevel = logging.level
        try await CommandError.translating { [logger] in
            let workplace = try Workplace()
            let run = try await LogServerRun.witness(
                workplace, policy: try workplace.policy(policyOptions.policy),
                options: LogServerRun.Options(limits: limits.limits), logger: logger)
            try await run.run(at: address) { port in
                terminal.output.line("Listening on http://\(address.hostForURL):\(String(port))")
            }
        }
        try terminal.checkOutput()
    }
}

package import ArgumentParser
internal import Logging
internal import Observability
internal import TransparencyLog

/// `quorate log serve`: this machine's log, witness and mirror over HTTP.
package struct LogServeCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve a log over HTTP, and this builder's witness and mirror with it.",
        discussion: """
            Below its address: /log is the log (C2SP tlog-tiles; POST /log/add takes entries), /witness and /mirror
            cosign the logs of the builders that were joined, /builder is the card. The queue of post-build hooks is
            worked off. With --log another log is served, which takes the entries of the policy's builders and asks the
            policy's witnesses. Put a web server with TLS in front, which says in X-Forwarded-For for whom it asks. Ends
            on SIGTERM or Ctrl-C.

            Examples:
              quorate log serve --listen 127.0.0.1:8433
              quorate log serve --log /srv/log --policy /srv/log.policy
            """.flowing)

    @OptionGroup package var log: LogFolderOptions
    @OptionGroup package var policyOptions: PolicyOptions
    @OptionGroup package var storeOptions: StoreOptions

    @Option(help: ArgumentHelp("Address and port.", valueName: "host:port"))
    package var listen = "127.0.0.1:8433"

    @Option(
        name: .customLong("public"),
        help: ArgumentHelp(
            "Attest also what no cache lists, when its name matches; may be repeated.", valueName: "pattern"))
    package var patterns: [String] = []

    @OptionGroup package var limits: LogServerLimitOptions

    @Option(
        help: ArgumentHelp(
            "Entries that may wait for the disk; who sends one more is asked to come again.", valueName: "number"))
    package var waiting: Int = SequencerSettings().poolEntries

    @OptionGroup package var logging: LogLevelOption

    package init() {}

    package func validate() throws {
        guard ListenAddress(listen) != nil else {
            throw ValidationError("--listen: expected HOST:PORT, got '\(listen)'")
        }
        guard waiting > 0 else { throw ValidationError("--waiting: at least one entry") }
    }

    package func run() async throws {
        guard let address = ListenAddress(listen) else {
            throw CommandError(.usage, "log serve: an option that cannot be read")
        }
        let terminal = Terminal.standard(color: .auto)
        let workplace = try Workplace()
        LoggingSetup(level: logging.level).bootstrap { terminal.errors.raw($0) }
        var logger = Logger(label: "log")
        logger.logLevel = logging.level
        try await CommandError.translating {
            var options = LogServerRun.Options()
            options.limits = limits.limits
            options.settings.poolEntries = waiting
            let run: LogServerRun
            if log.folder == nil {
                run = try await .ofBuilder(
                    workplace, store: try storeOptions.folder(), policyFile: policyOptions.policy, patterns: patterns,
                    options: options, logger: logger)
            } else {
                run = try await .shared(
                    try log.directory(workplace.places), signer: try log.signer(workplace.places),
                    policy: try workplace.policy(policyOptions.policy), options: options, logger: logger)
            }
            try await run.run(at: address) { port in
                terminal.output.line("Listening on http://\(address.hostForURL):\(String(port))")
            }
        }
        try terminal.checkOutput()
    }
}

package import ArgumentParser
internal import Gateway
internal import Logging
internal import Metrics
internal import Observability
internal import Quorum
internal import ServiceLifecycle
internal import TransparencyLog
internal import UnixSignals

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
            """)

    @OptionGroup package var policyOptions: PolicyOptions

    @Option(help: ArgumentHelp("Address and port.", valueName: "host:port"))
    package var listen = "127.0.0.1:8434"

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
            let policy = try workplace.policy(policyOptions.policy)
            let known = KnownLogs(try policy.logs.map { try NoteKey($0.verifierKey) })
            guard !known.origins.isEmpty else {
                throw CommandError(.badPolicy, "the policy has no log line: there is nothing to witness")
            }
            let places = workplace.places
            let keys = try (
                LogKeyFile.read(BuilderKeys.file(of: .witness, places), kind: .cosignature),
                LogKeyFile.read(BuilderKeys.file(of: .mirror, places), kind: .cosignature)
            )
            var parts = LogServer.Parts()
            (parts.witness, parts.mirror) = try await LogThread.run {
                (
                    try Witness(directory: places.witness, signer: keys.0, logs: known),
                    try LogMirror(directory: places.mirror, signer: keys.1, logs: known)
                )
            }
            _ = OpenFiles.raiseLimit()
            let metrics = PrometheusRegistry()
            MetricsSystem.bootstrap(metrics.metricsFactory)
            let server = LogServer(
                host: address.host, port: address.port, parts: parts, metrics: metrics, logger: logger
            ) { port in
                terminal.output.line("Listening on http://\(address.hostForURL):\(String(port))")
            }
            do {
                try await ServiceGroup(
                    configuration: ServiceGroupConfiguration(
                        services: [server], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
                ).run()
            } catch {
                throw CommandError(.unavailable, "cannot serve on \(listen): \(error)")
            }
        }
        try terminal.checkOutput()
    }
}

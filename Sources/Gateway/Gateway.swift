internal import Hummingbird
internal import HummingbirdCore
package import Ledger
package import Logging
internal import NIOCore
package import Observability
package import Quorum
internal import ServiceLifecycle
internal import StoreFormats
package import Verification

/// The HTTP server that package managers, people and monitors talk to.
package struct Gateway: Service {
    private let inquirer: Inquirer
    private let ledger: any Ledger
    private let state: LocalState
    private let configuration: GatewayConfiguration
    private let metrics: PrometheusRegistry
    private let logger: Logger
    private let counters = GatewayCounters()
    private let spool: NarSpool
    private let decider: Decider
    private let onListening: @Sendable (Int) async -> Void

    /// - Parameter onListening: Told the port once connections are taken.
    /// - Throws: ``SpoolError`` when the spool's folder cannot be used.
    package init(
        inquirer: Inquirer, ledger: any Ledger, state: LocalState, configuration: GatewayConfiguration,
        metrics: PrometheusRegistry, logger: Logger, onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) throws(SpoolError) {
        self.inquirer = inquirer
        self.ledger = ledger
        self.state = state
        self.configuration = configuration
        self.metrics = metrics
        self.logger = logger
        self.onListening = onListening
        spool = try NarSpool(
            directory: configuration.spoolDirectory, limit: configuration.spoolLimit,
            concurrentDownloads: configuration.concurrentDownloads, patience: configuration.deadline,
            caches: inquirer.caches, counters: counters, logger: logger)
        decider = Decider(
            inquirer: inquirer, ledger: ledger, configuration: configuration, spool: spool, logger: logger)
    }

    /// Makes every decision anew: to be called when revocations have changed.
    package func invalidate() { decider.invalidate() }

    /// Makes the decisions about some subjects anew: to be called when there are new claims about them.
    package func invalidate(_ subjects: [Subject]) { decider.invalidate(subjects.map { Question(LookupKey($0)) }) }

    /// Serves until a graceful stop: then what is under way is finished and nothing new is taken.
    package func run() async throws {
        let fronts = StoreFronts(inquirer.policy, configuration)
        let people = PeopleRoutes(
            decider: decider, root: fronts.root, inquirer: inquirer, ledger: ledger, state: state, spool: spool,
            configuration: configuration, metrics: metrics)
        let handover = FileHandover()
        let responder = SubstituterResponder(
            decider: decider, spool: spool,
            passThrough: PassThrough(caches: inquirer.caches, patience: configuration.deadline),
            fronts: fronts,
            files: SourceFiles(
                caches: inquirer.caches, directory: configuration.spoolDirectory, patience: configuration.deadline),
            onTrouble: configuration.onTrouble,
            counters: counters, handover: handover, next: people.router().buildResponder())
        let (onListening, decider, spool, counters) = (onListening, decider, spool, counters)
        let configuration = configuration
        let application = Application(
            responder: responder,
            server: .http1(
                configuration: .init(
                    additionalChannelHandlers: [
                        SubstituterChannelHandler(
                            decider: decider, spool: spool, fronts: fronts, onTrouble: configuration.onTrouble,
                            handover: handover, counters: counters)
                    ],
                    idleTimeout: .seconds(60),
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: 8 << 10, maxHeaderListSize: 32 << 10, maxHeaderFieldCount: 100))),
            configuration: .init(
                address: .hostname(configuration.host, port: configuration.port), serverName: nil, backlog: 4096,
                availableConnectionsDelegate: MaximumAvailableConnections(configuration.maximumConnections)),
            onServerRunning: { channel in await onListening(channel.localAddress?.port ?? 0) },
            logger: logger)
        try await application.run()
    }
}

extension Gateway: CustomStringConvertible {
    /// What logs call it, which would otherwise spell out all that it holds.
    package var description: String { "gateway" }
}
